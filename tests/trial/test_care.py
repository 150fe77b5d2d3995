"""A trial's own protocol of care: who is tapered, what rescue does and counts for, who leaves and why, who dies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lupercal.care.records import CareProtocol
from lupercal.course.endings import procedure_death
from lupercal.evidence.studies import studies, study
from lupercal.files.checked import validated
from lupercal.therapy.regimen_records import ProcedureDeaths
from lupercal.trial.care import left_because
from lupercal.trial.conduct import conduct
from lupercal.trial.design import Trial
from lupercal.trial.endpoints.registry import measures
from lupercal.trial.pool import Pool
from lupercal.validation.answer import states
from lupercal.validation.as_trial import design
from lupercal.validation.asked import Asked
from tests.trial.conftest import SEED

SIZE = 48


def own(do: list[dict[str, object]], when: str, **more: object) -> CareProtocol:
    ground = {"says": "a try", "basis": "assumed", "source": "lupercal"}
    rule = {"id": "one", "words": "As seen", "when": when, "do": do, "grounds": [ground], "times": 1, **more}
    data = {
        "id": "own", "name": "Own care", "summary": "One rule.", "visits": [{"every": 28}],
        "visit_grounds": [ground], "rules": [rule],
    }  # fmt: skip
    return validated(data, CareProtocol, "own")


@pytest.fixture(scope="module")
def tulip() -> Trial:
    trial = design(studies()["tulip1"])
    return replace(trial, arms={"placebo": trial.arms["placebo"]}, end=364, visits=(84, 168, 280, 364), baseline=())


def test_the_taper_of_the_protocol_lowers_prednisone_and_nobody_elses(people: Pool, tulip: Trial) -> None:
    with_taper, without = (conduct(one, people, SEED, SIZE) for one in (tulip, replace(tulip, care=None)))
    now, then = (done.arms["placebo"].columns["prednisone"] for done in (with_taper, without))
    tapered = (now < then).any(axis=0)
    assert tapered.any()
    assert (then[0][tapered] >= 10).all()
    assert np.array_equal(now[:, ~tapered], then[:, ~tapered])
    share = measures()["gc_reduction_25"].value(with_taper.arms["placebo"], 364)
    assert np.nanmean(share) > 0
    assert not np.nanmean(measures()["gc_reduction_25"].value(without.arms["placebo"], 364))


def test_rescue_ends_and_still_counts_as_failure(people: Pool, tulip: Trial) -> None:
    course = {"do": "course", "drug": "prednisone", "dose": 40, "unit": "mg/d", "over": 56, "steps": 2}
    care = own([course], "sledai_2k >= 8", failure=True)
    seen = conduct(replace(tulip, care=care), people, SEED, SIZE).arms["placebo"]
    rescued = np.isfinite(seen.rescued_at)
    assert rescued.any()
    assert seen.failed[-1][rescued].all()
    late = seen.row(364)
    given = seen.rescued_at < 280
    assert np.array_equal(seen.columns["prednisone"][late][given], seen.columns["prednisone"][0][given])


def test_who_leaves_has_a_reason(people: Pool, tulip: Trial) -> None:
    care = own([{"do": "leave", "reason": "lupus"}], "sledai_2k >= 18")
    seen = conduct(replace(tulip, care=care, drop_out=0.4), people, SEED, SIZE).arms["placebo"]
    reasons = seen.left_because
    assert {"lupus", "other", "adverse event", None} == set(reasons)
    assert reasons == left_because(seen.decided, seen.left, 364, seen.harmed)
    assert all((why is None) == (day > 364) for why, day in zip(reasons, seen.left, strict=True))
    drawn = [why for why in reasons if why in ("other", "adverse event")]
    harmed = measures()["stopped_for_adverse_event"].value(seen, 364) <= 364
    assert harmed.sum() == drawn.count("adverse event")


def test_the_dead_count_as_failed_and_are_in_no_mean(people: Pool, tulip: Trial) -> None:
    seen = conduct(tulip, people, SEED, SIZE).arms["placebo"]
    dead = np.arange(SIZE) < 12
    deadly = replace(seen, death=np.where(dead, 100.0, np.inf), cache={})
    last = deadly.row(364)
    assert deadly.failed[last][dead].all()
    assert not deadly.failed[0].any()
    assert measures()["completed"].value(deadly, 364)[dead].sum() == 0
    late = deadly.first_day(np.broadcast_to((deadly.days > 100)[:, None], deadly.failed.shape))
    assert np.isinf(late[dead]).all()


def test_deaths_of_a_procedure_are_those_published_and_share_their_chance() -> None:
    published = ProcedureDeaths(events=10, n=100, days=100, sources=("burt_2018",))
    days = procedure_death(published, 3, np.arange(20_000))
    assert abs(np.isfinite(days).mean() - 0.1) < 0.01
    assert days[np.isfinite(days)].max() < 100
    worse = procedure_death(replace(published, events=20), 3, np.arange(20_000))
    assert np.isfinite(worse[np.isfinite(days)]).all()
    assert np.isinf(procedure_death(None, 3, np.arange(5))).all()


def test_survival_up_to_a_time_is_survival_at_that_time(people: Pool, tulip: Trial) -> None:
    """Who was alive once was not alive throughout."""
    seen = conduct(tulip, people, SEED, SIZE).arms["placebo"]
    deadly = replace(seen, death=np.where(np.arange(SIZE) < SIZE // 2, 30.0, np.inf), cache={})
    row = replace(
        next(r for r in study("tulip1").outcomes if r.statistic == "share"), window="up_to", time="52 wk", subgroup=""
    )
    for name in ("overall_survival", "disease_free_survival", "progression_free_survival"):
        asked = Asked(measures()[name], replace(row, measure=name), SIZE)
        assert states(asked, deadly, 364)[: SIZE // 2].max() == 0


def test_deaths_are_shared_by_arms_with_the_same_course_and_count_in_survival(people: Pool, tulip: Trial) -> None:
    seen = conduct(tulip, people, SEED, SIZE).arms["placebo"]
    deadly = replace(seen, death=np.where(np.arange(SIZE) < 12, 100.0, np.inf))
    assert measures()["overall_survival"].value(deadly, 364).mean() == 1 - 12 / SIZE
    assert measures()["overall_survival"].value(deadly, 84).mean() == 1.0
    died = measures()["death"].value(deadly, 364)
    assert (died[:12] == np.where(seen.left[:12] > 100, 100.0, np.inf)).all()
    assert np.isinf(died[12:]).all()

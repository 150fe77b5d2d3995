"""A trial's own protocol of care: who is tapered, what rescue does and counts for, who leaves and why, who dies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lupercal.care.records import CareProtocol
from lupercal.evidence.studies import studies
from lupercal.files.checked import validated
from lupercal.trial.care import left_because
from lupercal.trial.conduct import conduct
from lupercal.trial.design import Trial
from lupercal.trial.endpoints.registry import measures
from lupercal.trial.pool import Pool
from lupercal.validation.as_trial import design
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
    care = own([{"do": "leave", "reason": "lupus"}], "sledai_2k >= 12")
    seen = conduct(replace(tulip, care=care, drop_out=0.3), people, SEED, SIZE).arms["placebo"]
    reasons = left_because(seen.decided, seen.left, 364)
    assert {"lupus", "other", None} == set(reasons)
    assert all((why is None) == (day > 364) for why, day in zip(reasons, seen.left, strict=True))


def test_deaths_are_shared_by_arms_with_the_same_course_and_count_in_survival(people: Pool, tulip: Trial) -> None:
    seen = conduct(tulip, people, SEED, SIZE).arms["placebo"]
    deadly = replace(seen, death=np.where(np.arange(SIZE) < 12, 100.0, np.inf))
    assert measures()["overall_survival"].value(deadly, 364).mean() == 1 - 12 / SIZE
    assert measures()["overall_survival"].value(deadly, 84).mean() == 1.0
    died = measures()["death"].value(deadly, 364)
    assert (died[:12] == np.where(seen.left[:12] > 100, 100.0, np.inf)).all()
    assert np.isinf(died[12:]).all()

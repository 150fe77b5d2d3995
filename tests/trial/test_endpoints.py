"""End points say what they mean, and their statistics are those of textbooks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lupercal.course.features.series import sfi
from lupercal.evidence.studies import studies, study
from lupercal.evidence.study_records import Row
from lupercal.trial.conduct import TrialRun, conduct
from lupercal.trial.endpoints.measure import Measure, running
from lupercal.trial.endpoints.registry import measures, why_not
from lupercal.trial.endpoints.subgroups import members
from lupercal.trial.pool import Pool
from lupercal.validation.answer import answer, cumulative_hazard
from lupercal.validation.as_trial import design
from lupercal.validation.asked import Asked, NotSimulatedError
from lupercal.validation.predict import impossible, predict, usable_rows
from lupercal.validation.sampling import sampling_error
from tests.trial.conftest import SEED


@pytest.fixture(scope="module")
def bliss(people: Pool) -> TrialRun:
    return conduct(design(study("bliss52")), people, SEED, 120)


def row(**given: Any) -> Row:
    template = study("bliss52").outcomes[0]
    return replace(template, **{"n": 100, "value": 10.0, "versus": None, "time": "52 wk", **given})


def event(first: np.ndarray) -> Measure:
    return Measure("made up", "event", lambda seen, day: first, "made up", "made up")


def test_every_measure_says_what_it_means_and_where_that_is_written() -> None:
    for name, measure in measures().items():
        assert measure.words, name
        assert measure.source, name


def test_every_figure_has_a_number_or_a_specific_reason() -> None:
    unknown = {
        outcome.measure
        for one in studies().values()
        for outcome in one.outcomes
        if outcome.measure not in measures() and why_not(outcome.measure).startswith("no definition")
    }
    assert len(unknown) <= 3, unknown


@pytest.mark.parametrize("measure", ["icans_any", "malignancy", "facit_fatigue", "herpes_zoster", "albumin"])
def test_what_is_not_simulated_gets_a_reason_and_never_a_number(measure: str) -> None:
    assert measure not in measures()
    assert why_not(measure)
    assert not why_not(measure).startswith("no definition")


def test_failures_are_no_responders(bliss: TrialRun) -> None:
    seen = bliss.arms["placebo"]
    gone = seen.left < 364
    assert gone.any()
    for name in ("sri_4", "bicla", "lldas", "sledai_down_ge4", "no_worsening_pga"):
        asked = Asked(measures()[name], row(measure=name), 287)
        everybody_gone = replace(seen, left=np.zeros(seen.size), cache={})
        assert answer(asked, everybody_gone, None) == 0.0, name
        assert answer(asked, seen, None) <= 100 * (1 - gone.mean()), name


def test_sri_needs_more_points_the_higher_it_is(bliss: TrialRun) -> None:
    shares = [answer(Asked(measures()[f"sri_{k}"], row(), 287), bliss.arms["bel10"], None) for k in (4, 5, 6)]
    assert shares == sorted(shares, reverse=True)


def test_a_severe_flare_is_a_flare(bliss: TrialRun) -> None:
    first = {
        name: measures()[name].value(bliss.arms["placebo"], 364.0) for name in ("any_flare_sfi", "severe_flare_sfi")
    }
    assert (first["any_flare_sfi"] <= first["severe_flare_sfi"]).all()


def test_an_arm_flares_as_the_natural_course_does(bliss: TrialRun) -> None:
    seen = bliss.arms["placebo"]
    course = seen.visits.scored("sledai_2k")
    np.testing.assert_array_equal(seen.flare[1:], sfi(course))
    assert not seen.flare[0].any()


def test_a_visit_that_leaves_the_flare_open_shows_none(bliss: TrialRun) -> None:
    seen = bliss.arms["placebo"]
    pga = np.full_like(seen.columns["pga"], np.nan)
    known, unknown = seen.flare, replace(seen, visits=seen.visits.having({"pga": pga}), cache={}).flare
    assert np.isfinite(unknown).all()
    assert (unknown <= known).all()


def test_hazard_ratio_of_exponential_times_is_that_of_their_rates(bliss: TrialRun) -> None:
    seen = bliss.arms["placebo"]
    size = seen.size
    quantiles = (np.arange(size) + 0.5) / size
    slow, fast = (-np.log1p(-quantiles) / rate for rate in (1 / 900, 1 / 300))
    free = replace(seen, left=np.full(size, np.inf), cache={})
    hazards = [cumulative_hazard(Asked(event(times), row(), 100), free) for times in (slow, fast)]
    assert hazards[1] / hazards[0] == pytest.approx(3.0, rel=0.1)


def test_drop_outs_are_censored_in_a_hazard(bliss: TrialRun) -> None:
    seen = bliss.arms["placebo"]
    first = np.where(np.arange(seen.size) % 2 == 0, 100.0, np.inf)
    half_gone = replace(seen, left=np.where(np.arange(seen.size) % 4 < 2, 50.0, np.inf), cache={})
    hazard = cumulative_hazard(Asked(event(first), row(), 100), half_gone)
    assert hazard == pytest.approx(0.5, abs=0.02), "half of those still under observation have the event at once"


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("odds_ratio", 9.0), ("risk_ratio", 3.0), ("relative_reduction", -200.0), ("difference", 50.0)],
)
def test_contrasts_of_shares(bliss: TrialRun, statistic: str, expected: float) -> None:
    seen = bliss.arms["placebo"]
    cut = np.arange(seen.size) / seen.size
    # the same function serves both arms, so the arms differ by a marker in the column of drop-out days
    measure = Measure(
        "made up",
        "state",
        lambda arm, day: np.where(cut < arm.left[0], 1.0, 0.0),
        "made up",
        "made up",
        composite=False,
    )
    one, other = (replace(seen, left=np.full(seen.size, share), cache={}) for share in (0.75, 0.25))
    found = answer(Asked(measure, row(statistic=statistic), 100), one, other)
    assert found == pytest.approx(expected, rel=0.06)
    error = sampling_error(Asked(measure, row(statistic=statistic), 100), one, other, (100, 100))
    assert error > 0


def test_units_of_the_study_are_those_of_the_answer(bliss: TrialRun) -> None:
    seen = bliss.arms["placebo"]
    in_g, in_mg = (
        answer(Asked(measures()["c3"], row(statistic="mean", unit=unit), 1), seen, None) for unit in ("g/L", "mg/dL")
    )
    assert in_mg == pytest.approx(100 * in_g)
    with pytest.raises(NotSimulatedError, match="does not convert"):
        answer(Asked(measures()["anti_dsdna"], row(statistic="mean", unit="U/mL"), 1), seen, None)


def test_subgroups_part_an_arm_and_unknown_words_are_no_subgroup(bliss: TrialRun) -> None:
    seen = bliss.arms["placebo"]
    yes, no = (members(words, seen, "sri_4", 364.0) for words in ("SRI-4 responders", "SRI-4 non-responders"))
    assert yes is not None
    assert no is not None
    assert (yes ^ no).all()
    assert members("born on a Sunday", seen, "sri_4", 364.0) is None


def test_pooled_arms_are_all_others(bliss: TrialRun) -> None:
    everybody, arms = bliss.arms["all"], [bliss.arms[name] for name in ("placebo", "bel1", "bel10")]
    assert everybody.size == pytest.approx(sum(arm.size for arm in arms), abs=4)
    share = (everybody.column("sledai_2k")[-1] <= 4).mean()
    own = [(arm.column("sledai_2k")[-1] <= 4).mean() for arm in arms]
    assert min(own) - 0.02 <= share <= max(own) + 0.02


def test_running_asks_for_visits_in_a_row() -> None:
    happens = np.array([[1, 1, 0, 1, 1, 1]], bool).T
    assert running(happens, 3).ravel().tolist() == [False, False, False, False, False, True]


@pytest.mark.parametrize("name", ["mackensen_2022", "aurora1", "deng_2017_rct"])
def test_a_prediction_answers_every_figure_or_says_why_not(people: Pool, name: str) -> None:
    one = study(name)
    easy = replace(people, screening={**people.screening, "upcr": np.maximum(people.screening["upcr"], 1.5)})
    found = predict(one, easy, SEED, 24)
    assert set(found.values) | set(found.reasons) == set(range(len(one.outcomes)))
    assert not set(found.values) & set(found.reasons)
    assert all(np.isfinite(value) for value in found.values.values())
    for index in found.values:
        if one.outcomes[index].statistic == "share":
            assert 0 <= found.values[index] <= 100


def test_arms_without_regimen_keep_their_reason() -> None:
    one = study("licats_2025")
    outcome = next(row for row in one.outcomes if row.arm == "all")
    assert impossible(one, outcome) == "arm all: three diseases together"


def test_cells_deplete_b_cells_and_they_come_back(people: Pool) -> None:
    one = study("mackensen_2022")
    easy = replace(people, screening={**people.screening, "upcr": np.maximum(people.screening["upcr"], 1.5)})
    index = next(k for k, outcome in enumerate(one.outcomes) if outcome.measure == "b_cell_reappearance")
    assert 40 < predict(one, easy, SEED, 24, [index]).values[index] < 240
    assert index in usable_rows(one)

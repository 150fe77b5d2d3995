"""Figures as studies that nobody has seen print them: rates, counts, contrasts and bounds in their own units."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lupercal.evidence.studies import study
from lupercal.evidence.study_records import Row
from lupercal.report.validation import comparison_lines
from lupercal.trial.baseline_table import goals_of, unread_figures
from lupercal.trial.conduct import TrialRun, conduct
from lupercal.trial.endpoints.registry import measures
from lupercal.trial.pool import Pool
from lupercal.trial.seen import SeenArm
from lupercal.validation.answer import answer
from lupercal.validation.as_trial import design
from lupercal.validation.asked import Asked, NotSimulatedError
from lupercal.validation.by_set import plain_prediction, prediction_from
from lupercal.validation.compare import compare
from lupercal.validation.predict import Prediction, predict
from lupercal.validation.printed import as_printed
from lupercal.validation.sampling import sampling_error
from lupercal.validation.unexplained import assumed
from tests.trial.conftest import SEED


@pytest.fixture(scope="module")
def bliss(people: Pool) -> TrialRun:
    return conduct(design(study("bliss52")), people, SEED, 80)


@pytest.fixture(scope="module")
def arms(bliss: TrialRun) -> tuple[SeenArm, SeenArm]:
    return bliss.arms["bel10"], bliss.arms["placebo"]


def asked(measure: str, **given: Any) -> Asked:
    row = replace(
        study("bliss52").outcomes[0],
        **{"measure": measure, "n": 100, "value": 10.0, "versus": "placebo", "time": "52 wk", "ci95": None, **given},
    )
    return Asked(measures()[measure], row, 100)


@pytest.mark.parametrize(
    ("unit", "factor"), [("/a", 0.01), ("{events}/a", 0.01), ("/(1000.a)", 10.0), ("/mo", 1 / 1200)]
)
def test_a_rate_is_in_the_unit_of_its_figure(arms: tuple[SeenArm, SeenArm], unit: str, factor: float) -> None:
    per_hundred, other = (asked("any_flare_sfi", statistic="rate", unit=each) for each in ("/(100.a)", unit))
    assert answer(other, arms[0], None) == pytest.approx(factor * answer(per_hundred, arms[0], None))
    errors = [sampling_error(one, arms[0], None, (100, None)) for one in (per_hundred, other)]
    assert errors[1] == pytest.approx(factor * errors[0])


@pytest.mark.parametrize("unit", ["%", "{patients}", "1", "d"])
def test_a_rate_in_a_unit_of_no_rate_is_not_simulated(arms: tuple[SeenArm, SeenArm], unit: str) -> None:
    with pytest.raises(NotSimulatedError, match="number of events per time"):
        answer(asked("any_flare_sfi", statistic="rate", unit=unit), arms[0], None)


def test_events_are_counted_for_the_whole_arm(arms: tuple[SeenArm, SeenArm]) -> None:
    question = asked("any_flare_sfi", statistic="count", unit="{events}", n=50)
    count = measures()["any_flare_sfi"].count
    assert count is not None
    assert answer(question, arms[0], None) == pytest.approx(50 * count(arms[0], 364.0)[arms[0].usable].mean())


def test_events_of_an_arm_vary_as_much_as_patients_differ(arms: tuple[SeenArm, SeenArm]) -> None:
    question = asked("any_flare_sfi", statistic="count", unit="{events}", n=50)
    count = measures()["any_flare_sfi"].count
    assert count is not None
    each = count(arms[0], 364.0)[arms[0].usable]
    assert sampling_error(question, arms[0], None, (50, None)) == pytest.approx(np.std(each) * 50**0.5)


@pytest.mark.parametrize(("statistic", "unit"), [("rate", "/(100.a)"), ("count", "{events}")])
def test_where_nothing_happened_something_still_might(arms: tuple[SeenArm, SeenArm], statistic: str, unit: str) -> None:
    question = asked("any_flare_sfi", statistic=statistic, unit=unit, n=50)
    never = replace(
        question.measure,
        value=lambda seen, day: np.full(seen.size, np.inf),
        count=lambda seen, day: np.zeros(seen.size),
    )
    nothing = replace(question, measure=never)
    assert answer(nothing, arms[0], None) == 0
    errors = [sampling_error(one, arms[0], None, (50, None)) for one in (nothing, question)]
    assert 0 < errors[0] < errors[1]
    drawn = as_printed(nothing.row, np.zeros(8), np.full(8, errors[0]), assumed().scales)
    assert drawn.min() == 0 == pytest.approx(np.median(drawn), abs=0.05)
    assert np.quantile(drawn, 0.95) > 0.5


def test_a_share_says_of_how_many_virtual_patients_it_is(people: Pool) -> None:
    words = ("", "SLEDAI of 10 or more at baseline")
    outcomes = tuple(replace(asked("sri_4", subgroup=one, versus=None).row, arm="placebo") for one in words)
    level = replace(asked("sledai_2k", statistic="mean", unit="{score}", versus=None).row, arm="placebo")
    told = predict(replace(study("bliss52"), outcomes=(*outcomes, level)), people, SEED, 40)
    assert set(told.values) == {0, 1, 2}
    assert set(told.behind) == {0, 1}
    assert 0 < told.behind[1] < told.behind[0] <= 40
    assert prediction_from(told.study, plain_prediction(told)).behind == told.behind


def test_a_ratio_and_a_difference_of_rates_are_of_rates(arms: tuple[SeenArm, SeenArm]) -> None:
    rates = [answer(asked("any_flare_sfi", statistic="rate", unit="/a"), arm, None) for arm in arms]
    difference = asked("any_flare_sfi", statistic="difference", unit="/a")
    assert answer(difference, *arms) == pytest.approx(rates[0] - rates[1])
    ratio = asked("any_flare_sfi", statistic="rate_ratio", unit="1")
    shares = asked("any_flare_sfi", statistic="risk_ratio", unit="1")
    assert answer(ratio, *arms) == pytest.approx(rates[0] / rates[1], rel=0.05)
    assert abs(answer(ratio, *arms) - answer(shares, *arms)) > 0.01
    assert all(0 < sampling_error(one, *arms, (100, 100)) < np.inf for one in (difference, ratio))


def test_a_contrast_in_a_unit_it_cannot_have_is_not_simulated(arms: tuple[SeenArm, SeenArm]) -> None:
    for unit in ("mo", "1", "{score}"):
        with pytest.raises(NotSimulatedError, match="difference of a share in"):
            answer(asked("any_flare_sfi", statistic="difference", unit=unit), *arms)
    with pytest.raises(NotSimulatedError, match="versus"):
        answer(asked("any_flare_sfi", statistic="hazard_ratio", unit="1"), arms[0], None)


def test_a_difference_in_per_cent_of_a_level_is_one_of_changes(arms: tuple[SeenArm, SeenArm]) -> None:
    changes = [answer(asked("c3", statistic="percent_change", unit="%"), arm, None) for arm in arms]
    assert answer(asked("c3", statistic="difference", unit="%"), *arms) == pytest.approx(changes[0] - changes[1])


def test_a_difference_has_its_error_in_its_own_unit(arms: tuple[SeenArm, SeenArm]) -> None:
    questions = [asked("c3", statistic="difference", unit=unit) for unit in ("g/L", "mg/dL")]
    values = [answer(one, *arms) for one in questions]
    errors = [sampling_error(one, *arms, (100, 100)) for one in questions]
    assert values[1] == pytest.approx(100 * values[0])
    assert errors[1] == pytest.approx(100 * errors[0])


@pytest.mark.parametrize(("measure", "unit"), [("sledai_2k", "{score}/a"), ("upcr", "%"), ("c3", "{score}")])
def test_a_level_in_a_unit_of_something_else_is_not_simulated(
    arms: tuple[SeenArm, SeenArm], measure: str, unit: str
) -> None:
    with pytest.raises(NotSimulatedError, match="of the simulation"):
        answer(asked(measure, statistic="mean", unit=unit), arms[0], None)


def bounded(bound: str, value: float, says: float) -> Row:
    return asked("sri_4", statistic="mean", unit="d", bound=bound, value=value, n=None, se=says).row


@pytest.mark.parametrize(
    ("bound", "value", "says", "inside"),
    [("<", 50.0, 10.0, True), (">", 50.0, 10.0, False), (">", 50.0, 90.0, True), ("<", 50.0, 90.0, False)],
)
def test_a_bound_agrees_with_all_on_its_side(bound: str, value: float, says: float, inside: bool) -> None:
    one = replace(study("bliss52"), outcomes=(replace(bounded(bound, value, 0.1), arm="placebo", versus=None),))
    told = Prediction(one, {0: says}, {0: 0.1}, {}, (), 40)
    (row,) = compare([one], {one.id: [told, told]}, 1, 40, assumed()).rows
    assert (row.bound, row.inside_90, row.z == 0) == (bound, inside, inside)


def test_a_figure_without_a_prediction_is_told_from_all_others(people: Pool) -> None:
    outcomes = [
        replace(asked("sri_4", subgroup=words, versus=None).row, arm="placebo") for words in ("smokers", "left-handed")
    ]
    one = replace(study("bliss52"), outcomes=tuple(outcomes))
    result = compare([one], {one.id: [predict(one, people, SEED, 20)]}, SEED, 20, assumed())
    assert [(row.index, row.subgroup, row.observed) for row in result.not_simulated] == [
        (0, "smokers", 10.0),
        (1, "left-handed", 10.0),
    ]
    text = "\n".join(comparison_lines(result, calibrated=False, each_missing=True, assumptions=True))
    assert "smokers" in text
    assert "How bliss52 was simulated:" in text


@pytest.mark.parametrize("share", [0.0, 2.0, 50.0, 97.0, 100.0])
def test_a_share_of_nobody_knows_how_many_stays_a_share(share: float) -> None:
    row = asked("sri_4", statistic="share", unit="%", n=None, value=40.0).row
    drawn = as_printed(row, np.array([share, share]), np.full(2, np.nan), assumed().scales)
    assert drawn.min() >= 0
    assert drawn.max() <= 100
    assert drawn.std() > 0.05
    assert np.median(drawn) == pytest.approx(share, abs=1.0)


@pytest.mark.parametrize(
    ("measure", "unit", "value", "read"),
    [
        ("upcr", "mg/mmol", 226.2, 2.0),
        ("upcr", "g/(24.h)", 2.0, 2.0),
        ("gfr", "mL/min", 80.0, 80.0),
        ("anti_dsdna", "U/mL", 80.0, None),
        ("c3", "{score}", 0.8, None),
        ("age", "a", 35.0, None),
    ],
)
def test_a_baseline_figure_is_matched_in_its_unit_or_said_not_to_be(
    measure: str, unit: str, value: float, read: float | None
) -> None:
    row = replace(asked("c3", statistic="mean", unit=unit, value=value).row, role="baseline", measure=measure, sd=None)
    columns = {name: np.array([1.0, 2.0]) for name in ("upcr", "egfr", "anti_dsdna", "c3")}
    goals, _ = goals_of([row], columns)
    assert [goal.target for goal in goals] == ([] if read is None else [pytest.approx(read, rel=1e-3)])
    assert unread_figures([row]) == ((measure,) if read is None else ())
    told = design(replace(study("tulip1"), baseline=(row,))).told
    assert ("not matched in the baseline table: " + measure in told) == (read is None)


def test_damage_per_year_is_what_was_gained_by_time(arms: tuple[SeenArm, SeenArm]) -> None:
    gained, yearly = (measures()[name].value(arms[0], 182.625) for name in ("sdi_change", "sdi_per_year"))
    assert yearly == pytest.approx(2 * gained)
    assert answer(asked("sdi_per_year", statistic="mean", unit="{score}/a"), arms[0], None) > 0

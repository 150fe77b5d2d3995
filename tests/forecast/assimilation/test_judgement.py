"""What a filter says of itself, on values made up for the purpose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lupercal.forecast.assimilation.judgement import calibration_words, left_again, sharpened, unexplained
from lupercal.forecast.assimilation.learnt import ExpectedNarrowing, Fan, Learnt, LearntVisit, PastValue
from lupercal.programmes.follow_up_bands import BandCheck, left_bands
from lupercal.report.learning_tables import ahead_table, learning_sentences, next_table, past_table, visit_table

VALUE = PastValue("upcr", 30, 1.0, "", 0.5, 1.1, 2.0, 0.45, -0.5, -1.0, -1.2, 0.5)


def values(*places: float) -> list[PastValue]:
    return [replace(VALUE, day=30 * (k + 1), place=place) for k, place in enumerate(places)]


def test_sharper_only_where_both_others_are_beaten() -> None:
    assert sharpened([VALUE]) is True
    assert sharpened([replace(VALUE, population_log_density=-0.4)]) is False
    assert sharpened([replace(VALUE, carried_log_density=-0.1)]) is False
    assert sharpened([replace(VALUE, carried_log_density=np.nan)]) is True
    assert sharpened([]) is None
    assert sharpened([replace(VALUE, population_log_density=VALUE.log_density)]) is None  # one visit taught nothing yet


def test_only_what_is_rare_and_far_out_is_unexplained() -> None:
    lost = replace(VALUE, place=0.9999, rarity=0.0)
    assert unexplained([lost]) == {30: ("upcr",)}
    assert unexplained([replace(lost, rarity=0.2)]) == {}
    assert unexplained([replace(lost, place=0.97)]) == {}
    several = [replace(lost, place=0.994), *(replace(VALUE, variable=name) for name in ("c3", "c4", "egfr"))]
    assert unexplained(several) == {}  # one of four values is allowed to be four times as far out


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ((0.5,) * 3, "too few"),
        ((0.02, 0.98) * 10, "too narrow"),
        ((0.45, 0.55) * 10, "wider than needed"),
        ((0.8, 0.9) * 10, "higher than forecast"),
        ((0.1, 0.2) * 10, "lower than forecast"),
        (tuple(np.linspace(0.025, 0.975, 20)), "neither higher nor lower"),
    ],
)
def test_places_in_words(places: tuple[float, ...], said: str) -> None:
    assert said in " ".join(calibration_words(values(*places)))


def test_nothing_is_said_of_nothing() -> None:
    assert list(calibration_words([])) == []


def test_a_second_value_outside_its_band_is_pointed_out() -> None:
    checks = [
        BandCheck("upcr", day, "1", 0.0, 1.0, 2.0, place)  # type: ignore[arg-type]
        for day, place in ((30, "above"), (60, "within"), (90, "cannot tell"), (120, "below"), (150, "above"))
    ]
    assert [one.day for one in left_bands(checks[:4])] == [120]
    assert [one.day for one in left_bands(checks[::-1])] == [120, 150]
    assert list(left_bands([*checks[:3], replace(checks[3], variable="c3")])) == []


def test_a_second_value_outside_the_band_forecast_of_it_is_an_alert() -> None:
    came = [*values(0.5, 0.99, 0.4, 0.01), replace(VALUE, variable="c3", day=90, place=0.999)]
    (said,) = left_again(came[::-1])
    assert said.startswith(
        "Urine protein-creatinine ratio left its 90 % band on days 60, 120, last with 1 below 0.5 to 2"
    )
    above = replace(VALUE, day=150, value=3.0, bound=">", place=np.nan)
    assert above.outside
    assert not replace(above, value=1.5).outside
    assert not replace(above, value=0.4, bound=">").outside
    assert replace(above, value=0.4, bound="<").outside
    (said,) = left_again([*came, above])
    assert said.endswith("days 60, 120, 150, last with >3 above 0.5 to 2")
    assert list(left_again(came[:3])) == []


VISITS = (LearntVisit(0, ("upcr",), 1.0, 1.0, 1, 200.0), LearntVisit(60, ("upcr", "c3"), 0.1, 0.5, 3, 20.0))
CAME = (VALUE, replace(VALUE, variable="c3", bound=">", place=np.nan))
FAN = Fan("upcr", 60, np.array([91.0, 151.0]), np.outer([0.1, 0.5, 1.0, 1.5, 2.0], [1.0, 2.0]))
NEXT = (ExpectedNarrowing("upcr", 91, "upcr", 425, 0.21), ExpectedNarrowing("c3", 91, "upcr", 425, 0.01))
LOST, UNSHARP = "upcr 9 on day 60, forecast 1 to 2", "Your visits did not sharpen this forecast."
LEARNT = Learnt(0, 60, 4096, VISITS, CAME, (FAN,), NEXT, (), (LOST,), "", False, (UNSHARP,), ("A note.",))


def test_what_visits_taught_is_told_whole() -> None:
    past, ahead, following = past_table(LEARNT), ahead_table(LEARNT), next_table(LEARNT)
    assert past is not None
    assert ahead is not None
    assert following is not None
    assert "only a bound is known" in past.rows[1]
    assert ahead.rows[0][1:] == ("day 151", "2 (0.2 to 4)")
    assert following.rows[0][-1].startswith("21")
    assert visit_table(LEARNT).rows[1][-1] == "power 0.5"
    said = " ".join(learning_sentences(LEARNT))
    assert said.startswith("Your visits did not sharpen this forecast.")
    assert learning_sentences(replace(LEARNT, alerts=("upcr left twice",)))[0] == "Alert: upcr left twice."
    for words in ("days 0, 60 count", "could not explain: upcr 9", "would narrow", "A note.", "stand 20 distinct"):
        assert words in said


def test_a_refusal_stands_first_and_alone() -> None:
    refused = replace(LEARNT, refused="upcr", words=("No forecast is built on the earlier visits: upcr.",))
    said = learning_sentences(refused)
    assert said[0].startswith("No forecast")
    assert not any("count; the first" in one for one in said)
    assert ahead_table(refused) is None


def test_the_lowest_score_leaves_its_band_only_where_the_band_lies_above() -> None:
    score = replace(VALUE, variable="sledai_2k", value=0.0, low=0.0, high=4.0, place=0.97, rarity=0.98, lowest=True)
    assert not score.outside
    assert not score.above
    assert replace(score, rarity=0.01).outside
    (row,) = past_table(learnt_of(score)).rows  # type: ignore[union-attr]
    assert row[2] == "0"
    assert row[-1] == "as low as can be told"


def test_a_bound_behind_which_nothing_was_forecast_is_unexplained() -> None:
    bound = replace(VALUE, bound=">", place=0.9999, rarity=0.0002)
    assert unexplained([bound]) == {30: ("upcr",)}
    assert unexplained([replace(bound, place=0.9, rarity=0.3)]) == {}


def learnt_of(*values: PastValue) -> Learnt:
    return Learnt(-30, 0, 16, (), values, (), (), (), (), "", None, (), ())

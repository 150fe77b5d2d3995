"""How figures stand to claims: exact intervals, differences, small denominators in words."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, fisher_exact

from lupercal.claims.people import whole_people
from lupercal.claims.say import at_day, measure_words, plain_share, points_words, share_words, study_name
from lupercal.claims.stance import (
    fisher_p,
    newcombe,
    share_interval,
    stance_of_changes,
    stance_of_difference,
    stance_of_figure,
    stance_of_share,
)
from lupercal.evidence.ledger import ledger


@pytest.mark.parametrize(
    ("events", "n", "words"),
    [
        (8, 8, "100 % (63 to 100 %)"),
        (0, 12, "0 % (0 to 26 %)"),
        (0, 2, "0 % (0 to 84 %)"),
        (24, 40, "60 % (43 to 75 %)"),
    ],
)
def test_small_denominators_are_printed_with_exact_intervals(events: int, n: int, words: str) -> None:
    said = share_words(100 * events / n, share_interval(events, n))
    assert said.replace("\N{NO-BREAK SPACE}", " ") == words


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_are_those_of_scipy(pair: tuple[int, int]) -> None:
    events, n = pair
    exact = binomtest(events, n).proportion_ci(0.95, "exact")
    low, high = share_interval(events, n)
    assert math.isclose(low, 100 * exact.low, abs_tol=1e-6)
    assert math.isclose(high, 100 * exact.high, abs_tol=1e-6)


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_fisher_is_that_of_scipy(n: int, m: int, data: st.DataObject) -> None:
    a, b = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    assert fisher_p((a, b), (n, m)) == pytest.approx(fisher_exact(np.array([[a, n - a], [b, m - b]]))[1], abs=1e-9)


def test_a_difference_has_the_interval_of_the_paper_it_comes_from() -> None:
    """Newcombe 1998, table II (a): 56 of 70 against 48 of 80 gives 0.2, method 10: 0.0524 to 0.3339."""
    low, high = newcombe((56, 48), (70, 80))
    assert (low, high) == pytest.approx((5.24, 33.39), abs=0.01)


@given(st.integers(0, 30), st.floats(0, 100), st.floats(0, 100))
def test_a_share_inside_the_claimed_range_speaks_for_it(events: int, one: float, other: float) -> None:
    claimed = (min(one, other), max(one, other))
    value, interval = 100 * events / 30, share_interval(events, 30)
    stance = stance_of_share(value, interval, claimed)
    assert (stance == "for") == (claimed[0] <= value <= claimed[1])
    assert (stance == "against") == (interval[0] > claimed[1] or interval[1] < claimed[0])


def test_eighteen_people_leave_a_difference_open() -> None:
    assert stance_of_difference(41.7, fisher_p((1, 3), (12, 6))) == "open"
    assert stance_of_difference(-8.3, fisher_p((9, 5), (12, 6))) == "same"
    assert stance_of_difference(70, fisher_p((160, 20), (200, 200))) == "for"
    assert stance_of_difference(-70, fisher_p((20, 160), (200, 200))) == "against"


def test_a_change_that_the_comparison_group_had_too_is_not_the_therapys() -> None:
    assert stance_of_changes(36, 33, "up") == "same"
    assert stance_of_changes(-8, -1, "down") == "open"
    assert stance_of_changes(3, -1, "down") == "same"


def test_related_figures_settle_nothing() -> None:
    assert stance_of_figure(9.2, None, (10, 10), related=True) == "open"
    assert stance_of_figure(80.0, None, (10, 10), related=True) == "open"
    assert stance_of_figure(8.8, None, (9, 9), related=False) == "for"
    assert stance_of_figure(30.2, None, (70, 70), related=False) == "against"
    assert stance_of_figure(43.7, (15.9, 108.9), (64, 64), related=False) == "open"
    assert stance_of_figure(None, (10, 30), (1, 100), related=False) == "for"
    assert stance_of_figure(2.5, None, (1.01, math.inf), related=False) == "for"


@given(st.floats(0, 100))
def test_no_share_is_rounded_to_all_or_none(value: float) -> None:
    said = plain_share(value)
    assert (said == "0") <= (value < 1e-8)
    assert (said == "100") <= (value > 100 - 1e-8)


@pytest.mark.parametrize(
    ("people", "events", "whole"),
    [
        (8.0, None, 8),
        (8.04, None, 8),
        (7.96, None, 8),
        (0.05, None, None),  # 5 % of one person is nobody's number
        (8.4, None, None),
        (8.4, 8, 8),
    ],
)
def test_people_worked_out_from_a_share_are_whole_only_near_a_whole_number(
    people: float, events: int | None, whole: int | None
) -> None:
    row = replace(next(iter(ledger().studies["bliss52"].outcomes)), events=events)
    assert whole_people(row, people) == whole


def test_words_for_people() -> None:
    assert at_day(365.25 / 2) == "at 6 months"
    assert at_day(5 * 365.25) == "at 5 years"
    assert at_day(44) == "on day 44"
    assert at_day(None) == ""
    assert points_words(-8.33, (-39.7, 34.6)) == "8 points fewer (40 fewer to 35 more)"
    assert measure_words("doris_remission") == "DORIS remission"
    assert study_name(ledger().studies["deng_2017_rct"]) == "Deng 2017"
    assert study_name(ledger().studies["bliss_pooled"]) == "bliss pooled"

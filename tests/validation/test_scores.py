"""Scores of predictive distributions against answers worked out by hand and by SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from lupercal.validation.scores import Predictive, gain, mixed, of_angles, quantiles_of, scored


def sure(count: int, n: int = 10) -> Predictive:
    return Predictive(np.eye(n + 1)[count])


def test_a_known_chance_gives_the_binomial_distribution() -> None:
    told = of_angles(np.array([np.arcsin(np.sqrt(0.3))]), np.ones(1), 20)
    assert told.chances == pytest.approx(binom.pmf(np.arange(21), 20, 0.3))
    found = scored(told, 6)
    assert found.log == pytest.approx(binom.logpmf(6, 20, 0.3))
    assert binom.ppf(0.05, 20, 0.3) - 1 < found.low / 5 < binom.ppf(0.05, 20, 0.3) + 1
    assert binom.ppf(0.95, 20, 0.3) - 1 < found.high / 5 < binom.ppf(0.95, 20, 0.3) + 1
    assert found.middle == binom.ppf(0.5, 20, 0.3) * 5
    assert found.inside_90
    assert found.inside_50


def test_a_mid_quantile_by_hand() -> None:
    """Chances 0.2, 0.5, 0.3: the middles of 0, 1 and 2 of two patients are 0.1, 0.45 and 0.85."""
    told = Predictive(np.array([0.2, 0.5, 0.3]))
    assert told.quantiles((0.05, 0.1, 0.45, 0.65, 0.9)) == pytest.approx([0.0, 0.0, 50.0, 75.0, 100.0])
    assert quantiles_of(np.repeat([0.0, 50.0, 100.0], [2, 5, 3]), (0.45, 0.65)) == pytest.approx([50.0, 75.0])


@pytest.mark.parametrize("n", [5, 12, 40])
def test_intervals_of_counts_hold_what_they_say_on_average(n: int) -> None:
    told = [Predictive(np.asarray(binom.pmf(np.arange(n + 1), n, p))) for p in np.linspace(0.2, 0.8, 61)]
    for low, high in ((0.05, 0.95), (0.25, 0.75)):
        held = np.mean([one.chance_between(*one.quantiles((low, high))) for one in told])
        usual = np.mean([np.ptp(np.searchsorted(np.cumsum(one.chances), (low, high))) for one in told]) + 1
        assert held == pytest.approx(high - low, abs=0.04)
        assert np.mean([np.ptp(one.quantiles((low, high))) * n / 100 for one in told]) < usual
    assert all(one.quantiles((0.25,))[0] <= one.median <= one.quantiles((0.75,))[0] for one in told)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=60, unique=True), st.floats(0.01, 0.99))
def test_quantiles_of_what_is_continuous_are_the_usual_ones(drawn: list[float], level: float) -> None:
    usual = np.quantile(drawn, level, method="hazen")
    assert quantiles_of(np.array(drawn), (level,))[0] == pytest.approx(usual, abs=1e-9)


@given(told=st.integers(0, 10), seen=st.integers(0, 10))
def test_the_crps_of_a_sure_forecast_is_its_distance(told: int, seen: int) -> None:
    found = scored(sure(told), seen)
    assert found.crps == pytest.approx(10.0 * abs(told - seen))
    assert found.inside_90 == (told == seen)
    assert found.width == 0


def test_half_and_half_scores_as_the_mean_of_chances() -> None:
    halves = mixed([sure(2), sure(8)])
    assert scored(halves, 8).log == pytest.approx(np.log(0.5))
    assert scored(halves, 8).crps == pytest.approx(100 / 10 * 6 * 0.25)


@given(st.lists(st.floats(-2, 2), min_size=3, max_size=30), st.integers(1, 5))
def test_a_gain_is_the_mean_and_studies_stay_together(values: list[float], repeats: int) -> None:
    owners = [f"study {k}" for k in range(len(values))]
    one = gain(values, owners)
    many = gain(values * repeats, owners * repeats)
    assert one.mean == pytest.approx(np.mean(values), abs=1e-9)
    assert (many.low, many.high) == pytest.approx((one.low, one.high), abs=1e-9)
    assert one.low - 1e-9 <= one.high
    assert gain([0.5] * 4, ["a", "a", "b", "b"]).chance == 1.0

"""Intervals of probabilities: finite numbers, sets that disagree, and what is unexplained."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from lupercal.evidence.unexplained import Unexplained
from lupercal.forecast.doubt import Doubt, between

SETS = np.arange(2000) % 40
UNEXPLAINED = Unexplained(share=0.1, log_ratio=0, level=0, time=0, change=0, tails=4)


def drawn(spread: float, seed: int = 1) -> np.ndarray:
    """Return who it happens to where the sets' true shares lie ``spread`` apart on arcsin sqrt p."""
    rng = np.random.default_rng(seed)
    shares = np.square(np.sin(np.pi / 4 + spread * rng.standard_normal(40)))
    return (rng.random(2000) < shares[SETS]).astype(np.float64)


@pytest.mark.parametrize("happened", [30, 200, 1000])
def test_with_sets_that_agree_it_is_about_wilson_s_interval(happened: int) -> None:
    one = np.random.default_rng(3).permutation(np.repeat([1.0, 0.0], [happened, 2000 - happened]))
    low, high = Doubt(np.zeros(2000, np.int64), None).interval(one, 2000)
    exact = binomtest(happened, 2000).proportion_ci(0.90, "wilson")
    assert low == pytest.approx(exact.low, abs=0.002)
    assert high == pytest.approx(exact.high, abs=0.002)


@pytest.mark.parametrize("spread", [0.0, 0.05, 0.2])
def test_the_variance_between_sets_is_found(spread: float) -> None:
    found = [between(drawn(spread, seed), SETS, 0.5, 2000) for seed in range(30)]
    assert np.mean(found) == pytest.approx(spread**2, abs=0.15 * spread**2 + 0.0008)


def test_patients_that_stand_there_twice_do_not_make_sets_disagree() -> None:
    twice = np.repeat(drawn(0.0)[:1000], 2)
    sets = np.repeat(SETS[:1000], 2)
    assert between(twice, sets, 0.5, 1000) < 0.5 * between(twice, sets, 0.5, 2000) + 1e-4


def test_doubt_adds_up() -> None:
    agree, apart = drawn(0.0), drawn(0.2)
    widths = [
        np.diff(Doubt(SETS, unexplained).interval(happened, 2000))[0]
        for happened, unexplained in ((agree, None), (apart, None), (apart, UNEXPLAINED))
    ]
    assert widths == sorted(widths)
    assert widths[2] > widths[1] + 0.01


def test_nobody_and_everybody_leave_room() -> None:
    doubt = Doubt(SETS, UNEXPLAINED)
    low, high = doubt.interval(np.zeros(2000), 2000)
    assert 0 <= low < high < 0.1
    low, high = doubt.interval(np.ones(2000), 2000)
    assert 0.9 < low < high <= 1


def test_those_who_do_not_count_are_left_out() -> None:
    happened = drawn(0.1)
    missing = np.where(SETS < 20, happened, np.nan)
    assert Doubt(SETS, None).interval(missing, 1000) == Doubt(SETS[SETS < 20], None).interval(happened[SETS < 20], 1000)

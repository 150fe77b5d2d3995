"""Cumulative incidence: Aalen and Johansen's estimate, numbers at risk, plain shares where everybody is watched."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.forecast.competing import aalen_johansen
from lupercal.forecast.incidence import FirstEvent, cumulative
from lupercal.forecast.outcomes import Sample

MONTHS = np.arange(25)


def test_the_remission_of_leukaemia_under_6_mp_is_as_published() -> None:
    """Freireich 1963, the arm of 6-mercaptopurine as every textbook prints it: S(6) 0.857, S(10) 0.753, S(23) 0.448."""
    weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    relapsed = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    at = np.where(relapsed, weeks, np.inf).astype(float)
    watched = np.where(relapsed, 35, weeks).astype(float)
    shares, worth = aalen_johansen(at, np.full(len(at), np.inf), watched, MONTHS)
    assert 1 - shares[[6, 10, 23]] == pytest.approx([0.857, 0.753, 0.448], abs=5e-4)
    survival = 1 - shares[23]
    assert np.sqrt(survival * (1 - survival) / worth[23]) == pytest.approx(0.1346, abs=5e-5)


def test_death_competes_as_a_table_made_by_hand_says() -> None:
    """Ten people, months 1 to 4: 2 events and 1 death of 10; two lost; 1 and 1 of 5; 1 event of 3; 1 death of 2."""
    never = np.inf
    at = np.array([1, 1, never, never, never, 2, never, 3, never, never])
    died = np.array([never, never, 1, never, never, never, 2, never, 4, never])
    watched = np.array([4, 4, 4, 1, 1, 4, 4, 4, 4, 4], float)
    shares, worth = aalen_johansen(at, died, watched, np.arange(5))
    assert shares == pytest.approx([0.0, 0.2, 0.34, 0.48, 0.48])
    deaths, _ = aalen_johansen(died, at, watched, np.arange(5))
    assert shares[-1] + deaths[-1] == pytest.approx(1 - 0.7 * 0.6 * (2 / 3) * 0.5)
    assert worth[1] == pytest.approx(10.0)
    assert shares[-1] < aalen_johansen(at, np.full(10, never), np.minimum(watched, died), np.arange(5))[0][-1]


@settings(deadline=None)
@given(st.integers(1, 80), st.integers(0, 999))
def test_watched_to_the_end_it_is_the_share_of_events_before_death(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at, died = (np.where(rng.random(size) < 0.6, rng.integers(0, 25, size), np.inf).astype(float) for _ in "12")
    shares, _ = aalen_johansen(at, died, np.full(size, 24.0), MONTHS)
    expected = [((at <= month) & (at <= died)).mean() for month in MONTHS]
    assert shares == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(st.integers(1, 80), st.floats(0, 1), st.integers(0, 999))
def test_watched_to_the_end_it_is_the_plain_share(size: int, share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = np.where(rng.random(size) < share, rng.integers(0, 25, size), np.inf).astype(float)
    found = cumulative("relapse", FirstEvent(at, np.full(size, 24.0)), Sample(1.0))
    assert [one.month for one in found] == list(range(25))
    for one in found:
        assert one.probability == pytest.approx((at <= one.month).mean(), abs=1e-9)
        assert one.denominator == (at > one.month).sum()
        assert one.low <= one.probability <= one.high
    assert all(a.probability <= b.probability + 1e-12 for a, b in pairwise(found))


def test_nobody_in_remission_gives_no_number() -> None:
    found = cumulative("relapse", FirstEvent(np.full(5, np.inf), np.full(5, np.nan)), Sample(1.0))
    assert [one.denominator for one in found] == [0]
    assert np.isnan(found[0].probability)

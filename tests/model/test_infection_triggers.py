"""Hazards and triggers as published or assumed: directions, sizes and rates."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.evidence.parameters import values
from lupercal.model.infection import hazard, weekly_risk
from lupercal.model.subsystem import Names
from lupercal.model.triggers import daily_probability, sizes

HEALTHY = {"GC": 0.0, "NU": 5.0, "IG": 12.0, "T4": 700.0}


def rate(**states: float) -> float:
    return float(hazard(Names(HEALTHY | states), Names(values())))


def test_hazard_rises_with_steroid_and_with_each_deficiency() -> None:
    assert rate(GC=20.0) > rate(GC=5.0) > rate()
    assert rate(NU=0.2) > rate()
    assert rate(IG=2.0) > rate()
    assert rate(T4=50.0) > rate()


def test_hazard_of_the_healthy_is_near_its_base() -> None:
    assert rate() == pytest.approx(values()["h_inf"], rel=0.5)


def test_weekly_risk_is_a_small_probability_even_at_worst() -> None:
    worst = weekly_risk(Names({"GC": 60.0, "NU": 0.0, "IG": 0.0, "T4": 0.0}), Names(values()))
    assert 0 < worst < 0.5


def test_four_triggers_a_year_of_mean_size_as_told() -> None:
    random = np.random.default_rng(1)
    days = np.arange(365 * 40, dtype=float)
    struck = random.random((len(days), 50)) < daily_probability(days % 365, values())[:, None]
    found = np.where(struck, sizes(random.exponential(1.0, struck.shape), values()), 0.0)
    assert (found > 0).sum() / (40 * 50) == pytest.approx(values()["z_rate"], rel=0.05)
    assert found[found > 0].mean() == pytest.approx(values()["z_size"], rel=0.05)


def test_a_season_raises_the_rate_at_its_peak_only() -> None:
    p = values() | {"z_season": 0.4, "z_peak": 100.0}
    peak, opposite = daily_probability(np.array([100.0, 282.5]), p)
    assert peak == pytest.approx(1.4 * opposite)

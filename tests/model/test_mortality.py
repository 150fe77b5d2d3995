"""Death: what multiplies the hazard of people of the same age and sex, and what comes on top."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.evidence.limits import clinical_limit
from lupercal.evidence.parameters import parameters, values
from lupercal.model.mortality import hazard, lupus

DAMAGE_EGFR, FAILURE_EGFR = clinical_limit("damage_egfr"), clinical_limit("failure_egfr")

WELL = {"sledai": 0.0, "sdi": 0.0, "egfr": 90.0, "infections": 0.0}
POINTS = st.floats(0, 40)


def ratio(**seen: float) -> float:
    names: Any = SimpleNamespace(**values())
    state: Any = SimpleNamespace(**WELL | seen)
    return float(lupus(state, names))


def death(population: float, **seen: float) -> float:
    names: Any = SimpleNamespace(**values())
    state: Any = SimpleNamespace(**WELL | seen)
    return float(hazard(population, state, names))


def test_who_is_well_dies_as_the_assumption_says() -> None:
    assert ratio() == values()["hr_sle"]
    assert death(0.002) == pytest.approx(0.002 * values()["hr_sle"])


@given(POINTS, POINTS, st.floats(0, 10), st.floats(5, 120), st.floats(5, 120))
def test_activity_damage_and_lost_function_never_help(a: float, b: float, sdi: float, x: float, y: float) -> None:
    worse, better = {"sledai": max(a, b), "egfr": min(x, y)}, {"sledai": min(a, b), "egfr": max(x, y)}
    assert ratio(sdi=sdi, **worse) >= ratio(sdi=sdi, **better) >= ratio(**better)


def test_activity_follows_the_published_ratios_by_band() -> None:
    """Cook 2000 at the middle of each band of SLEDAI; one slope cannot meet all four exactly."""
    for points, published in ((3, 1.28), (8, 2.34), (15, 4.74), (24, 14.11)):
        assert ratio(sledai=points) == pytest.approx(published, rel=0.15)


def test_damage_is_the_mean_over_a_poisson_number_of_points() -> None:
    drawn = np.random.default_rng(1).poisson(0.7, 400_000)
    assert ratio(sdi=0.7) == pytest.approx(float(np.mean(values()["hr_dm"] ** drawn)), rel=0.01)


@pytest.mark.parametrize(
    ("egfr", "name"), [(FAILURE_EGFR - 1, "hr_esrd"), (FAILURE_EGFR, "hr_egfr"), (DAMAGE_EGFR - 1, "hr_egfr")]
)
def test_kidney_function_counts_by_stage(egfr: float, name: str) -> None:
    assert ratio(egfr=egfr) == pytest.approx(values()[name])
    assert ratio(egfr=DAMAGE_EGFR) == 1


def test_deaths_of_infection_come_on_top_whatever_the_age() -> None:
    young, old = (death(rate, infections=0.1) - death(rate) for rate in (0.0005, 0.05))
    assert young == pytest.approx(old)
    assert young == pytest.approx(0.1 * values()["cf_inf"])


def test_no_plausible_value_of_a_published_ratio_is_protective() -> None:
    rows = [row for row in parameters().values() if row.group == "mortality"]
    assert len(rows) == 6
    assert all(row.low > 1 for row in rows if row.symbol.startswith("hr_") and row.symbol != "hr_sle")

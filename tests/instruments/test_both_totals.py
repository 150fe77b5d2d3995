"""Both totals of a visit in one pass: what the two instruments find, and states that read them find what they did."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lupercal.instruments.clinical_sledai import both_totals
from lupercal.instruments.lldas import activity_items, new_activity, newly_active
from lupercal.instruments.registry import score_simulated
from lupercal.instruments.sledai_items import DESCRIPTORS

VISITS = 400
Columns = dict[str, NDArray[np.float64]]


def visits(seed: int, missing: float) -> Columns:
    rng = np.random.default_rng(seed)
    columns: Columns = {name: (rng.random(VISITS) < 0.12).astype(float) for name in DESCRIPTORS}
    columns |= {"pga": rng.uniform(0, 1.5, VISITS), "prednisone": rng.choice([0.0, 5.0, 7.5, 20.0], VISITS)}
    columns |= {"hemolytic_anemia": np.zeros(VISITS), "gastrointestinal_activity": np.zeros(VISITS)}
    columns |= {"new_activity": np.zeros(VISITS), "on_investigational": np.zeros(VISITS)}
    for column in columns.values():
        column[rng.random(VISITS) < missing] = np.nan
    c3 = rng.uniform(0.4, 1.6, VISITS)
    return columns | {"low_complement": np.full(VISITS, np.nan), "c3": c3, "c3_lln": np.full(VISITS, 0.9)}


@pytest.mark.parametrize("missing", [0.0, 0.02, 0.3])
def test_totals_and_states_are_those_of_the_instruments(missing: float) -> None:
    seen = visits(3, missing)
    totals = both_totals(seen)
    for name, total in totals.items():
        assert np.array_equal(total, score_simulated(name, seen).value, equal_nan=True)
    for state in ("doris_2021", "lldas", "lldas_5"):
        alone, beside = (score_simulated(state, columns) for columns in (seen, seen | totals))
        assert np.array_equal(alone.value, beside.value, equal_nan=True)
        assert np.isin([0.0], alone.value).all()


def test_new_activity_can_be_told_of_what_was_kept_of_the_visit_before() -> None:
    before, now = visits(4, 0.05), visits(5, 0.05)
    kept = newly_active(activity_items(before), activity_items(now))
    assert np.array_equal(kept, new_activity(before, now), equal_nan=True)
    assert {0.0, 1.0} <= set(kept[~np.isnan(kept)].tolist())

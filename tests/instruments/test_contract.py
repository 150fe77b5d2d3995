"""Every registered instrument keeps the contract: stamps, shapes, bounds, missing data, scalar equals vector, order."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np
import pytest
from numpy.typing import NDArray

from lupercal.instruments import Instrument, Status, instrument, instruments
from lupercal.instruments.contract import problems
from lupercal.instruments.inputs import describe, known
from lupercal.instruments.result import WARNINGS

ALL = instruments()
COMPUTED = tuple(one for one in ALL if one.standing != "not available")
ROWS = 40


def columns_of(one: Instrument, seed: int, unknown: float = 0.3) -> dict[str, NDArray[np.float64]]:
    """Return random plausible visits for an instrument, a share of the cells unknown."""
    rng = np.random.default_rng(seed)
    columns = {}
    for name in one.inputs:
        what = describe(name)
        if what.kind in {"flag", "count", "cause"}:
            values = rng.integers(int(what.low), int(what.high) + 1, ROWS).astype(float)
        else:
            values = what.low + (what.high - what.low) * rng.random(ROWS) ** 4
        columns[name] = np.where(rng.random(ROWS) < unknown, np.nan, values)
    return columns


def same(a: object, b: object) -> bool:
    return bool(np.array_equal(np.asarray(a, float), np.asarray(b, float), equal_nan=True))


def test_there_are_no_two_of_a_name() -> None:
    assert len({one.name for one in ALL}) == len(ALL)


@pytest.mark.parametrize("one", ALL, ids=str)
def test_nothing_of_the_skeleton_is_left_out(one: Instrument) -> None:
    assert problems(one) == []
    assert all(known(name) for name in one.inputs)
    assert set(one.settings) <= {"attribution", "window_days", "over_visits", *one.settings}


@pytest.mark.parametrize("missing", ["source", "version", "unit", "missing_rule"])
def test_the_contract_notices_what_is_missing(missing: str) -> None:
    broken = replace(instrument("sledai_2k"), **{missing: " "})  # type: ignore[arg-type]
    assert any(missing in problem for problem in problems(broken))


@pytest.mark.parametrize("one", COMPUTED, ids=str)
def test_nothing_known_is_missing_and_never_a_number(one: Instrument) -> None:
    for columns in ({}, {name: np.full((2, 3), np.nan) for name in one.inputs}):
        found = one.score(columns)
        assert np.isnan(found.value).all()
        assert (found.status == Status.MISSING).all()


@pytest.mark.parametrize("one", ALL, ids=str)
@pytest.mark.parametrize("seed", [1, 2])
def test_results_lie_within_their_bounds_and_carry_their_stamps(one: Instrument, seed: int) -> None:
    columns = columns_of(one, seed)
    found = one.score(columns)
    assert (found.low <= found.high).all()
    assert (found.low >= one.range[0] - 1e-9).all()
    assert (found.high <= one.range[1] + 1e-9).all()
    settled = ~np.isnan(found.value)
    assert ((found.value >= found.low - 1e-9) & (found.value <= found.high + 1e-9))[settled].all()
    assert (settled == (found.status == Status.COMPLETE)).all()
    assert (found.instrument, found.version, found.source) == (one.name, one.version, one.source)
    assert set(found.warnings) <= set(WARNINGS)
    assert all(array.shape == found.shape for array in (*found.items.values(), *found.warnings.values()))


STAND_INS = (
    *(
        "creatinine",
        "creatinine@baseline",
        "age",
        "sex_female",
        "height",
        "protein_24h*",
        "clasi_activity*",
        "active_joints*",
    ),
    *("rescue_medication", "dropped_out", "cytopenia_lineages", "hscore", "ice", "oxygen_flow", "ana_titer", "facit_*"),
    *("not_assessable_*", "*_months", "*_months_apart", "*_before_sle", "alt@*", "ast@*", "bilirubin@*", "new_bilag_*"),
    *(
        "sledai_2k*",
        "clinical_sledai",
        "pga_10",
        "major_organ_activity",
        "stable_maintenance",
        "days_since_infusion",
        "dialysis",
    ),
    *("azathioprine", "methotrexate", "hydroxychloroquine", "mycophenolate*", "mycophenolic_acid", "leflunomide"),
    *("sdi@previous", "biopsy_proven_nephritis", "red_cell_transfusion", "crs_death", "icans_death", "sedated"),
    *("conditioning", "cd19_lloq", "fibrinogen_lln", "*_dose", "hlh_mutation", "infection_death"),
)
"""Inputs that stand in for another one, excuse an item, or are taken as said where nothing is said: left out below."""

OWN_RULE = ("lupusqol_", "facit_")
"""Questionnaires whose own rule scores the answers given, although the others could change the result."""


def independent(one: Instrument) -> set[str]:
    """Return inputs none of which stands in for another: of an item with a flag of its own, only the flag."""
    derived = {
        n for item in one.items if item.inputs and describe(item.inputs[0]).kind == "flag" for n in item.inputs[1:]
    }
    flags = {item.inputs[0] for item in one.items if item.inputs}
    if one.name.startswith(("eular", "slicc", "acr_1997", "sledai", "clinical", "selena_sledai")):
        return {name for name in one.inputs if name in flags and name not in STAND_INS}
    matched = {name for name in one.inputs if any(fnmatchcase(name, pattern) for pattern in STAND_INS)}
    return set(one.inputs) - matched - (derived - flags if "joint_count" not in one.name else set())


@pytest.mark.parametrize("one", [one for one in COMPUTED if not one.name.startswith(OWN_RULE)], ids=str)
def test_learning_more_never_leaves_the_bounds(one: Instrument) -> None:
    """What is unknown may become anything: the bounds with unknowns contain the result without them."""
    names = independent(one)
    full = {name: column for name, column in columns_of(one, 3, unknown=0.0).items() if name in names}
    rng = np.random.default_rng(4)
    partly = {name: np.where(rng.random(ROWS) < 0.3, np.nan, column) for name, column in full.items()}
    all_known, some_known = one.score(full), one.score(partly)
    settled = all_known.status < Status.NOT_EVALUABLE
    scored = settled & (some_known.status < Status.NOT_EVALUABLE)
    assert (some_known.low <= all_known.low + 1e-9)[scored].all()
    assert (some_known.high >= all_known.high - 1e-9)[scored].all()


@pytest.mark.parametrize("one", [one for one in ALL if one.inputs], ids=str)
def test_vector_equals_scalar(one: Instrument) -> None:
    columns = columns_of(one, 5)
    found = one.score(columns)
    for n in range(0, ROWS, 13):
        alone = one.score({name: column[n] for name, column in columns.items()})
        assert alone.shape == ()
        assert same(alone.value, found.value[n])
        assert same(alone.low, found.low[n])
        assert same(alone.status, found.status[n])


@pytest.mark.parametrize("one", [one for one in ALL if one.inputs], ids=str)
def test_order_and_shape_of_rows_do_not_matter(one: Instrument) -> None:
    columns = columns_of(one, 6)
    order = np.random.default_rng(7).permutation(ROWS)
    found = one.score(columns)
    mixed = one.score({name: column[order] for name, column in columns.items()})
    folded = one.score({name: column.reshape(2, ROWS // 2) for name, column in columns.items()})
    assert same(mixed.value, found.value[order])
    assert same(folded.value, found.value.reshape(2, ROWS // 2))


@pytest.mark.parametrize("one", ALL, ids=str)
def test_input_is_not_changed_and_the_result_repeats(one: Instrument) -> None:
    columns = columns_of(one, 8)
    before = {name: column.copy() for name, column in columns.items()}
    first, second = one.score(columns), one.score(columns)
    assert same(first.value, second.value)
    assert all(same(columns[name], before[name]) for name in columns)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(KeyError, match="sledai_2k"):
        instrument("sledai")

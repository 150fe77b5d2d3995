"""Ranges and scales of units are held against every input of every instrument, in arrays, tables and patient files."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import lupercal as lp
from lupercal.errors import InputError
from lupercal.instruments import Instrument, Status, instruments
from lupercal.instruments.inputs import describe
from lupercal.patient.read import patient_from
from lupercal.patient.variables import Variable, variables
from tests.instruments.complete import complete

COMPUTED = [one for one in instruments() if one.standing != "not available"]


def outside(name: str) -> list[float]:
    """Return values that the column cannot hold: a thousand times too large, just above, below, infinite."""
    what = describe(name)
    if what.kind == "flag":
        return [2.0, 0.5, -7.0]
    return [what.high * 1000.0 + 1.0, what.high + 1.0 + 0.01 * abs(what.high), what.low - 1.0 - abs(what.low)]


def wrong(one: Instrument, kinds: tuple[str, ...]) -> tuple[dict[str, Any], list[str]]:
    """Return as many rows as wrong values, each with one of them, and their names."""
    quiet = complete(one)
    cells = [(name, value) for name in one.inputs if describe(name).kind in kinds for value in outside(name)]
    columns = {name: np.full(len(cells), quiet.get(name, np.nan)) for name in (*quiet, *(n for n, _ in cells))}
    for row, (name, value) in enumerate(cells):
        columns[name][row] = value
    return columns, [name for name, _ in cells]


@pytest.mark.parametrize("one", COMPUTED, ids=str)
def test_an_impossible_value_is_never_scored_in_an_array(one: Instrument) -> None:
    columns, names = wrong(one, ("flag", "count", "number"))
    found = one.score(columns)
    for row, name in enumerate(names):
        assert found.status[row] in {Status.ERROR, Status.NOT_EVALUABLE, Status.CONFLICT}, name
        assert np.isnan(found.value[row])


@pytest.mark.parametrize("one", COMPUTED, ids=str)
def test_a_row_with_an_impossible_value_is_open_with_its_reason_in_a_table(one: Instrument) -> None:
    columns, names = wrong(one, ("count", "number"))
    if not names:
        assert {describe(name).kind for name in one.inputs} == {"flag"}
        return
    table = lp.score(pl.DataFrame(columns).fill_nan(None), [one.name])
    assert table[one.name].null_count() == len(names)
    for name, status, reason in zip(names, table[f"{one.name}_status"], table[f"{one.name}_reason"], strict=True):
        assert status in {"error", "not_evaluable", "conflict"}, name
        assert reason, name


@pytest.mark.parametrize("what", [one for one in variables().values() if one.kind != "flag"], ids=lambda one: one.name)
def test_a_patient_file_with_an_impossible_value_is_refused(what: Variable) -> None:
    for value in outside(what.name):
        with pytest.raises(InputError, match=what.name):
            patient_from({"id": "a", "visits": [{"day": 0, "values": {what.name: value}}]}, "memory")

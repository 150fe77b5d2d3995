"""Cells of a table become the columns that instruments read: also letters of grades and causes of findings."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lupercal.instruments.bilag_grades import GRADES
from lupercal.instruments.columns import ATTRIBUTIONS
from lupercal.instruments.inputs import describe
from lupercal.instruments.plausible import causes_expected
from lupercal.patient.cells import CellValues, cell_expected, read_cells
from lupercal.patient.variables import Kind, Variable, variables

if TYPE_CHECKING:
    import polars as pl


class CellFault(NamedTuple):
    """A cell that cannot be used: its row in the block, what stands there, and what would have been accepted."""

    row: int
    found: str
    expected: str


def numbers(
    cells: pl.Series, name: str, unit: str | None = None, *, decimal_comma: bool = False
) -> tuple[dict[str, Any], CellFault | None]:
    """Return the columns an input gives (numbers, and bounds where cells are censored) and the first fault.

    Parameters
    ----------
    cells
        One column of a block, any type.
    name
        The input.
    unit
        The unit of the column; the input's own where None.
    decimal_comma
        See `lupercal.patient.cells.read_cells`.

    Returns
    -------
    dict
        ``name`` and, where a cell is a bound, ``name@low`` and ``name@high``; arrays of the length of ``cells``.
    CellFault or None
        The first cell that is neither a number nor a word with a meaning here. A number that no person can have is no
        fault of the table: it is kept (as infinity where it lacks a unit), and instruments leave its row open.
    """
    what = input_variable(name)
    read = read_cells(_letters(cells, name), what, unit, decimal_comma=decimal_comma)
    if name.endswith(("@low", "@high")):
        read = _open_ends(cells, read)
    if read.wrong.any() and what.kind != "flag" and not name.endswith("@attributed_to"):
        read = _impossible_kept(cells, read, what)
    fault = None
    if read.wrong.any():
        row = int(np.argmax(read.wrong))
        raw = cells[row]
        expected = causes_expected() if name.endswith("@attributed_to") else cell_expected(raw, what, unit)
        fault = CellFault(row, raw if isinstance(raw, str) else f"{raw}", expected)
    return {name: read.value, **_bounds(read, name)}, fault


@cache
def input_variable(name: str) -> Variable:
    """Return an input as a variable with unit, kind and range; ``x@baseline`` is as ``x``."""
    plain = name.partition("@")[0]
    if plain in variables() and not name.endswith("@attributed_to"):
        return variables()[plain]
    what = describe(name)
    kind: Kind = "flag" if what.kind == "flag" else "quantity" if what.kind == "number" else "score"
    return Variable(
        name="form_input", label=name, group="instrument", kind=kind, unit="1", low=what.low, high=what.high
    )


def _letters(cells: pl.Series, name: str) -> pl.Series:
    """Return the cells with letters of grades and words of causes as their numbers."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    plain, _, end = name.partition("@")
    if cells.dtype != pl.String:
        return cells
    if end == "attributed_to":
        codes = {word: str(code) for code, word in enumerate(ATTRIBUTIONS)}
        return cells.str.strip_chars().str.to_lowercase().replace(codes)
    if plain.startswith("bilag_"):
        return cells.str.strip_chars().str.to_uppercase().replace({g: str(code) for code, g in enumerate(GRADES)})
    return cells


def _open_ends(cells: pl.Series, read: CellValues) -> CellValues:
    """Return the ends of bounds, of which the open one is infinite and not wrong."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    ends = cells.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
    value = np.where(np.isinf(ends), ends, read.value)
    return CellValues(value, value, value, read.wrong & ~np.isinf(ends))


def _impossible_kept(cells: pl.Series, read: CellValues, what: Variable) -> CellValues:
    """Return the cells with numbers outside the plausible range kept, so that only their rows are open."""
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    given = cells.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy().astype(np.float64)
    implausible = read.wrong & np.isfinite(given)
    outside = np.where((given < what.low) | (given > what.high), given, np.inf)
    value, low, high = (np.where(implausible, outside, end) for end in (read.value, read.low, read.high))
    return CellValues(value, low, high, read.wrong & ~implausible)


def _bounds(read: CellValues, name: str) -> dict[str, Any]:
    return {f"{name}@low": read.low, f"{name}@high": read.high} if read.censored else {}

"""Cells of a table become numbers: text, booleans, letters of grades, censored values such as ``<4``, causes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from lupercal.errors import InputError
from lupercal.instruments.bilag_grades import GRADES
from lupercal.instruments.columns import ATTRIBUTIONS
from lupercal.instruments.inputs import describe
from lupercal.instruments.three_valued import Array

if TYPE_CHECKING:
    import polars as pl

WORDS = {
    "true": 1.0,
    "yes": 1.0,
    "present": 1.0,
    "false": 0.0,
    "no": 0.0,
    "absent": 0.0,
    **dict.fromkeys(("", "na", "nan", "null", "unknown", "nd"), np.nan),
}
_CENSORED = re.compile(r"\s*([<>]=?)\s*((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?)\s*$")
Place = tuple[object, str, int]


def numbers(cells: pl.Series, name: str, place: Place, factor: float = 1.0, shift: float = 0.0) -> dict[str, Any]:
    """Return the columns an input gives: the numbers, and bounds where cells are censored.

    Parameters
    ----------
    cells
        One column of a block, any type.
    name
        The input.
    place
        File, column and first row of the block, for messages.
    factor, shift
        To the dictionary's unit.

    Returns
    -------
    dict
        ``name`` and, where a cell was censored, ``name@low`` and ``name@high``; arrays of the length of ``cells``.

    Raises
    ------
    InputError
        Naming the cell that is neither a number nor a word with a meaning here.
    """
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    if cells.dtype == pl.Boolean and not cells.null_count():
        return {name: cells.to_numpy()}
    if cells.dtype == pl.String:
        found = _text(cells, name, place)
    elif cells.dtype.is_numeric() or cells.dtype == pl.Boolean:
        values = cells.cast(pl.Float64).fill_null(np.nan).to_numpy()
        found = {name: np.round(values, 6) if cells.dtype == pl.Float32 else values}
    else:
        raise InputError(place[0], place[1], str(cells.dtype), "a column of numbers, booleans or text")
    _check_finite(found[name], name, place)
    _check_flags(found[name], name, place)
    scaled = factor != 1.0 or shift
    return {key: column * factor + shift for key, column in found.items()} if scaled else found


def _text(cells: pl.Series, name: str, place: Place) -> dict[str, Array]:
    import polars as pl  # noqa: PLC0415 - heavy, loaded when used

    read = cells.cast(pl.Float64, strict=False)
    values = read.fill_null(np.nan).to_numpy().copy()
    words = (read.is_null() & cells.is_not_null()).arg_true().to_numpy()
    bounds: dict[int, tuple[float, float]] = {}
    for row in words:
        text = str(cells[int(row)]).strip()
        censored = _CENSORED.match(text)
        if censored:
            limit = float(censored[2])
            bounds[row] = (-np.inf, limit) if censored[1].startswith("<") else (limit, np.inf)
            values[row] = limit
        else:
            values[row] = _word(text, name, place, int(row))
    return {name: values} | (_bounds(values, bounds, name) if bounds else {})


def _word(text: str, name: str, place: Place, row: int) -> float:
    kind = describe(name).kind
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    if kind == "cause":
        return float(ATTRIBUTIONS.index(text.lower())) if text.lower() in ATTRIBUTIONS else _refuse(text, place, row)
    if name.startswith("bilag_") and text.upper() in GRADES:
        return float(GRADES.index(text.upper()))
    return _refuse(text, place, row)


def _refuse(text: str, place: Place, row: int) -> float:
    file, column, first = place
    raise InputError(
        file, f"row {first + row + 1}, column {column}", text, "a number, yes or no, or a bound such as <4"
    )


def _bounds(values: Array, bounds: dict[int, tuple[float, float]], name: str) -> dict[str, Array]:
    low, high = values.copy(), values.copy()
    for row, (least, most) in bounds.items():
        low[row], high[row] = least, most
    return {f"{name}@low": low, f"{name}@high": high}


def _check_finite(values: Array, name: str, place: Place) -> None:
    """Refuse infinite numbers; only the open end of a censored value is one."""
    wrong = np.isinf(values)
    if wrong.any() and not name.endswith(("@low", "@high")):
        _refuse(str(values[int(np.argmax(wrong))]), place, int(np.argmax(wrong)))


def _check_flags(values: Array, name: str, place: Place) -> None:
    if describe(name).kind != "flag":
        return
    wrong = ~((values == 0) | (values == 1) | np.isnan(values))
    if wrong.any():
        row = int(np.argmax(wrong))
        file, column, first = place
        raise InputError(file, f"row {first + row + 1}, column {column}", float(values[row]), "1, 0 or an empty cell")

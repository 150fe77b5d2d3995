"""What cannot be: numbers outside the dictionary's range, flags neither 1 nor 0, split points, causes nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from lupercal.errors import InputError
from lupercal.instruments.columns import ATTRIBUTIONS, CAUSE, Columns
from lupercal.instruments.inputs import describe, known
from lupercal.instruments.three_valued import TOLERANCE, Array, Bools
from lupercal.patient.plausible import outside

BLOCK = 32_768
"""Rows looked at in one go, so that a column is read from memory once."""


def impossible_cells(columns: Columns, names: Iterable[str]) -> dict[str, Bools]:
    """Return for each named column with impossible cells where they are; NaN (and -1 for a flag) is only unknown.

    Parameters
    ----------
    columns
        Data-dictionary names to arrays of any shapes; ``<name>@low`` and ``<name>@high`` are judged with ``<name>``.
    names
        The columns to look at; those that are not there or not in the dictionary are passed over.
    """
    impossible: dict[str, Bools] = {}
    for name in names:
        for column in (name, f"{name}@low", f"{name}@high"):
            if column in columns and known(name) and (wrong := _wrong(column, name, columns[column])) is not None:
                impossible[name] = wrong | impossible[name] if name in impossible else wrong
    return impossible


def cleared_columns(columns: Columns, wrong: dict[str, Bools]) -> dict[str, Any]:
    """Return the columns with impossible cells as unknown."""
    cleared = dict(columns)
    for name, cells in wrong.items():
        for column in (name, f"{name}@low", f"{name}@high"):
            if column in columns:
                cleared[column] = np.where(cells, np.nan, np.asarray(columns[column], float))
    return cleared


def coded_causes(columns: Columns) -> dict[str, Any]:
    """Return the columns with words of attribution as their codes.

    Raises
    ------
    InputError
        For a word or a code that is none of `ATTRIBUTIONS`.
    """
    return {n: _codes(n, column) if n.endswith(CAUSE) else column for n, column in columns.items()}


def _codes(name: str, column: Any) -> Array:
    cells = np.asarray(column)
    if cells.dtype.kind in "fiub":
        codes = cells.astype(float)
        wrong = ~(np.isnan(codes) | np.isin(codes, range(len(ATTRIBUTIONS))))
        if wrong.any():
            raise InputError(name, "", float(codes[wrong].flat[0]), causes_expected())
        return codes
    return np.array([_code(name, word) for word in cells.ravel()], float).reshape(cells.shape)


def _code(name: str, word: Any) -> float:
    if word is None or word == "" or (isinstance(word, float) and np.isnan(word)):
        return np.nan
    text = str(word).strip().lower()
    if text not in ATTRIBUTIONS:
        raise InputError(name, "", str(word), causes_expected())
    return float(ATTRIBUTIONS.index(text))


def causes_expected() -> str:
    """Return what a statement of a cause may be."""
    return f"a cause: {', '.join(ATTRIBUTIONS)} (codes 0 to {len(ATTRIBUTIONS) - 1})"


def _wrong(column: str, name: str, cells: Any) -> Bools | None:
    """Return where cells are impossible, None where none is."""
    array = np.asarray(cells)
    what = describe(name)
    if array.dtype == np.bool_ or what.kind == "cause" or not array.size:
        return None
    if what.kind == "flag":
        return _wrong_flags(array)
    if column != name:  # an open end of a censored value is infinite
        array = np.where(np.isinf(np.asarray(array, float)), np.nan, array)
    numbers = np.asarray(array, float)
    wrong, split = _outside(numbers, what.low, what.high), _split(numbers) if what.kind == "count" else None
    return wrong if split is None else split if wrong is None else wrong | split


def _split(array: Array) -> Bools | None:
    """Return where counts and whole points are no whole numbers, None where all are; NaN is unknown."""
    wrong = np.abs(array - np.rint(array)) > TOLERANCE * np.maximum(np.abs(array), 1.0)
    return np.asarray(wrong) if wrong.any() else None


def _wrong_flags(array: Any) -> Bools | None:
    flat = array.ravel()
    parts = (flat[start : start + BLOCK] for start in range(0, flat.size, BLOCK))
    if all(((part == 0) | (part == 1)).all() for part in parts):
        return None
    wrong = ~((array == 0) | (array == 1) | (array == -1))
    wrong = wrong & ~np.isnan(array) if array.dtype.kind == "f" else wrong
    return np.asarray(wrong) if wrong.any() else None


def _outside(array: Array, low: float, high: float) -> Bools | None:
    """Return where numbers lie outside the range, with the slack that every threshold has; NaN is unknown."""
    slack = TOLERANCE * max(abs(low), abs(high), 1.0)
    least, most = array.min(), array.max()
    if least >= low - slack and most <= high + slack:  # the usual case, told without an array of answers
        return None
    wrong = outside(array, low - slack, high + slack)
    return wrong if wrong.any() else None

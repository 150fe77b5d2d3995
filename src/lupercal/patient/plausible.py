"""One check of range for every reader: is a number one that a person can have, in the dictionary's unit?

Patient files, tables of visits, tables of patients and instruments called with arrays ask here, so that a cell is a
slip for all of them or for none. What is unknown (NaN) is never implausible.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lupercal.patient.variables import Variable, variables

Bools = NDArray[np.bool_]
OPEN_ENDS = ("low", "high")
"""Suffixes of the columns that hold the bounds of censored values; their open side is infinite and no slip."""


def outside(values: ArrayLike, low: float, high: float, *, whole: bool = False) -> Bools:
    """Return where numbers cannot be: below ``low``, above ``high``, infinite, or not whole where they must be.

    Parameters
    ----------
    values
        Any shape, in the unit of ``low`` and ``high``; NaN is unknown and never outside.
    low, high
        Ends of the plausible range, both still plausible.
    whole
        Whether only whole numbers can be (flags, points, counts).
    """
    numbers = np.asarray(values, np.float64)
    with np.errstate(invalid="ignore"):
        wrong = (numbers < low) | (numbers > high)
        return np.asarray(wrong | (np.floor(numbers) < numbers) if whole else wrong)


def implausible(variable: Variable | str, values: ArrayLike) -> Bools:
    """Return where values of a variable lie outside its plausible range; same shape as ``values``.

    Parameters
    ----------
    variable
        A variable of the data dictionary, or its name.
    values
        In the dictionary's unit. Flags are 0 or 1, scores whole points.

    Raises
    ------
    KeyError
        If the dictionary does not know the name.
    """
    asked = variables()[variable] if isinstance(variable, str) else variable
    return outside(values, asked.low, asked.high, whole=asked.kind != "quantity")


def implausible_columns(columns: Mapping[str, Any]) -> dict[str, Bools]:
    """Return for each column with an implausible value where it stands; an empty dict where nothing is wrong.

    Parameters
    ----------
    columns
        Names to arrays. ``x@baseline`` and ``x@previous`` are checked as ``x``; the infinite ends of ``x@low`` and
        ``x@high`` are open, not wrong. Names the dictionary does not know are left to whoever defines them.
    """
    checked = {name: _checked(name, column) for name, column in columns.items()}
    return {name: wrong for name, wrong in checked.items() if wrong is not None and wrong.any()}


def range_in_words(variable: Variable) -> str:
    """Return the plausible range for a message, such as ``0.1 to 30 mg/dL``; ``true or false`` for a flag."""
    if variable.kind == "flag":
        return "true or false"
    unit = "points" if variable.kind == "score" else variable.unit
    return f"{variable.low:g} to {variable.high:g} {unit}"


def _checked(name: str, column: Any) -> Bools | None:
    plain, *suffixes = name.split("@")
    variable = variables().get(plain)
    if variable is None or "attributed_to" in suffixes:
        return None
    numbers = np.asarray(column, np.float64)
    if set(OPEN_ENDS) & set(suffixes):
        numbers = np.where(np.isinf(numbers), np.nan, numbers)
    return implausible(variable, numbers)

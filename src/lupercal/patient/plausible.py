"""One check of range for every reader: is a number one that a person can have, in the dictionary's unit?

Patient files, tables of visits and tables of patients ask here, so that a cell is a slip for all of them or for none.
What is unknown (NaN) is never implausible.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lupercal.patient.variables import Variable, variables

Bools = NDArray[np.bool_]


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


def beyond_range(variable: Variable | str, values: ArrayLike) -> Bools:
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


def range_in_words(variable: Variable) -> str:
    """Return the plausible range for a message, such as ``0.1 to 30 mg/dL``; ``true or false`` for a flag."""
    if variable.kind == "flag":
        return "true or false"
    unit = "points" if variable.kind == "score" else variable.unit
    return f"{variable.low:g} to {variable.high:g} {unit}"

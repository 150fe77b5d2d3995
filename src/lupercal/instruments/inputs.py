"""What a column that an instrument reads holds: kind, unit and range, from the dictionary or ``data/inputs.csv``.

The dictionary (`lupercal.patient.variables`) comes first; ``inputs.csv`` describes by pattern the many columns of
forms and questionnaires (zones, joints, answers) that are not clinical variables of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Literal, final

from lupercal.instruments.tables import rows
from lupercal.patient.variables import variables

InputKind = Literal["flag", "count", "number", "cause"]


@final
@dataclass(frozen=True, slots=True)
class Input:
    """One column: a flag (1/0), a count (whole numbers), a number, or a cause (code of an attribution)."""

    name: str
    kind: InputKind
    unit: str
    low: float
    high: float
    meaning: str


@cache
def describe(name: str) -> Input:
    """Return what a column holds; ``x@baseline`` and its like hold what ``x`` holds.

    Raises
    ------
    KeyError
        If neither the dictionary nor the patterns know the name.
    """
    plain, _, suffix = name.partition("@")
    if suffix == "attributed_to":
        return Input(name, "cause", "1", 0.0, 4.0, "0 unknown; 1 sle; 2 treatment; 3 infection; 4 other")
    variable = variables().get(plain)
    if variable is not None:
        kinds: dict[str, InputKind] = {"flag": "flag", "score": "count", "quantity": "number"}
        kind, unit = kinds[variable.kind], variable.unit
        return Input(name, kind, unit, variable.low, variable.high, variable.description or variable.label)
    for row in rows("inputs"):
        if fnmatchcase(plain, row["pattern"]):
            return _from_row(name, row)
    raise KeyError(name)


def known(name: str) -> bool:
    """Return whether a column has a meaning here."""
    try:
        describe(name)
    except KeyError:
        return False
    return True


def _from_row(name: str, row: dict[str, str]) -> Input:
    kind: InputKind = "flag" if row["kind"] == "flag" else "count" if row["kind"] == "count" else "number"
    return Input(name, kind, row["unit"], float(row["low"]), float(row["high"]), row["meaning"])

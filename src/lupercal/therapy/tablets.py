"""How many tablets a day a daily drug means."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict

from lupercal.files.checked import closed, read_as

Array = NDArray[np.float64]
TABLE = Path(__file__).with_name("tablets.yaml")
_SLACK = 1e-9
"""Share of a tablet that rounding errors of doses are forgiven."""


@closed
class Tablets(TypedDict):
    """Strengths of the tablets of a drug, in the unit of a day's dose, largest first."""

    unit: str
    strengths: list[float]
    basis: Literal["published", "assumed"]
    source: str


@cache
def tablet_table() -> Mapping[str, Tablets]:
    """Return the drugs whose tablets are counted."""
    return read_as(TABLE, dict[str, Tablets])


def tablets(drug: str, dose: Array) -> Array:
    """Return the number of tablets of a daily dose, any shape; 0 for a drug without tablets."""
    strengths, rest, count = tablet_table()[drug]["strengths"], np.asarray(dose, np.float64), np.zeros(np.shape(dose))
    for strength in strengths[:-1]:
        whole = np.floor(rest / strength + _SLACK)
        count, rest = count + whole, rest - whole * strength
    return np.asarray(count + np.ceil(np.maximum(rest, 0.0) / strengths[-1] - _SLACK))


def tablets_per_day(doses: Mapping[str, Array]) -> Array:
    """Return the tablets of all daily drugs together; ``doses`` by drug, of one shape."""
    return np.asarray(sum(tablets(drug, dose) for drug, dose in doses.items() if drug in tablet_table()), np.float64)

"""Whether a biologic or cytotoxic drug still counts as current therapy at a visit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lupercal.files.checked import read_as
from lupercal.therapy.dosing import Expansion
from lupercal.therapy.registry import product

Array = NDArray[np.float64]
Days = NDArray[np.int64]


def biologic_at(expansion: Expansion, days: Days) -> Array:
    """Return 1 where a biologic or cytotoxic dose still counts as current therapy, shape (D,)."""
    current = np.zeros(len(days))
    for dose in expansion.doses:
        counted_days = _counted().get(product(dose.product).family, 0)
        if counted_days and not dose.part_of:
            current[(days >= dose.day) & (days < (dose.until or dose.day) + counted_days)] = 1.0
    return current


@cache
def _counted() -> Mapping[str, int]:
    return read_as(Path(str(files("lupercal.therapy"))) / "biologic_days.yaml", dict[str, int])

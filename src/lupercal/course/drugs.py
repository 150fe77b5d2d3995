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
    return counted_at(counted_spans(expansion), days)


def counted_spans(expansion: Expansion) -> tuple[tuple[int, int], ...]:
    """Return from which day to before which each biologic or cytotoxic dose counts as current therapy."""
    counts = ((dose, _counted().get(product(dose.product).family, 0)) for dose in expansion.doses if not dose.part_of)
    return tuple((dose.day, (dose.until or dose.day) + days) for dose, days in counts if days)


def counted_at(spans: tuple[tuple[int, int], ...], days: Days) -> Array:
    """Return 1 on days that lie in one of the spans, shape (D,)."""
    current = np.zeros(len(days))
    for first, end in spans:
        current[(days >= first) & (days < end)] = 1.0
    return current


@cache
def _counted() -> Mapping[str, int]:
    return read_as(Path(str(files("lupercal.therapy"))) / "biologic_days.yaml", dict[str, int])

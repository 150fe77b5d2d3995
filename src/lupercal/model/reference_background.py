"""What the reference patient takes, as drugs and as inputs of the model: one answer for every ensemble and export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, final

from lupercal.files.checked import read_as

FILE = Path(__file__).parent / "data" / "reference_background.yaml"


@final
@dataclass(frozen=True, slots=True)
class BackgroundDrug:
    """A drug of the reference patient and the model input it becomes, both in ``unit``."""

    amount: float
    unit: Literal["mg/d"]
    input: Literal["gc", "hq"]
    basis: Literal["assumed"]
    source: str


@cache
def _drugs() -> Mapping[str, BackgroundDrug]:
    return read_as(FILE, dict[str, BackgroundDrug])


def reference_drugs() -> dict[str, float]:
    """Return the reference patient's drugs, mg/d."""
    return {name: drug.amount for name, drug in _drugs().items()}


def reference_inputs() -> dict[str, float]:
    """Return the same as inputs of the model, mg/d."""
    return {drug.input: drug.amount for drug in _drugs().values()}

"""Which virtual patients could be people: integration went through, and no visit of the run-in shows the impossible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lupercal.engine.task import Outcome
from lupercal.errors import InputError
from lupercal.files.checked import read_as
from lupercal.patient.variables import variables

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
FILE = Path(__file__).with_name("plausible.yaml")


@final
@dataclass(frozen=True, slots=True)
class Judged:
    """``reason`` (N,) is 0 for who is plausible, else the number (from 1) of the first of ``reasons`` that applies."""

    reason: NDArray[np.int16]
    reasons: tuple[str, ...]

    @property
    def usable(self) -> Bools:
        """Who is plausible, shape (N,)."""
        return np.asarray(self.reason == 0)

    @property
    def rejected(self) -> dict[str, int]:
        """Number of patients rejected, by reason; reasons that apply to nobody are left out."""
        counts = np.bincount(self.reason, minlength=len(self.reasons) + 1)[1:].tolist()
        return {reason: count for reason, count in zip(self.reasons, counts, strict=True) if count}


@final
class Bound(BaseModel):
    """What a measure may not exceed at any visit, in the data dictionary's unit, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    measure: str
    low: float = -np.inf
    high: float = np.inf
    reason: Annotated[str, Field(min_length=10)]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")
    bounds: list[Bound]


@cache
def bounds() -> tuple[Bound, ...]:
    """Return the bounds, read and checked once."""
    return read_bounds(FILE)


def read_bounds(path: Path) -> tuple[Bound, ...]:
    """Read a table of bounds; `InputError` names an unknown measure or a bound that allows nothing or everything."""
    checked_bounds = read_as(path, _Document).bounds
    for index, bound in enumerate(checked_bounds):
        if bound.measure not in {*variables(), "sledai_2k"}:
            raise InputError(path, f"bounds[{index}].measure", bound.measure, "a variable of the data dictionary")
        if not bound.low < bound.high or np.isinf([bound.low, bound.high]).all():
            raise InputError(path, f"bounds[{index}]", f"{bound.low:g} to {bound.high:g}", "low below high, one given")
    return tuple(checked_bounds)


def judge(columns: Mapping[str, Array], outcome: NDArray[np.int8]) -> Judged:
    """Judge virtual patients by how their integration ended and what their visits show.

    Parameters
    ----------
    columns
        Data-dictionary names to shape (V, N) or (N,); unknown values (NaN) tell nothing.
    outcome
        `Outcome` of the integration, shape (N,).
    """
    reason, reasons = np.zeros(len(outcome), np.int16), []
    for name, applies in _faults(columns, outcome):
        reasons.append(name)
        reason[applies & (reason == 0)] = len(reasons)
    return Judged(reason, tuple(reasons))


def _faults(columns: Mapping[str, Array], outcome: NDArray[np.int8]) -> Iterator[tuple[str, Bools]]:
    for code in Outcome:
        if code is not Outcome.DONE:
            yield code.name.lower(), outcome == code
    for name, column in columns.items():
        variable = variables().get(name)
        if variable is not None and variable.kind != "flag":
            yield f"{name} outside the data dictionary", _outside(column, variable.low, variable.high)
    for bound in bounds():
        if bound.measure in columns:
            yield bound.reason, _outside(columns[bound.measure], bound.low, bound.high)


def _outside(column: Array, low: float, high: float) -> Bools:
    """Return who is outside at any visit, shape (N,)."""
    outside = (column < low) | (column > high)
    return np.asarray(outside.any(axis=0) if outside.ndim > 1 else outside)

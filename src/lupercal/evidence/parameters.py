"""Model parameters as data: no value without unit, spread, basis and source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self, final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lupercal.errors import InputError
from lupercal.evidence.parameter_sets import accepted
from lupercal.evidence.sources import DATA, sources
from lupercal.files.checked import read_as
from lupercal.files.hashing import content_hash

FOLDER = DATA / "parameters"


class Basis(StrEnum):
    """What kind of knowledge a number is."""

    PUBLISHED = "published"
    CALIBRATED = "calibrated"
    ASSUMED = "assumed"


@final
@dataclass(frozen=True, slots=True)
class Spread:
    """How a parameter differs between patients.

    ``kind`` is fixed, lognormal, logit_normal, simplex (lognormal weights, rescaled to their common sum), or one of the
    zero-inflated forms, where only the share ``involved`` of patients has a value above zero. ``cv`` is the coefficient
    of variation of the value on its own scale.
    """

    kind: str
    cv: float
    involved: float


@final
@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of the model with all that is known about it; ``low`` and ``high`` bound plausible values."""

    symbol: str
    group: str
    meaning: str
    unit: str
    value: float
    low: float
    high: float
    spread: Spread
    varies: bool
    fit: bool
    basis: Basis
    source: str
    where: str
    bounded_by: tuple[str, ...]
    note: str


class _Source(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    ref: str
    where: Annotated[str, Field(min_length=3)]


class _Spread(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal[
        "fixed", "lognormal", "logit_normal", "simplex", "zero_inflated_lognormal", "zero_inflated_logit_normal"
    ]
    cv: Annotated[float, Field(ge=0, le=2)] = 0.0
    involved: Annotated[float, Field(gt=0, le=1)] = 1.0

    @model_validator(mode="after")
    def _spread_needs_cv(self) -> Self:
        if (self.kind == "fixed") != (self.cv == 0):
            raise ValueError("a fixed spread has no cv, any other needs one")
        return self


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    meaning: Annotated[str, Field(min_length=3)]
    unit: Annotated[str, Field(min_length=1)]
    value: Annotated[float, Field(allow_inf_nan=False)]
    range: tuple[float, float] | None = None
    spread: _Spread
    varies: bool
    fit: bool
    basis: Basis
    source: _Source
    bounded_by: list[str] = []
    note: str = ""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        low, high = self.range or (self.value, self.value)
        if not low <= self.value <= high:
            raise ValueError(f"value {self.value} outside its range {low} to {high}")
        if self.varies and (self.spread.kind == "fixed" or self.range is None):
            raise ValueError("a parameter that varies between patients needs a spread and a range")
        unknown = {self.source.ref, *self.bounded_by} - sources().keys()
        if unknown:
            raise ValueError(f"unknown source {sorted(unknown)[0]}")
        if self.basis is Basis.PUBLISHED and self.source.ref in {"lupercal", "textbook"}:
            raise ValueError("a published value needs a publication as its source")
        return self


class ParameterTable(BaseModel):
    """A table of parameters as it stands in a file, by symbol."""

    model_config = ConfigDict(extra="forbid")
    parameters: dict[str, _Row]


def read_parameters(path: Path) -> dict[str, Parameter]:
    """Read one table of parameters; its group is the file's name.

    Raises
    ------
    InputError
        If a row lacks unit, spread, basis or source, names an unknown source or is inconsistent.
    """
    table = read_as(path, ParameterTable)
    return {symbol: _parameter(symbol, path.stem, row) for symbol, row in table.parameters.items()}


def _parameter(symbol: str, group: str, row: _Row) -> Parameter:
    low, high = row.range or (row.value, row.value)
    return Parameter(
        symbol, group, row.meaning, row.unit, row.value, low, high,
        Spread(row.spread.kind, row.spread.cv, row.spread.involved),
        row.varies, row.fit, row.basis, row.source.ref, row.source.where, tuple(row.bounded_by), row.note,
    )  # fmt: skip


@cache
def parameters() -> Mapping[str, Parameter]:
    """Return every parameter of the package by symbol, in order of file and row.

    Raises
    ------
    InputError
        If a table is not usable or a symbol occurs twice.
    """
    by_symbol: dict[str, Parameter] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for symbol, parameter in read_parameters(path).items():
            if symbol in by_symbol:
                raise InputError(path, symbol, "a second value", f"one value, as in {by_symbol[symbol].group}.yaml")
            by_symbol[symbol] = parameter
    return by_symbol


def values() -> dict[str, float]:
    """Return the typical value of every parameter by symbol."""
    return {symbol: parameter.value for symbol, parameter in parameters().items()}


def basis_of(parameter: Parameter) -> Basis:
    """Return what kind of knowledge a typical value is: calibrated where the accepted parameter sets hold it."""
    sets = accepted()
    held = {name.partition(".")[0] for name in sets.symbols} if sets else set()
    return Basis.CALIBRATED if parameter.symbol in held else parameter.basis


def count_by_basis() -> dict[str, int]:
    """Return how many parameters are published, calibrated and assumed."""
    counts = Counter(basis_of(parameter).value for parameter in parameters().values())
    return {basis.value: counts[basis.value] for basis in Basis}


def parameter_hash() -> str:
    """Return a hash of all parameter values."""
    return content_hash(values())

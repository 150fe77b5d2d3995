"""Limits of clinical measurements that more than one room needs, as data with unit, basis and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, final

from pydantic import BaseModel, ConfigDict, Field

from lupercal.evidence.sources import DATA
from lupercal.files.checked import read_as

FILE: Path = DATA / "clinical_limits.yaml"


@final
@dataclass(frozen=True, slots=True)
class ClinicalLimit:
    """One limit; ``meaning`` says on which side of it what holds."""

    value: float
    unit: str
    meaning: str
    basis: Literal["published", "assumed"]
    source: str


@final
class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    limits: Mapping[str, ClinicalLimit]
    bands: Mapping[str, tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]]


@cache
def _document() -> _Document:
    return read_as(FILE, _Document)


def clinical_limit(name: str) -> float:
    """Return the value of a limit, in its unit."""
    return _document().limits[name].value


def clinical_limits() -> Mapping[str, ClinicalLimit]:
    """Return all limits by name."""
    return MappingProxyType(dict(_document().limits))


def sledai_bands() -> Mapping[str, tuple[int, int]]:
    """Return the bands of SLEDAI-2K by name, from and to."""
    return MappingProxyType(dict(_document().bands))

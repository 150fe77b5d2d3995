"""The forecast's choices as data: tolerances, sizes, thresholds; see ``settings.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, final

from pydantic import BaseModel, ConfigDict, Field

from lupercal.files.checked import read_as

_STRICT = ConfigDict(extra="forbid", frozen=True)


@final
class ResemblanceKernel(BaseModel):
    """How closely one variable must agree: Gaussian with this standard deviation, linear or on the natural log."""

    model_config = _STRICT
    scale: Literal["linear", "log"]
    tolerance: float


@final
class Candidates(BaseModel):
    """How many virtual patients are searched for those who resemble the real one."""

    model_config = _STRICT
    batch: int
    most: int
    enough: float
    refuse_below: float
    own_drugs_days: int


@final
class VisitDays(BaseModel):
    """When virtual patients are seen; days and months after day 0."""

    model_config = _STRICT
    early_days: tuple[int, ...]
    report_months: tuple[int, ...]
    record_every: int
    daily_until: int
    courses: int


@final
class Outcomes(BaseModel):
    """Thresholds of outcomes: SLEDAI points, 1e9/L, g/L."""

    model_config = _STRICT
    remission_visits: int
    relapse_points: float
    relapse_visits: int
    neutropenia: float
    neutropenia_severe: float
    hypogammaglobulinaemia: float
    hypogammaglobulinaemia_severe: float
    damage_egfr: float


@final
class Settings(BaseModel):
    """All choices of the forecast."""

    model_config = _STRICT
    matching: dict[str, ResemblanceKernel]
    candidates: Candidates
    visits: VisitDays
    outcomes: Outcomes
    misses_named: Annotated[int, Field(ge=1)]


@cache
def settings() -> Settings:
    """Return the choices, read and checked once."""
    return read_as(Path(__file__).with_name("settings.yaml"), Settings)

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
class Effort(BaseModel):
    """How long is searched where ``up_to`` so many virtual patients are asked for."""

    model_config = _STRICT
    up_to: int
    enough: float
    most: int


@final
class Resistance(BaseModel):
    """A parameter that makes a drug do less when it is high (``direction`` 1) or low (-1)."""

    model_config = _STRICT
    parameter: str
    direction: Literal[-1, 1]


@final
class Candidates(BaseModel):
    """How virtual patients are searched for those who resemble the real one."""

    model_config = _STRICT
    batch: int
    own_drugs_days: int
    at_least: float
    followed: float
    sure: float
    narrowest: float
    efforts: Annotated[tuple[Effort, ...], Field(min_length=1)]

    def effort(self, asked: int) -> Effort:
        """Return how long is searched for so many virtual patients."""
        return next((effort for effort in self.efforts if asked <= effort.up_to), self.efforts[-1])


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
    likeness: dict[str, ResemblanceKernel]
    organs: dict[str, str]
    resistance: dict[str, Resistance]
    failed: dict[str, tuple[str, ...]]
    candidates: Candidates
    visits: VisitDays
    outcomes: Outcomes
    few_events: Annotated[float, Field(gt=0)]
    misses_named: Annotated[int, Field(ge=1)]


@cache
def settings() -> Settings:
    """Return the choices, read and checked once."""
    return read_as(Path(__file__).with_name("settings.yaml"), Settings)

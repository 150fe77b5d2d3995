"""The choices of assimilation as data: particles, moves, and how each variable lies about the model
(``settings.yaml``).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lupercal.evidence.parameters import values
from lupercal.files.checked import read_as
from lupercal.forecast.assimilation.filter import Rules
from lupercal.forecast.assimilation.residual import Wobble

Array = NDArray[np.float64]
_STRICT = ConfigDict(extra="forbid", frozen=True)
_Positive = Annotated[float, Field(gt=0)]


@final
class Channel(BaseModel):
    """How one variable is measured and how far a person lies from the model in it.

    On the scale: ``noise`` (a number, or the parameter that holds it) is the visit noise, ``error`` that of a single
    measurement, ``offset`` the standard deviation between people of a difference that varies over ``offset_days``.
    Below ``floor`` values are not told apart; ``step`` is what values are rounded to, 0 where they are not.
    """

    model_config = _STRICT
    scale: Literal["log", "linear"]
    floor: float
    noise: str | float
    stream: str
    error: float
    offset: _Positive
    offset_days: _Positive
    basis: Literal["published", "calibrated", "assumed"]
    source: str
    step: Annotated[float, Field(ge=0)] = 0.0

    @property
    def bottom(self) -> float:
        """The floor on the scale: up to it all is recorded alike."""
        return float(np.log(self.floor)) if self.scale == "log" else self.floor + self.step / 2

    @property
    def wobble(self) -> Wobble:
        """How the difference from the model moves."""
        return _wobble(self.offset_days, self.noise, self.error)

    def bounds(self, low: float, high: float) -> tuple[float, float]:
        """Return what bounds on the scale, infinite where there is none, stand for."""
        return (float(np.exp(low)), float(np.exp(high))) if self.scale == "log" else (low, high)

    def scaled(self, value: Array | float) -> Array:
        """Return values on the scale of the channel."""
        numbers = np.asarray(value, np.float64)
        return np.asarray(np.log(np.maximum(numbers, self.floor))) if self.scale == "log" else numbers

    def recorded(self, value: Array) -> Array:
        """Return values on the scale as a record would have them, on the scale: not below the floor, in steps."""
        stepped = self.step * np.round(value / self.step) if self.step else value
        return np.asarray(np.maximum(stepped, self.scaled(self.floor)))

    def unscaled(self, value: Array) -> Array:
        """Return what values on the scale stand for; never below the floor."""
        return np.asarray(np.exp(value) if self.scale == "log" else np.maximum(value, self.floor))


@cache
def _wobble(offset_days: float, noise: str | float, error: float) -> Wobble:
    typical = values()
    return Wobble(offset_days, float(typical[noise]) if isinstance(noise, str) else noise, typical["noise_days"], error)


@final
class Descriptor(BaseModel):
    """A finding that is present where the worst of ``state`` in the look-back window exceeds ``threshold``."""

    model_config = _STRICT
    state: str
    threshold: str


@final
class AssimilationSettings(BaseModel):
    """All choices of assimilation."""

    model_config = _STRICT
    particles: Annotated[int, Field(ge=16)]
    start_worth: float
    start_most: int
    kin_days: int
    least: float
    stages: int
    sweeps: int
    taken: float
    shrink: float
    sure: float
    narrowest: float
    longest_days: int
    outlook: int
    second_seed: int
    lost: float
    apart: float
    misread: float
    offset_spread: float
    channels: dict[str, Channel]
    descriptors: dict[str, Descriptor]

    @property
    def rules(self) -> Rules:
        """How a visit is learnt from."""
        return Rules(self.least, self.stages, self.sweeps, self.taken)


@cache
def assimilation_settings() -> AssimilationSettings:
    """Return the choices, read and checked once."""
    return read_as(Path(__file__).with_name("settings.yaml"), AssimilationSettings)

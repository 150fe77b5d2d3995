"""The space a calibration searches: each parameter within its plausible range, seen as a standard score.

A parameter x in [low, high] is written x = low + (high - low) Φ(z), or the same on the logarithm where the range spans
more than a factor of four. Prior: z is normal around the score of the value in the parameter data, so that a set can
never leave the plausible range, however the smoother moves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.random import normals
from lupercal.engine.streams import prior_of
from lupercal.errors import LupercalError
from lupercal.evidence.curves import ndtr, ndtri
from lupercal.evidence.parameters import parameters

Array = NDArray[np.float64]
PRIOR_SD = 0.8
_EDGE = 0.02  # a value on the edge of its range starts this far inside
_LOG_FROM = 4.0


@final
@dataclass(frozen=True, slots=True)
class ParameterAxis:
    """One calibrated number: ``name`` is a symbol, or a symbol with ``.cv`` or ``.involved``; bounds in its unit."""

    name: str
    low: float
    high: float
    centre: float

    @property
    def logarithmic(self) -> bool:
        """Whether the axis is searched on the logarithm."""
        return self.low > 0 and self.high / self.low > _LOG_FROM

    def value(self, score: Array) -> Array:
        """Return values from scores of any shape."""
        share = ndtr(score)
        if self.logarithmic:
            return np.asarray(self.low * (self.high / self.low) ** share)
        return np.asarray(self.low + (self.high - self.low) * share)

    def score(self, value: Array | float) -> Array:
        """Return scores from values; values on or beyond the edge come a little inside."""
        x = np.asarray(value, np.float64)
        share = (
            np.log(np.maximum(x, self.low) / self.low) / np.log(self.high / self.low)
            if self.logarithmic
            else (x - self.low) / (self.high - self.low)
        )
        return np.asarray(ndtri(np.clip(share, _EDGE, 1 - _EDGE)), np.float64)


@final
@dataclass(frozen=True, slots=True)
class Space:
    """Axes in a fixed order, and the standard deviation of prior scores."""

    axes: tuple[ParameterAxis, ...]
    spread: float = PRIOR_SD

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the axes."""
        return tuple(axis.name for axis in self.axes)

    @property
    def centre(self) -> Array:
        """Scores of the parameter data's own values, shape (S,)."""
        return np.array([float(axis.score(axis.centre)) for axis in self.axes])

    def prior(self, size: int, seed: int) -> Array:
        """Return ``size`` prior draws as scores, shape (size, S).

        A draw is addressed by member and axis: one more of either changes no other.
        """
        noise = [normals(seed, prior_of(axis.name), np.arange(size)) for axis in self.axes]
        return self.centre + self.spread * np.stack(noise, axis=1)

    def values(self, scores: Array) -> Array:
        """Return values of scores (M, S), same shape."""
        return np.stack([axis.value(scores[:, k]) for k, axis in enumerate(self.axes)], axis=1)

    def typical(self, scores: Array) -> dict[str, float]:
        """Return one set, scores (S,), as typical values by name."""
        return {axis.name: float(axis.value(scores[k])) for k, axis in enumerate(self.axes)}


def space(
    names: Sequence[str],
    bounds: Mapping[str, tuple[float, float]],
    start: Mapping[str, float] = MappingProxyType({}),
    spread: float = PRIOR_SD,
) -> Space:
    """Return the space of some names; ``bounds`` narrow or give ranges, else the parameter data's range holds.

    ``start`` gives prior centres that are not the parameter data's values, ``spread`` the prior's standard deviation.

    Raises
    ------
    LupercalError
        If a name is no parameter, or has no range.
    """
    return Space(tuple(_axis(name, bounds.get(name), start.get(name)) for name in names), spread)


def _axis(name: str, bounds: tuple[float, float] | None, start: float | None) -> ParameterAxis:
    symbol, _, part = name.partition(".")
    parameter = parameters().get(symbol)
    if parameter is None or part not in {"", "cv", "involved"}:
        raise LupercalError(f"calibration: no parameter '{name}'")
    shipped = {"": parameter.value, "cv": parameter.spread.cv, "involved": parameter.spread.involved}[part]
    centre = shipped if start is None else start
    low, high = bounds or _own_range(part, parameter.low, parameter.high, shipped)
    if not low < high:
        raise LupercalError(f"calibration: '{name}' has no range; give one")
    return ParameterAxis(name, low, high, min(max(centre, low), high))


def _own_range(part: str, low: float, high: float, centre: float) -> tuple[float, float]:
    if part == "cv":
        return 0.5 * centre, 2.0 * centre
    if part == "involved":
        return max(0.02, 0.5 * centre), min(0.98, 1.6 * centre)
    return low, high

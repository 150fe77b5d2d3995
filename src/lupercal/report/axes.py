"""How each variable is drawn: scale, reference lines, limits shared by all therapies; laid down in ``axes.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from lupercal.errors import InputError
from lupercal.files.checked import read_as
from lupercal.forecast.result import Band, Forecast
from lupercal.patient.variables import variables
from lupercal.report.selection import baseline_value, forecast_arms, observed, reported_bands

Array = NDArray[np.float64]
Scale = Literal["linear", "symlog"]
AXES = Path(__file__).with_name("axes.yaml")


@final
@dataclass(frozen=True, slots=True)
class ReferenceLine:
    """A value clinicians look for: where, the word beside it, what it means, and who says so."""

    value: float
    text: str
    meaning: str
    basis: str
    source: str


@final
@dataclass(frozen=True, slots=True)
class Axis:
    """How one variable is drawn. ``linear_below`` is the threshold of a symlog axis."""

    scale: Scale = "linear"
    linear_below: float = 1.0
    overview: bool = False
    lines: tuple[ReferenceLine, ...] = ()


@cache
def axes() -> Mapping[str, Axis]:
    """Return the axes by variable.

    Raises
    ------
    InputError
        If a variable is not in the data dictionary, or its unit there is another one than in ``axes.yaml``.
    """
    return MappingProxyType({name: _axis(name, row) for name, row in read_as(AXES, dict[str, _AxisRow]).items()})


@final
@dataclass(frozen=True, slots=True)
class _AxisRow:
    unit: str
    scale: Scale
    linear_below: float = 1.0
    overview: bool = False
    lines: tuple[ReferenceLine, ...] = ()


def _axis(name: str, row: _AxisRow) -> Axis:
    definition = variables().get(name)
    if definition is None or definition.unit != row.unit:
        expected = f"unit {definition.unit}" if definition else "a variable of the data dictionary"
        raise InputError(AXES, name, row.unit, expected)
    return Axis(row.scale, row.linear_below, row.overview, row.lines)


def axis(variable: str) -> Axis:
    """Return how a variable is drawn; linear without lines where nothing is laid down."""
    return axes().get(variable, Axis())


def drawn(band: Band, number: int) -> Array:
    """Return the first ``number`` single courses of a band, shape (at most ``number``, T)."""
    return band.courses[:number]


def limits(forecast: Forecast, variable: str, courses: int) -> tuple[float, float]:
    """Return the range that holds everything drawn of a variable in any arm, with a little air; linear ones hold 0."""
    values_drawn = np.append(_everything(forecast, variable, courses), [line.value for line in axis(variable).lines])
    if axis(variable).scale == "symlog":
        return _symlog_limits(values_drawn, axis(variable).linear_below)
    low, high = float(np.min(values_drawn, initial=0.0)), float(np.max(values_drawn, initial=0.0))
    return low, (high + 0.06 * (high - low) if high > low else low + 1.0)


def _symlog_limits(values_drawn: Array, linear_below: float) -> tuple[float, float]:
    low, high = float(np.min(values_drawn, initial=np.inf)), float(np.max(values_drawn, initial=linear_below))
    return (low / 1.5 if linear_below < low < np.inf else min(low, 0.0)), 1.5 * high


def _everything(forecast: Forecast, variable: str, courses: int) -> Array:
    shown = [
        (arm, band) for arm in forecast_arms(forecast) for band in reported_bands(arm) if band.variable == variable
    ]
    parts = [part.ravel() for _, band in shown for part in (band.quantiles, drawn(band, courses))]
    parts += [np.array([m.value for _, m in observed(forecast, arm, variable)], dtype=float) for arm, _ in shown]
    baseline = baseline_value(forecast, variable)
    parts += [np.array([baseline.value])] if baseline else []
    values = np.concatenate(parts) if parts else np.empty(0)
    return values[np.isfinite(values)]


def ticks(variable: str, low: float, high: float) -> tuple[float, ...] | None:
    """Return the ticks of a symlog axis (0 and powers of ten, threes where they are few); None for a linear axis."""
    if axis(variable).scale == "linear":
        return None
    start = axis(variable).linear_below
    decades = [start * 10**k for k in range(8)]
    shown = [tick for tick in decades if low <= tick <= high]
    finer = [tick for decade in decades for tick in (decade, 3 * decade) if low <= tick <= high]
    return ((0.0,) if low <= 0 else ()) + tuple(shown if len(shown) > 3 else finer)

"""Inverse distribution functions: from a probability to the value of a parameter in one virtual patient.

Distributions are those of the parameter data, truncated to each parameter's plausible range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.random import quantiles
from lupercal.evidence.curves import expit, logit, ndtr
from lupercal.evidence.parameters import Parameter

Array = NDArray[np.float64]
Typical = Mapping[str, float | Array]
TINY = 2.0**-32


def quantile(parameter: Parameter, u: Array, typical: Typical | None = None) -> Array:
    """Return the values of a parameter at probabilities ``u`` (N,) of its distribution between patients.

    ``typical`` may replace value, ``.cv`` and ``.involved``, see `lupercal.population.draw.draw`.
    """
    given, symbol, spread = typical or {}, parameter.symbol, parameter.spread
    shape = _SHAPES[spread.kind.removeprefix("zero_inflated_")]
    centre = np.clip(np.asarray(given.get(symbol, parameter.value), np.float64), parameter.low, parameter.high)
    cv = np.asarray(given.get(f"{symbol}.cv", spread.cv), np.float64)
    if not spread.kind.startswith("zero_inflated"):
        return shape(_Curve(centre, cv, parameter.low, parameter.high), u)
    involved = np.asarray(given.get(f"{symbol}.involved", spread.involved), np.float64)
    inner = (u - (1 - involved)) / involved
    inside = np.clip(inner, TINY, 1.0)
    return np.where(inner > 0, shape(_Curve(centre, cv, parameter.low, parameter.high), inside), 0.0)


def truncated(u: Array, low: float | Array, high: float | Array) -> Array:
    """Return standard normal quantiles at ``u`` of the distribution cut to [low, high]."""
    below, above = ndtr(low), ndtr(high)
    return quantiles(np.asarray(below + u * (above - below)))


def lognormal(u: Array, median: float | Array, cv: float | Array) -> Array:
    """Return lognormal quantiles at ``u`` from the median and the coefficient of variation."""
    return np.asarray(median * np.exp(np.sqrt(np.log1p(np.square(cv))) * quantiles(u)), np.float64)


@final
@dataclass(frozen=True, slots=True)
class _Curve:
    """Centre and coefficient of variation, one number or shape (N,), and the bounds of a parameter."""

    centre: Array
    cv: Array
    low: float
    high: float


def _lognormal(curve: _Curve, u: Array) -> Array:
    sigma = np.sqrt(np.log1p(curve.cv**2))
    centre = np.maximum(curve.centre, 1e-12)
    low = np.log(np.maximum(curve.low, centre * 1e-6) / centre) / sigma
    high = np.log(curve.high / centre) / sigma
    return np.asarray(centre * np.exp(sigma * truncated(u, low, high)))


def _logit_normal(curve: _Curve, u: Array) -> Array:
    inside = np.clip(curve.centre, 1e-6, 1 - 1e-6)
    sigma = curve.cv / (1 - inside)  # so that the value itself has about this CV
    centre = logit(inside)
    low = (logit(max(curve.low, 1e-6)) - centre) / sigma
    high = (logit(min(curve.high, 1 - 1e-6)) - centre) / sigma
    return np.asarray(expit(centre + sigma * truncated(u, low, high)), np.float64)


_SHAPES: Mapping[str, Callable[[_Curve, Array], Array]] = {
    "lognormal": _lognormal,
    "simplex": _lognormal,
    "logit_normal": _logit_normal,
}

"""Prevalence weights: how often each virtual patient must count so that a cohort has published properties.

Entropy balancing (Hainmueller 2012, doi:10.1093/pan/mpr025) with soft constraints: of all weights, those that are
nearest to equal ones in the Kullback-Leibler sense, while each weighted mean may miss its target at a price that grows
with the square of the miss in tolerances. That mechanistic models need prevalence weights for their virtual patients
is the idea of MAPEL (Schmidt 2013, PMC3717130). The problem is solved in its dual, which is smooth and strictly convex
in one number per constraint:

    minimise  log sum_i b_i exp(lambda . g_i) + slack² |lambda|² / 2,   g_i = (f_i - t) / tolerance

with weights w_i proportional to b_i exp(lambda . g_i). At the solution the miss of a constraint, in tolerances, is
-slack² lambda. A larger slack gives more equal weights and a larger effective sample size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.errors import LupercalError

Array = NDArray[np.float64]
SLACK = 0.25
"""Price of a miss: one of this many tolerances costs as much as half a nat of information."""

MOST_SLACK = 1000.0
_STEPS = 60
_GRADIENT = 1e-8
_HALVINGS = 40
_FLOPS_ALONE = 250_000
"""Products of matrices up to this size are made by one thread in the usual linear-algebra libraries."""


@final
@dataclass(frozen=True, slots=True)
class Balanced:
    """Weights and how well they do.

    ``weights`` (N,) are positive and add up to 1; ``effective_sample_size`` is 1/sum(w²); ``reached`` (K,) are the
    weighted means, ``residuals`` (K,) their distance from the targets in tolerances. ``outside`` (K,) is True where no
    patient, or every patient, lies beyond the target by more than its tolerance, so that no weights can reach it;
    ``missed`` (K,) where the residual exceeds one tolerance. ``slack`` was used; ``divergence`` is that from the base
    weights in nats.
    """

    weights: Array
    effective_sample_size: float
    reached: Array
    residuals: Array
    outside: NDArray[np.bool_]
    missed: NDArray[np.bool_]
    slack: float
    divergence: float

    @property
    def out_of_reach(self) -> tuple[int, ...]:
        """Numbers of the constraints that are outside or missed."""
        return tuple(np.flatnonzero(self.outside | self.missed).tolist())


def balance(
    features: Array,
    targets: Array,
    tolerances: Array,
    at_least_ess: float = 0.0,
    base: Array | None = None,
    slack: float = SLACK,
) -> Balanced:
    """Return the weights that are nearest to the base weights and bring each feature's mean near its target.

    Parameters
    ----------
    features
        Shape (K, N), finite.
    targets, tolerances
        Shape (K,); tolerances positive.
    at_least_ess
        Effective sample size below which targets are given up step by step, by a larger slack.
    base
        Weights to stay near to, shape (N,), not negative; equal ones if not given.
    slack
        Misses up to about this many tolerances are cheap.

    Raises
    ------
    LupercalError
        If shapes do not agree, a number is not finite, a tolerance is not positive, or there is nobody.
    """
    f, target, tolerance, start = _checked(features, targets, tolerances, base)
    g = (f - target[:, None]) / tolerance[:, None]
    dual = _solve(g, start, slack, np.zeros(len(g)))
    weights = _weights(g, start, dual)
    if ess(weights) < at_least_ess:
        slack, dual = _softer(g, start, slack, dual, at_least_ess)
        weights = _weights(g, start, dual)
    reached = f @ weights
    residuals = (reached - target) / tolerance
    low, high = g[:, start > 0].min(axis=1, initial=np.inf), g[:, start > 0].max(axis=1, initial=-np.inf)
    outside = (low > 1) | (high < -1)
    divergence = float(np.sum(weights * np.log(np.where(weights > 0, weights, 1) / np.where(start > 0, start, 1))))
    missed = np.abs(residuals) > 1 + 1e-9
    return Balanced(weights, ess(weights), reached, residuals, outside, missed, slack, divergence)


def ess(weights: Array) -> float:
    """Return the effective sample size 1/sum(w²) of weights that add up to 1 (Kish 1965)."""
    return float(1 / np.square(weights).sum())


def _checked(
    features: Array, targets: Array, tolerances: Array, base: Array | None
) -> tuple[Array, Array, Array, Array]:
    f = np.atleast_2d(np.asarray(features, np.float64))
    target, tolerance = np.asarray(targets, np.float64), np.asarray(tolerances, np.float64)
    start = np.full(f.shape[1], 1.0) if base is None else np.asarray(base, np.float64)
    if target.shape != f.shape[:1] or tolerance.shape != f.shape[:1] or start.shape != f.shape[1:]:
        raise LupercalError(f"features {f.shape} do not fit targets {target.shape} and base weights {start.shape}")
    if not all(np.isfinite(x).all() for x in (f, target, tolerance, start)):
        raise LupercalError("features, targets, tolerances and base weights must be finite numbers")
    if (tolerance <= 0).any() or (start < 0).any() or start.sum() <= 0:
        raise LupercalError("tolerances must be positive, and base weights not negative with somebody above zero")
    return f, target, tolerance, start / start.sum()


def _weights(g: Array, base: Array, dual: Array) -> Array:
    tilt = dual @ g
    raw = base * np.exp(tilt - tilt[base > 0].max(initial=-np.inf))
    return np.asarray(raw / raw.sum())


def _objective(g: Array, base: Array, slack: float, dual: Array) -> float:
    tilt = dual @ g
    top = tilt[base > 0].max()
    return float(top + np.log(base @ np.exp(np.minimum(tilt - top, 0.0))) + 0.5 * slack**2 * (dual @ dual))


def _solve(g: Array, base: Array, slack: float, dual: Array) -> Array:
    """Return the dual solution by Newton's method with step halving, from a starting point."""
    value, weighted = _objective(g, base, slack, dual), np.empty_like(g)
    for _ in range(_STEPS):
        weights = _weights(g, base, dual)
        mean = g @ weights
        gradient = mean + slack**2 * dual
        if np.abs(gradient).max(initial=0.0) < _GRADIENT * (1 + np.abs(mean).max(initial=0.0)):
            break
        curvature = _products(np.multiply(g, weights, out=weighted), g) - np.outer(mean, mean)
        curvature += slack**2 * np.eye(len(dual))
        dual, now = _descend(g, base, slack, (dual, value), _newton(curvature, gradient), gradient)
        if now >= value:
            break  # no descent is left within rounding
        value = now
    return dual


def _newton(curvature: Array, gradient: Array) -> Array:
    return -np.asarray(np.linalg.solve(curvature, gradient), np.float64)


def _products(a: Array, b: Array) -> Array:
    """Return a @ b.T of (K, N) arrays in blocks so small that no threads are woken, which costs more on busy cores."""
    size = max(32, _FLOPS_ALONE // max(1, len(a) ** 2))
    return sum(
        (a[:, first : first + size] @ b[:, first : first + size].T for first in range(0, a.shape[1], size)),
        np.zeros((len(a), len(a))),
    )


def _descend(
    g: Array, base: Array, slack: float, at: tuple[Array, float], step: Array, gradient: Array
) -> tuple[Array, float]:
    """Return the first point along a Newton step that lowers the objective enough (Armijo), and its value."""
    dual, value = at
    slope, share = float(gradient @ step), 1.0
    for _ in range(_HALVINGS):
        candidate = dual + share * step
        now = _objective(g, base, slack, candidate)
        if now <= value + 1e-4 * share * slope:
            return candidate, now
        share /= 2
    return dual, value


def _softer(g: Array, base: Array, slack: float, dual: Array, at_least: float) -> tuple[float, Array]:
    """Return the smallest slack, to 2 %, whose weights have the effective sample size wanted, and its dual."""
    low, high, best = np.log(slack), np.log(MOST_SLACK), None
    while high - low > 0.02:
        middle = (low + high) / 2
        dual = _solve(g, base, float(np.exp(middle)), dual)
        if ess(_weights(g, base, dual)) >= at_least:
            high, best = middle, dual
        else:
            low = middle
    smallest = float(np.exp(high))
    return smallest, best if best is not None else _solve(g, base, smallest, dual)

"""Weights of particles: effective number, adaptive tempering, systematic resampling. Nothing here knows a model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
_HALVINGS = 40


def weights_of(logs: Array) -> Array:
    """Return weights that add up to 1 from their logarithms (N,); all alike where none is finite."""
    most = logs.max(initial=-np.inf)
    if not np.isfinite(most):
        return np.full(len(logs), 1 / len(logs))
    raw = np.exp(logs - most)
    return np.asarray(raw / raw.sum())


def effective_number(logs: Array) -> float:
    """Return how many equally weighted particles the weights with these logarithms (N,) are worth: 1 / sum(w²)."""
    return float(1 / np.square(weights_of(logs)).sum())


def largest_power(logs: Array, at_least: float) -> float:
    """Return the largest power, at most 1, of weights (their logarithms, (N,)) that leaves an effective number.

    Weights to the power 0 are all alike, so there is always one, unless ``at_least`` exceeds the number of those whose
    weight is not zero; then it is 0.
    """
    if effective_number(logs) >= at_least:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if effective_number(_to(logs, middle)) >= at_least else (low, middle)
    return low


def tempered_logs(logs: Array, power: float) -> Array:
    """Return logarithms of weights (N,) to a power; what is impossible stays so."""
    return _to(logs, power)


def systematic(weights: Array, u: float) -> Whole:
    """Return who stands in each slot, (N,), ascending: everybody as often as N times his weight, rounded up or down.

    Parameters
    ----------
    weights
        They add up to 1, (N,).
    u
        One uniform number in (0, 1) for all slots (systematic resampling: Carpenter, Clifford and Fearnhead 1999, doi
        10.1049/ip-rsn:19990255).
    """
    size = len(weights)
    places = (np.arange(size) + u) / size
    cumulative = np.cumsum(weights)
    return np.minimum(np.searchsorted(cumulative / cumulative[-1], places, side="right"), size - 1).astype(np.int64)


def ancestors_worth(ancestors: Whole, weights: Array) -> float:
    """Return the effective number of distinct ancestors of weighted particles, both (N,)."""
    shares = np.bincount(ancestors, weights)
    return float(1 / np.square(shares).sum())


def log_mean(logs: Array) -> float:
    """Return the log of the mean of what has these logarithms; minus infinity where all are impossible."""
    most = logs.max(initial=-np.inf)
    return float(most + np.log(np.exp(logs - most).mean())) if np.isfinite(most) else float("-inf")


def _to(logs: Array, power: float) -> Array:
    return np.where(np.isfinite(logs), power * np.where(np.isfinite(logs), logs, 0.0), -np.inf)

"""Ensemble smoother with multiple data assimilation: from a prior ensemble to one that agrees with the data.

Every pass moves each member along the covariance between parameters and predictions, by the misfit between its
prediction and a perturbed copy of the data whose error is inflated by the number of passes (Emerick and Reynolds 2013,
doi 10.1016/j.cageo.2012.03.011). Covariances that an ensemble of this size cannot tell from zero are damped
(correlation-based localisation after Luo and Bhakta 2020, doi 10.1007/s10596-019-09876-8 for the idea), so that a
parameter no datum speaks of keeps its prior width.

Where even the closest members miss the data by more than their errors, the errors are too small for this model: they
are widened until those members agree (the ratio of Birge 1932, doi 10.1103/PhysRev.40.207; inflation by misfit after Le
2016, doi 10.2118/173214-PA). So a model that is wrong somewhere ends with a wide ensemble, not with a sure wrong one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.random import normals
from lupercal.engine.streams import CALIBRATION_NOISE

Array = NDArray[np.float64]
_CLOSEST = 0.1


def update(scores: Array, predicted: Array, data: Array, errors: Array, inflation: float, seed: int) -> Array:
    """Return the scores after one pass.

    Parameters
    ----------
    scores
        Members (M, S).
    predicted
        What each member predicts (M, D); NaN where it predicts nothing: that datum then does not move it.
    data, errors
        Observed values and their standard deviations (D,), in the units of ``predicted``.
    inflation
        Factor on the error variance of this pass; the inverses over all passes sum to one.
    seed
        Of the perturbations.
    """
    usable = np.isfinite(predicted).mean(axis=0) > 0.5
    if not usable.any():
        return scores
    y = (predicted[:, usable] - data[usable]) / errors[usable]
    finite = np.isfinite(y)
    y = np.where(finite, y, np.nanmean(np.where(finite, y, np.nan), axis=0))
    members = len(scores)
    noise = np.sqrt(inflation) * _centred(_perturbations(seed, members, np.flatnonzero(usable)))
    innovation = np.where(finite, noise - y, 0.0)
    a, b = _centred(scores), _centred(y)
    cross = _localised(a.T @ b / (members - 1), a, b, members)
    spread = b.T @ b / (members - 1) + inflation * np.eye(b.shape[1])
    return np.asarray(scores + innovation @ np.linalg.solve(spread, cross.T))


def _perturbations(seed: int, members: int, data: NDArray[np.int64]) -> Array:
    """Return standard normal numbers (M, D), addressed by member and place of the datum."""
    return np.stack([normals(seed, CALIBRATION_NOISE, np.arange(members), draw=int(k)) for k in data], axis=1)


def excess(misfit: Array) -> float:
    """Return the factor on the error variance, at least 1, at which the closest tenth of members agree with the data.

    ``misfit`` (M,) is each member's mean squared misfit; NaN counts as far.
    """
    finite = misfit[np.isfinite(misfit)]
    return max(1.0, float(np.quantile(finite, _CLOSEST))) if len(finite) else 1.0


def bounded(predicted: Array, data: Array, errors: Array) -> Array:
    """Return the errors (D,) with which data count that even the closest tenth of the members do not reach.

    Beyond one error they pull by their distance and no longer by its square (Huber 1964, doi
    10.1214/aoms/1177703732), so that what the model cannot meet does not rule what it can.
    """
    away = np.abs((predicted - data) / errors)
    reached_by_any = np.isfinite(away).any(axis=0)
    reached = np.ones(len(data))
    reached[reached_by_any] = np.nanquantile(away[:, reached_by_any], _CLOSEST, axis=0)
    return np.asarray(errors * np.sqrt(np.maximum(reached, 1.0)))


def relaxed(after: Array, before: Array, share: float) -> Array:
    """Return scores (M, S) whose spread lies that share of the way back to the spread before, on a log scale.

    Means stay. An ensemble of some hundred members ends too narrow, since it takes chance correlations for knowledge;
    relaxation to prior spread mends it (Whitaker and Hamill 2012, doi 10.1175/MWR-D-11-00276.1).
    """
    narrow, wide = after.std(axis=0), before.std(axis=0)
    narrowed = (narrow > 0) & (wide > narrow)
    factor = np.where(narrowed, wide / np.where(narrow > 0, narrow, 1.0), 1.0) ** share
    mean = after.mean(axis=0)
    return np.asarray(mean + factor * (after - mean))


def inflations(passes: int) -> tuple[float, ...]:
    """Return inflation factors, strongest first, whose inverses sum to one."""
    raw = [2.0 ** (passes - k) for k in range(passes)]
    total = sum(1 / factor for factor in raw)
    return tuple(factor * total for factor in raw)


def distance(predicted: Array, data: Array, errors: Array) -> Array:
    """Return each member's mean squared misfit in standard deviations, shape (M,), over what it predicts.

    NaN for a member that predicts less than half of what most members do.
    """
    squared = np.square((predicted - data) / errors)
    finite = np.isfinite(squared).sum(axis=1)
    total = np.nansum(squared, axis=1)
    return np.asarray(np.where(2 * finite >= np.median(finite), total / np.maximum(finite, 1), np.nan))


def _localised(cross: Array, a: Array, b: Array, members: int) -> Array:
    """Return the covariance damped where the correlation could be chance: 0 below 1, whole above 3 standard errors."""
    scale = np.outer(a.std(axis=0, ddof=1), b.std(axis=0, ddof=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = np.where(scale > 0, np.abs(cross) / scale, 0.0)
    signal = np.clip((correlation * np.sqrt(members) - 1.0) / 2.0, 0.0, 1.0)
    return np.asarray(cross * signal * signal * (3 - 2 * signal))


def _centred(x: Any) -> Array:
    return np.asarray(x - x.mean(axis=0), np.float64)

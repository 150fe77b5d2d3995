"""What studies of the observed size would have printed if the model were right, and how likely they print a figure.

Three uncertainties are joined: each accepted parameter set is one virtual trial; around it lies what neither parameters
nor chance explain (`lupercal.evidence.unexplained`); and the observed study saw n patients, not infinitely many.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.curves import binomial_quantile, gammaln, ndtri
from lupercal.evidence.study_records import RATIOS, Row
from lupercal.evidence.unexplained import Unexplained
from lupercal.validation.unexplained import is_share, kind_of

Array = NDArray[np.float64]
DRAWS = 64
"""Equally likely results of a study of the observed size for each parameter set."""

SIMULATED = 256
"""Virtual patients of an arm, at least, in the usual run."""

_GOLDEN = (np.sqrt(5.0) - 1) / 2
MOST_SURE = 0.5 / SIMULATED
"""A share of 0 or 1 among virtual patients is not known more closely."""

_LEAST_SCORE = 1.0  # points, half of what the lightest item of SLEDAI weighs
_LEAST_LOG, _LEAST_RELATIVE = 0.05, 0.02  # errors of figures without one, so that a likelihood exists


def as_printed(row: Row, values: Array, errors: Array, apart: Unexplained, behind: Array | int = SIMULATED) -> Array:
    """Return what studies of the observed size would have printed, shape (sets x DRAWS,).

    Shares and counts of patients are binomial with the row's n. Other figures are normal, on the logarithm for ratios,
    with the standard error that follows from how much virtual patients differ, else with that of the row. Where nobody
    stated how many patients a figure stands on, only the model's part is left.

    Parameters
    ----------
    row
        The figure.
    values, errors
        What each set predicts and its standard error for a study of this size, (S,), in the row's unit (errors of
        ratios of their logarithm); NaN where shares are binomial instead.
    apart
        What is unexplained.
    behind
        Of how many virtual patients each set's share is, (S,).
    """
    u = (np.arange(DRAWS) + 0.5)[None, :] / DRAWS
    paired = np.mod(np.arange(DRAWS) * _GOLDEN + 0.5 * _GOLDEN, 1.0)[None, :]  # with u, without a pattern
    each = np.repeat(values, DRAWS).reshape(len(values), DRAWS)
    by = apart.quantiles(paired)
    if is_share(row):
        n, scale = _size(row), _scale(row)
        p = np.clip(apart.share_shifted(_held_off(each / scale, behind), by), MOST_SURE, 1 - MOST_SURE)
        return (binomial_quantile(u, n, p) * scale / n).ravel()  # by inversion: more or fewer draws change none
    spread = _spread(row, errors)
    shocks = np.where(spread > 0, spread, _if_nobody_differs(row))[:, None] * ndtri(u)
    if row.statistic == "share":  # nobody said of how many patients
        p = apart.share_shifted(_held_off(each / 100, behind), by)
        return np.asarray(np.clip(100 * p + shocks, 0.0, 100.0)).ravel()
    moved = apart.shifted(kind_of(row), each, by)
    drawn = moved * np.exp(shocks) if row.statistic in RATIOS else moved + shocks
    return np.asarray(np.clip(drawn, *_possible(row, values)).ravel())


def _if_nobody_differs(row: Row) -> float:
    """Return by what a middle score of patients varies where most virtual ones have the same score."""
    return _LEAST_SCORE if row.unit == "{score}" and row.statistic in ("median", "single") else 0.0


def _held_off(shares: Array, behind: Array | int) -> Array:
    """Return shares, (sets x DRAWS), off 0 and 1 by half a patient of those they are of, since few exclude little."""
    least = np.maximum(MOST_SURE, 0.5 / (np.atleast_1d(behind) + 1.0))[:, None]
    return np.asarray(np.clip(shares, least, 1 - least))


def _possible(row: Row, values: Array) -> tuple[float, float]:
    """Return the least and the most that a study can print, not below what some set predicts.

    Nothing falls by more than all of it, shares differ by 100 points at most, and levels, times and rates are not
    negative; slopes, levels by the year, may be.
    """
    least, most = -np.inf, np.inf
    if row.statistic in ("percent_change", "median_percent_change"):
        least = -100.0
    elif row.statistic == "relative_reduction":
        most = 100.0
    elif row.statistic == "difference" and row.unit == "%":
        least, most = -100.0, 100.0
    elif kind_of(row) in ("level", "time") and (row.statistic == "rate" or not row.unit.endswith("/a")):
        least = 0.0
    known = values[np.isfinite(values)]
    return min(least, float(known.min(initial=np.inf))), max(most, float(known.max(initial=-np.inf)))


def log_likelihood(row: Row, values: Array, errors: Array, apart: Unexplained) -> float:
    """Return the log probability (density) of the observed figure, averaged over sets and what is unexplained.

    Parameters are those of `as_printed`; NaN where the figure has no value or no set predicts it.
    """
    by, weights = (part[None, :] for part in apart.nodes())
    finite = np.isfinite(values)
    if row.value is None or not finite.any():
        return float("nan")
    each = values[finite][:, None]
    if is_share(row):
        logs = _log_binomial(row, apart.share_shifted(np.clip(each / _scale(row), MOST_SURE, 1 - MOST_SURE), by))
        return _log_mean(logs, weights)
    spread = _spread(row, errors)[finite][:, None]
    if row.statistic in RATIOS:
        if row.value <= 0 or not (each > 0).all():
            return float("nan")
        moved = np.log(apart.shifted("log_ratio", each, by))
        return _log_mean(_log_normal(np.log(row.value), moved, np.maximum(spread, _LEAST_LOG)), weights)
    least = _LEAST_RELATIVE * max(abs(row.value), float(np.abs(each).max()), 1e-9)
    moved = apart.shifted(kind_of(row), each, by)
    return _log_mean(_log_normal(row.value, moved, np.maximum(spread, least)), weights)


def _log_binomial(row: Row, p: Array) -> Array:
    n = _size(row)
    k = min(max(round(float(row.value or 0.0) / _scale(row) * n), 0), n)
    q = np.clip(p, MOST_SURE, 1 - MOST_SURE)
    choices = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.asarray(choices + k * np.log(q) + (n - k) * np.log1p(-q))


def _log_normal(x: float, mean: Array, spread: Array) -> Array:
    return np.asarray(-0.5 * np.square((x - mean) / spread) - np.log(spread) - 0.5 * np.log(2 * np.pi))


def _log_mean(logs: Array, weights: Array) -> float:
    """Return the log of the mean over sets (rows) of the average over what is unexplained (columns)."""
    most = float(logs.max())
    return most + float(np.log((np.exp(logs - most) * weights).sum(axis=1).mean()))


def _spread(row: Row, errors: Array) -> Array:
    stated = row.standard_error if row.standard_error is not None else 0.0
    return np.where(np.isfinite(errors), errors, stated)


def _size(row: Row) -> int:
    return int(row.n or 0)


def _scale(row: Row) -> float:
    return 100.0 if row.statistic == "share" else float(row.n or 1)

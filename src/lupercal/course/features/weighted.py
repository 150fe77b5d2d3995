"""Weighted statistics of virtual patients: shares, medians, rate regression, survival."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_STEPS = 50


@final
@dataclass(frozen=True, slots=True)
class Weighted:
    """Features of N patients, each of shape (..., N), and one weight for each patient (any positive sum)."""

    features: Mapping[str, Array]
    weights: Array

    def __contains__(self, name: str) -> bool:
        return name in self.features

    def total(self, name: str) -> Array:
        """Return the weighted sum of a feature over the patients, shape (...)."""
        return np.asarray(self.features[name] @ self.weights, np.float64)

    def mean(self, name: str) -> float:
        """Return the weighted mean of a feature (N,)."""
        return float(self.total(name) / self.weights.sum()) if self.weights.sum() else np.nan

    def ratio(self, part: str, whole: str) -> float:
        """Return the weighted sum of one feature by that of another: a share of those concerned, or a rate."""
        below = float(self.total(whole))
        return float(self.total(part)) / below if below > 0 else np.nan

    def sd(self, name: str) -> float:
        """Return the weighted standard deviation of a feature (N,)."""
        return float(np.sqrt(max(0.0, self._second(name) - self.mean(name) ** 2)))

    def sample_sd(self, name: str) -> float:
        """Return the standard deviation of the people a feature (N,) is a sample of, NaN where one has all the weight.

        Few patients show less than all of the spread they come from: divided by 1 - 1/ESS, ESS the effective size.
        """
        total = self.weights.sum()
        share = float(np.square(self.weights).sum() / total**2) if total else 1.0
        return float(self.sd(name) / np.sqrt(1 - share)) if share < 1 else np.nan

    def among(self, name: str) -> Weighted:
        """Return the same patients with weights multiplied by a feature (N,), such as 1 for those who belong."""
        return Weighted(self.features, self.weights * self.features[name])

    def median(self, name: str) -> float:
        """Return the weighted median of a feature (N,), NaN where nobody has a weight."""
        order = np.argsort(self.features[name])
        upto = np.cumsum(self.weights[order])
        if not upto[-1] > 0:
            return np.nan
        middle = (upto - 0.5 * self.weights[order]) / upto[-1]
        return float(np.interp(0.5, middle, self.features[name][order]))

    def _second(self, name: str) -> float:
        values = self.features[name]
        return float((values * values) @ self.weights / self.weights.sum()) if self.weights.sum() else np.nan


def log_rate_slope(level: Array, events: Array, exposure: Array) -> float:
    """Return the slope of the log rate over ``level`` by Poisson regression with an intercept.

    Parameters
    ----------
    level, events, exposure
        Shape (K,): covariate, weighted events, weighted time at risk. For events in short intervals this is the
        proportional-hazards estimate with a constant baseline (Holford 1980, doi:10.2307/2529982).

    Returns
    -------
    float
        Newton's solution; NaN where fewer than two levels have exposure or nothing happens.
    """
    used = exposure > 0
    if not events[used].sum() > 0:
        return np.nan
    x, d, t = level[used], events[used], exposure[used]
    if not np.ptp(x) > 0:
        return np.nan
    x = x - np.average(x, weights=t)
    slope = 0.0
    for _ in range(_STEPS):
        mean = t * np.exp(np.clip(slope * x, -50, 50))
        mean *= d.sum() / mean.sum()
        centre = (mean @ x) / d.sum()
        step = ((d - mean) @ x) / max(mean @ (x - centre) ** 2, 1e-12)
        slope += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-10:
            return slope
    return np.nan


def median_survival(lost: Array, at_risk: Array, step: float) -> float:
    """Return the median time in a state by the product-limit estimate (Kaplan and Meier 1958).

    Parameters
    ----------
    lost, at_risk
        Shape (K,): weighted spells that end at visit k + 1 after their first, and spells followed up to it.
    step
        Time between visits; the result has its unit. The curve is taken as straight between visits; where it does not
        fall to one half it goes on at its mean rate.
    """
    staying = np.where(at_risk > 0, 1 - lost / np.where(at_risk > 0, at_risk, 1.0), 1.0)
    curve = np.concatenate([[1.0], np.cumprod(staying)])
    below = np.flatnonzero(curve <= 0.5)
    followed = int(np.count_nonzero(at_risk > 0))
    if len(below):
        k = int(below[0])
        return float(step * (k - 1 + (curve[k - 1] - 0.5) / (curve[k - 1] - curve[k])))
    if not followed or curve[followed] >= 1:
        return np.nan
    return float(step * followed * np.log(0.5) / np.log(curve[followed]))

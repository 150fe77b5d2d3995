"""Simple forecasters of one person's series, and the score by which all are compared.

The last value carried forward and the mean of the last three, with intervals from their errors in other people, and a
mixed-effects regression fitted on other people. All on a scale on which errors are alike (natural log, or points).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import ndtri

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Series:
    """Days and ln UPCR of one participant."""

    days: Array
    logs: Array

    def known(self, to: int) -> NDArray[np.bool_]:
        """Return which values lie up to a day."""
        return np.asarray(self.days <= to)


def carried(series: Series, to: int, last: int) -> Array:
    """Return the mean of the last so many known values for each later one."""
    known = series.known(to)
    return np.full(int((~known).sum()), series.logs[known][-last:].mean())


def with_errors(point: Array, errors: Array) -> Array:
    """Return samples about a point forecast by the errors it made in others, (values, samples)."""
    return np.asarray(point[:, None] + errors[None, :])


@final
@dataclass(frozen=True, slots=True)
class Mixed:
    """A linear mixed model: intercept, slope over the year and early fall, the first two random; largest likelihood."""

    theta: Array
    beta: Array
    doubt: Array

    @classmethod
    def fitted(cls, others: Sequence[Series]) -> Mixed:
        """Fit to other participants."""
        found = minimize(
            lambda theta: _profile(theta, others)[0], np.array([-0.2, 0.0, -0.2, -0.3]), method="Nelder-Mead",
            options={"maxiter": 400},
        )  # fmt: skip
        _, beta, doubt = _profile(found.x, others)
        return cls(found.x, beta, doubt)

    def expects(self, series: Series, to: int) -> tuple[Array, Array]:
        """Return mean and standard deviation of all later values, given the known ones."""
        known, fixed = series.known(to), _fixed(series.days)
        total = _covariance(self.theta, series.days) + fixed @ self.doubt @ fixed.T
        gain = total[~known][:, known] @ np.linalg.inv(total[known][:, known])
        mean = fixed @ self.beta
        later = mean[~known] + gain @ (series.logs[known] - mean[known])
        return later, np.sqrt(np.diag(total[~known][:, ~known] - gain @ total[known][:, ~known]))


def _fixed(days: Array) -> Array:
    since = np.maximum(days, 0.0)
    return np.column_stack([np.ones(len(since)), since / 365, np.minimum(since, 180) / 180])


def _covariance(theta: Array, days: Array) -> Array:
    random = _fixed(days)[:, :2]
    root = np.array([[np.exp(theta[0]), 0.0], [theta[1], np.exp(theta[2])]])
    return np.asarray(random @ root @ root.T @ random.T + np.exp(2 * theta[3]) * np.eye(len(days)))


def _profile(theta: Array, others: Sequence[Series]) -> tuple[float, Array, Array]:
    """Return minus the log likelihood at the best fixed effects, those, and their covariance."""
    a, b, quadratic, logs = np.zeros((3, 3)), np.zeros(3), 0.0, 0.0
    for one in others:
        total, fixed = _covariance(theta, one.days), _fixed(one.days)
        inverse = np.linalg.inv(total)
        a, b = a + fixed.T @ inverse @ fixed, b + fixed.T @ inverse @ one.logs
        quadratic, logs = quadratic + one.logs @ inverse @ one.logs, logs + np.linalg.slogdet(total)[1]
    beta = np.linalg.solve(a, b)
    return 0.5 * (logs + quadratic - b @ beta), beta, np.linalg.inv(a)


def crps(sample: Array, value: float) -> float:
    """Return the continuous ranked probability score of a sample (Gneiting and Raftery 2007)."""
    x, n = np.sort(sample), len(sample)
    spread = float((2 * np.arange(1, n + 1) - n - 1) @ x) / n**2
    return float(np.abs(x - value).mean()) - spread


def normal_quantiles(size: int) -> Array:
    """Return so many evenly spread quantiles of a standard normal number."""
    return np.asarray(ndtri((np.arange(size) + 0.5) / size))

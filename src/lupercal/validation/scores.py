"""How well a predictive distribution of a count foretold it: log score, CRPS, error, coverage, width.

Everything is computed from the whole distribution of the count (0 to n), without drawing: a mixture of binomials, cut
off from 0 and 1 like the model's own shares.

A count of few patients has no interval of exactly 50 or 90 %; the usual quantiles then give wider ones, which hold more
than they say. Quantiles here are those of the mid-distribution function, in which a value counts half below itself (Ma,
Genton and Parzen 2011, doi 10.1007/s10463-008-0215-z; Lancaster 1961, doi 10.1080/01621459.1961.10482105): their
intervals hold what they say on average. Of what is continuous they are the usual ones. Medians are the usual ones and
always lie within.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.random import uniforms
from lupercal.engine.streams import SKILL_BOOTSTRAP
from lupercal.evidence.curves import gammaln
from lupercal.validation.printed import MOST_SURE

Array = NDArray[np.float64]
REPEATS = 4000


@final
@dataclass(frozen=True, slots=True)
class Predictive:
    """The probability of each count 0 to n, (n + 1,)."""

    chances: Array

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.chances) - 1

    def quantiles(self, levels: Sequence[float]) -> list[float]:
        """Return mid-distribution quantiles as shares in per cent, between two counts as the case may be."""
        return _mid_quantiles(100.0 * np.arange(self.n + 1) / self.n, self.chances, levels)

    @property
    def median(self) -> float:
        """The smallest count that half of the chances do not exceed, as a share in per cent."""
        count = int(np.searchsorted(np.cumsum(self.chances), 0.5 - 1e-12))
        return 100.0 * min(count, self.n) / self.n

    def chance_between(self, low: float, high: float) -> float:
        """Return how probable a share between two shares in per cent is, both included."""
        shares = 100.0 * np.arange(self.n + 1) / self.n
        return float(self.chances[(shares >= low - 1e-9) & (shares <= high + 1e-9)].sum())


def quantiles_of(drawn: Array, levels: Sequence[float]) -> list[float]:
    """Return mid-distribution quantiles of equally likely values, (N,)."""
    values, counts = np.unique(drawn, return_counts=True)
    return _mid_quantiles(values, counts / len(drawn), levels)


def _mid_quantiles(values: Array, chances: Array, levels: Sequence[float]) -> list[float]:
    """Return quantiles of values in rising order with their chances; below the first and above the last these."""
    possible = chances > 0
    middles = (np.cumsum(chances) - chances / 2)[possible]
    return [float(x) for x in np.interp(levels, middles, values[possible])]


def of_angles(angles: Array, weights: Array, n: int) -> Predictive:
    """Return the distribution of a count of n whose arcsin sqrt p has these values with these weights, (K,) each."""
    p = np.clip(np.square(np.sin(np.clip(angles, 0.0, np.pi / 2))), MOST_SURE, 1 - MOST_SURE)
    k = np.arange(n + 1)[:, None]
    logs = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + k * np.log(p) + (n - k) * np.log1p(-p)
    chances = np.exp(logs) @ (weights / weights.sum())
    return Predictive(np.asarray(chances / chances.sum()))


def mixed(parts: Sequence[Predictive]) -> Predictive:
    """Return the equal mixture of distributions of the same count."""
    return Predictive(np.mean([one.chances for one in parts], axis=0))


@final
@dataclass(frozen=True, slots=True)
class ShareScore:
    """``log`` score (nats), ``crps`` and ``width`` of the 90 % interval (percentage points), ``error`` of the median.

    The error is absolute, on arcsin sqrt p. ``inside_90`` and ``inside_50`` say whether the observed share lies within,
    ``chance_90`` and ``chance_50`` how probable that was by the forecast.
    """

    log: float
    crps: float
    error: float
    inside_90: bool
    inside_50: bool
    width: float
    low: float
    middle: float
    high: float
    chance_90: float
    chance_50: float


def scored(told: Predictive, events: float) -> ShareScore:
    """Return how well a count was foretold; half a patient is allowed where only a rounded share was printed."""
    n, k = told.n, min(max(round(events), 0), told.n)
    observed = 100.0 * k / n
    low, first, third, high = told.quantiles((0.05, 0.25, 0.75, 0.95))
    below = np.cumsum(told.chances)[:-1]
    crps = 100.0 / n * float(np.sum(np.square(below - (np.arange(n) >= k))))
    angle, seen = (float(np.arcsin(np.sqrt(x / 100.0))) for x in (told.median, observed))
    return ShareScore(
        float(np.log(max(told.chances[k], 1e-300))), crps, abs(angle - seen),
        low - 1e-9 <= observed <= high + 1e-9, first - 1e-9 <= observed <= third + 1e-9, high - low, low,
        told.median, high, told.chance_between(low, high), told.chance_between(first, third),
    )  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Gain:
    """A mean difference with its 90 % bootstrap interval and the chance that it is above 0."""

    mean: float
    low: float
    high: float
    chance: float


def gain(differences: Sequence[float], owners: Sequence[str], seed: int = 1) -> Gain:
    """Return the mean difference per figure; in the bootstrap figures of a study (``owners``) stay together."""
    names, place = np.unique(np.asarray(owners), return_inverse=True)
    sums, sizes = np.bincount(place, differences), np.bincount(place).astype(np.float64)
    u = uniforms(seed, SKILL_BOOTSTRAP, np.arange(REPEATS)[:, None], np.arange(len(names))[None, :])
    picked = np.minimum((u * len(names)).astype(np.int64), len(names) - 1)
    means = sums[picked].sum(axis=1) / sizes[picked].sum(axis=1)
    low, high = np.quantile(means, [0.05, 0.95])
    return Gain(float(np.mean(differences)), float(low), float(high), float((means > 0).mean()))

"""How sure a probability is: the finite number of virtual patients, the parameter sets, and what is unexplained.

Virtual patients take turns in the accepted parameter sets, so the share of those to whom something happens differs
between sets by more than chance as far as the sets disagree: the variance between sets is estimated as in an analysis
of variance of one factor (Searle, Casella and McCulloch 1992, doi 10.1002/9780470316856). Beyond the sets, published
figures lie from the model by what `lupercal.evidence.unexplained` estimates; a forecast allows for as much. All three
are joined on arcsin sqrt p, on which the variance of a share does not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.curves import ndtr, ndtri
from lupercal.evidence.parameter_sets import accepted
from lupercal.evidence.unexplained import Unexplained, share_of_angle, shipped
from lupercal.forecast.percentiles import known_quantiles, quantiles_of_sums

Array = NDArray[np.float64]
LEVEL = (0.05, 0.95)
_POINTS = 64
_ANGLES, _BEYOND = 2001, 1.0
_STRIDE = 45  # angles are looked at in steps of so many first
Residual = Callable[[float, float], tuple[Array, Array] | None]


@final
@dataclass(frozen=True, slots=True)
class Doubt:
    """``sets`` (N,) is the parameter set of each virtual patient; ``apart`` what is unexplained, None where unknown."""

    sets: NDArray[np.int64]
    apart: Unexplained | None

    def interval(
        self, happened: Array, n: float, share: float | None = None, residual: Residual | None = None
    ) -> tuple[float, float]:
        """Return the 90 % interval of a probability.

        Parameters
        ----------
        happened
            1, 0, or NaN for those who are not counted, (N,); at least one is counted.
        n
            Effective number of those counted.
        share
            The probability, where it is not the plain share of those counted.
        residual
            Means and standard deviations of equal parts of the true angle, given that of the model and its variance
            between sets, where published shares tell it (`lupercal.forecast.arm_residual`); what is unexplained is in
            them.
        """
        counted = ~np.isnan(happened)
        p = float(happened[counted].mean()) if share is None else share
        middle = (p * n + _WILSON / 2) / (n + _WILSON)  # keeps 0 of n and n of n uncertain (Agresti and Coull 1998)
        of_sets = between(happened[counted], self.sets[counted], middle, n)
        angles = residual(float(np.arcsin(np.sqrt(middle))), of_sets) if residual is not None else None
        if angles is not None:
            return _by_residual(*angles, 0.25 / (n + _WILSON))
        spread = np.sqrt((0.25 + n * of_sets) / (n + _WILSON))
        return _beyond_sets(middle, float(spread), self.apart)


@lru_cache(maxsize=4096)  # curves ask for the same month after month
def _beyond_sets(middle: float, spread: float, apart: Unexplained | None) -> tuple[float, float]:
    """Return the 90 % interval of a probability: normal angles round that of ``middle``, what is unexplained joined."""
    angle = np.arcsin(np.sqrt(middle)) + spread * _unit_normal()
    if apart is None:
        low, high = known_quantiles(np.repeat(angle, _POINTS), LEVEL, share_of_angle).tolist()
    else:
        unmoved, shifts = apart.angle_shifted(share_of_angle(angle), np.zeros(1)), apart.share * _unit_quantiles(apart)
        low, high = quantiles_of_sums(unmoved, shifts, LEVEL, share_of_angle).tolist()
    return low, high


def _by_residual(means: Array, spreads: Array, chance: float) -> tuple[float, float]:
    """Return the 90 % interval of a mixture of normal angles, the finite number of patients joined."""
    widths = np.sqrt(np.square(spreads) + chance)
    coarse = _below(_angles()[::_STRIDE], means, widths)
    low, high = (_angles()[_reached(level, coarse, means, widths)] for level in LEVEL)
    return float(share_of_angle(low)), float(share_of_angle(high))


def _reached(level: float, coarse: Array, means: Array, widths: Array) -> int:
    """Return the first of the angles up to which so much of the mixture lies, the last where none is."""
    end = _STRIDE * int(np.searchsorted(coarse, level))
    first = max(0, end - _STRIDE + 1)
    return min(first + int(np.searchsorted(_below(_angles()[first : end + 1], means, widths), level)), _ANGLES - 1)


def _below(angles: Array, means: Array, widths: Array) -> Array:
    """Return how much of a mixture of equal normal parts lies below each angle, (angles,)."""
    return np.asarray(ndtr((angles[:, None] - means) / widths).mean(axis=1))


@cache
def _angles() -> Array:
    return np.linspace(-_BEYOND, np.pi / 2 + _BEYOND, _ANGLES)


_WILSON = float(np.square(ndtri(LEVEL[1])))


def doubt_of(patients: NDArray[np.int64]) -> Doubt | None:
    """Return the doubt for virtual patients (N,) by their numbers; None where no parameter sets are accepted."""
    sets = accepted()
    if sets is None:
        return None
    estimated = shipped()
    return Doubt(np.asarray(patients) % sets.size, estimated.of_new() if estimated else None)


def between(happened: Array, sets: NDArray[np.int64], share: float, effective: float) -> float:
    """Return the variance between sets of arcsin sqrt p, beyond the chance of those who stand for each set.

    Parameters
    ----------
    happened, sets
        1 or 0, and the set, of the same patients, (n,).
    share
        Strictly between 0 and 1; where the variance is taken.
    effective
        How many different patients the n are worth.
    """
    all_counts = np.bincount(sets).astype(np.float64)
    counts, sums = all_counts[all_counts > 0], np.bincount(sets, happened)[all_counts > 0]
    n, groups = float(counts.sum()), len(counts)
    if groups < 2 or n <= groups:
        return 0.0
    means = sums / counts
    among = effective / n * float(counts @ np.square(means - sums.sum() / n)) / (groups - 1)
    within = float((counts * means * (1 - means)).sum()) / (n - groups)
    typical = effective / n * (n - float(np.square(counts).sum()) / n) / (groups - 1)
    return float(max(0.0, among - within) / typical / (4 * share * (1 - share)))


@cache
def _unit_quantiles(apart: Unexplained) -> Array:
    return apart.quantiles(_points())


@cache
def _unit_normal() -> Array:
    return np.asarray(ndtri(_points()))


@cache
def _points() -> Array:
    """Return the probabilities at which chance and what is unexplained are taken, each with each, (points,)."""
    return (np.arange(_POINTS) + 0.5) / _POINTS

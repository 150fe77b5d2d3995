"""Drawing toward somebody: a proposal in place of the population, with the densities that keep weights honest.

A virtual patient is a point of independent standard normal scores. A proposal moves and narrows some of the scores and
leaves the others as the population has them. It is fitted to those drawn so far, weighted by how they resemble (the
cross-entropy method: Rubinstein and Kroese 2004, doi 10.1007/978-1-4757-4321-0); a score whose weighted mean does not
differ from the population's by more than chance stays, so that proposals in a hundred dimensions do not fit noise.
Those drawn from several proposals are weighted by the density of the population over that of the mixture of all
proposals used (deterministic mixture: Owen and Zhou 2000, doi 10.1080/01621459.2000.10473909; adaptive: Cornuet 2012,
doi 10.1111/j.1467-9469.2011.00756.x). With the population itself in the mixture no weight exceeds the inverse of its
share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
DIGITS = 6
"""Decimals of a fitted proposal, so that rounding on another machine draws nobody else."""


@final
@dataclass(frozen=True, slots=True)
class Proposal:
    """Independent normal scores with these means and standard deviations, each (D,)."""

    mean: Array
    sd: Array


def population_itself(dimensions: int) -> Proposal:
    """Return the proposal that is the population."""
    return Proposal(np.zeros(dimensions), np.ones(dimensions))


def moved(scores: Array, toward: Proposal) -> Array:
    """Return standard normal scores (D, N) as the proposal has them, (D, N)."""
    return np.asarray(toward.mean[:, None] + toward.sd[:, None] * scores)


def log_density(scores: Array, toward: Proposal) -> Array:
    """Return the log of a proposal's density over that of the population at scores (D, N), shape (N,).

    Scores that the proposal leaves alone cancel and are passed over.
    """
    log_ratio = np.zeros(scores.shape[1])
    for row in np.flatnonzero((toward.mean != 0) | (toward.sd != 1)):
        score, away = scores[row], (scores[row] - toward.mean[row]) / toward.sd[row]
        log_ratio += 0.5 * (score * score - away * away) - np.log(toward.sd[row])
    return log_ratio


def log_weights(densities: Array, sizes: Sequence[int]) -> Array:
    """Return the log of population over mixture, (N,).

    Parameters
    ----------
    densities
        `log_density` of every proposal used at everybody drawn, (proposals, N).
    sizes
        How many were drawn from each.
    """
    shares = np.log(np.asarray(sizes, np.float64) / np.sum(sizes))
    return np.asarray(-np.logaddexp.reduce(densities + shares[:, None], axis=0))


def fitted(scores: Array, weights: Array, sure: float, narrowest: float) -> Proposal:
    """Return the proposal that follows weighted scores as far as they are no chance.

    Parameters
    ----------
    scores, weights
        Those drawn so far, (D, N), and their weights, (N,), which add up to 1.
    sure
        Standard errors by which a mean or variance must differ from the population's.
    narrowest
        Least standard deviation of a score.
    """
    worth = 1 / np.square(weights).sum()
    # sums of products, not matrix products: the rounding of those depends on threads
    mean = (scores * weights).sum(axis=1)
    variance = (np.square(scores) * weights).sum(axis=1) - np.square(mean)
    certain = _beyond_chance(mean, sure / np.sqrt(worth))
    unlike = np.abs(variance - 1) > sure * np.sqrt(2 / worth)
    sd = np.asarray(np.where(unlike, np.clip(np.sqrt(np.maximum(variance, 0)), narrowest, 1.0), 1.0), np.float64)
    return Proposal(np.round(certain, DIGITS), np.round(sd, DIGITS))


def _beyond_chance(mean: Array, margin: float) -> Array:
    """Return means shrunk by what chance explains, zero within the margin (James and Stein)."""
    return np.asarray(mean * np.maximum(0.0, 1 - np.square(margin / np.maximum(np.abs(mean), 1e-12))))

"""What virtual patients are worth who descend from few: a filter's survivors share ancestors, and two filters differ.

Descendants of one ancestor had luck of their own but share much, so a share among them is less sure than among as many
strangers. Its variance is taken between ancestors (the linearised variance of clusters: Kish 1965, Survey Sampling,
chapter 6), and no smaller than two filters with different seeds show by their difference.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lupercal.forecast.settings import settings

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


def worth_of_kin(happened: Array, kin: Whole) -> float:
    """Return how many independent people those are worth for the share of an event.

    Until several events are seen nothing is known of how alike kin are: then ancestors count, not their descendants.

    Parameters
    ----------
    happened
        1 or 0, (n,).
    kin
        Equal for those who share an ancestor, (n,); negative for those of a second filter.
    """
    n, share = len(happened), float(happened.mean())
    families = np.unique(kin, return_inverse=True)[1]
    sizes = np.bincount(families).astype(np.float64)
    ancestors = float(np.square(sizes.sum()) / np.square(sizes).sum())
    rarer = n * min(share, 1 - share)
    variance = max(_between(happened - share, families, len(sizes)), _of_seeds(happened, kin < 0))
    if rarer == 0 or variance == 0:
        return ancestors
    independent = share * (1 - share) / variance
    first = settings().few_events
    return float(min(n, (first + rarer) / (first / ancestors + rarer / independent)))


def _between(away: Array, families: Whole, count: int) -> float:
    """Return the variance of a mean by the sums of families; as large as can be where there is only one."""
    if count < 2:
        return 0.25
    sums = np.bincount(families, away)
    return float(count / (count - 1) * np.square(sums).sum() / len(away) ** 2)


def _of_seeds(happened: Array, second: NDArray[np.bool_]) -> float:
    """Return the variance of the mean of two filters, as their difference shows it; 0 where there is one."""
    if not second.any() or second.all():
        return 0.0
    return float(np.square(happened[second].mean() - happened[~second].mean()) / 4)

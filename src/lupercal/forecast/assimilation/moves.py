"""Moving particles so that copies part: Liu and West's shrunken kernel, in the space the population is drawn from.

Liu and West 2001 (doi 10.1007/978-1-4757-3437-9_10): z' = a z + (1 - a) m + sqrt(1 - a²) s e leaves mean and variance
of the particles as they are. Scores in which they do not differ from the population by more than chance have its mean 0
and standard deviation 1 (`lupercal.population.proposal.fitted`), so what no visit tells of stays as the population has
it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lupercal.population.proposal import Proposal

Array = NDArray[np.float64]


def liu_west(scores: Array, around: Proposal, shrink: float, fresh: Array) -> Array:
    """Return moved scores (D, N).

    Parameters
    ----------
    scores
        Of the particles, (D, N), equally weighted.
    around
        Mean and standard deviation of each, (D,).
    shrink
        a, between 0 (all new) and 1 (none moves).
    fresh
        Independent standard normal numbers, (D, N).
    """
    mean, sd = around.mean[:, None], around.sd[:, None]
    return np.asarray(mean + shrink * (scores - mean) + np.sqrt(1 - shrink**2) * sd * fresh)

"""Which parameters move the main outcomes: partial rank correlation over sets drawn from the whole prior.

Partial rank correlation coefficients (Marino 2008, doi 10.1016/j.jtbi.2008.04.011): ranks of a parameter and of an
outcome, each freed of its linear dependence on the ranks of all other parameters; the ranks and the regression are
SciPy's and NumPy's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Sensitivity:
    """``coefficients`` (outcomes, parameters), NaN where an outcome did not vary; ``chance`` is the size that 95 % of
    coefficients of an unrelated parameter stay below."""

    parameters: tuple[str, ...]
    outcomes: tuple[str, ...]
    coefficients: Array
    chance: float


def partial_rank_correlation(values: Array, outcomes: Array) -> Array:
    """Return coefficients in [-1, 1], shape (outcomes, parameters).

    Parameters
    ----------
    values
        Parameters of each set (M, S), more sets than parameters.
    outcomes
        Outcomes of each set (M, K); sets with a NaN in an outcome are left out for it.
    """
    return np.stack([_one(values, outcome) for outcome in outcomes.T])


def chance_level(sets: int, parameters: int) -> float:
    """Return the 95 % bound of a coefficient without any relation, from its standard error."""
    return 1.96 / float(np.sqrt(max(sets - parameters - 1, 1)))


def _one(values: Array, outcome: Array) -> Array:
    known = np.isfinite(outcome)
    if known.sum() <= values.shape[1] + 2 or np.ptp(outcome[known]) == 0:
        return np.full(values.shape[1], np.nan)
    x = np.apply_along_axis(rankdata, 0, values[known])
    together = np.column_stack([x, rankdata(outcome[known])])
    precision = np.linalg.pinv(np.corrcoef(together, rowvar=False))
    scale = np.sqrt(np.diag(precision))
    return np.asarray(-precision[:-1, -1] / (scale[:-1] * scale[-1]))

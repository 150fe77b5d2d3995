"""Cumulative incidence where death competes: the estimator of Aalen and Johansen with its variance.

Aalen O, Johansen S (1978) Scand J Stat 5:141. Without a competing event it is one minus Kaplan and Meier's (1958, doi
10.1080/01621459.1958.10501452). The variance is the delta method's (Marubini and Valsecchi 1995, section 10.3), turned
into an effective number of people (Peto 1977, doi 10.1038/bjc.1977.1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def aalen_johansen(at: Array, died: Array, watched: Array, months: NDArray[np.int64]) -> tuple[Array, Array]:
    """Return the cumulative incidence by each month, and the number of people each is worth, both (months,).

    Parameters
    ----------
    at, died, watched
        When the event happened and when the competing one (infinite where not), and how long each was watched, (N,), in
        months. An event counts where it comes no later than the competing one.
    months
        Ascending. An event counts in the month that ends with it; who is not watched to its end takes no part in it.
    """
    steps = _steps(at, died, watched, months)
    stays = [1 - (event + other) / risk if risk else 1.0 for risk, event, other in steps]
    free = np.asarray(np.cumprod(np.array([1.0, *stays])), np.float64)
    parts = [free[k] * event / risk if risk else 0.0 for k, (risk, event, _) in enumerate(steps)]
    incidence = np.asarray(np.cumsum(np.array(parts)), np.float64)
    worth = np.full(len(months), float(len(at)))
    for k in range(len(months)):
        share, variance = incidence[k], _variance(steps[: k + 1], free, incidence, k)
        worth[k] = share * (1 - share) / variance if variance > 0 and 0 < share < 1 else worth[max(k - 1, 0)]
    return incidence, worth


Step = tuple[int, int, int]
"""People at risk in a month, events, competing events."""


def _steps(at: Array, died: Array, watched: Array, months: NDArray[np.int64]) -> list[Step]:
    first, before, steps = np.minimum(at, died), -np.inf, list[Step]()
    for month in months:
        watching = watched >= month
        risk = watching & (first > before)
        now = risk & (first <= month)
        event = now & (at <= died)
        steps.append((int(risk.sum()), int(event.sum()), int((now & ~event).sum())))
        before = float(month)
    return steps


def _variance(steps: list[Step], free: Array, incidence: Array, last: int) -> float:
    total = 0.0
    for k, (risk, event, other) in enumerate(steps):
        if not risk:
            continue
        ahead, both = incidence[last] - incidence[k], event + other
        total += ahead**2 * both / (risk * (risk - both)) if risk > both else 0.0
        total += free[k] ** 2 * event * (risk - event) / risk**3
        total -= 2 * ahead * free[k] * event / risk**2
    return float(total)

"""Rules over a series of visits: what lasts, and how a number stands to itself at another visit; visits are columns."""

from __future__ import annotations

import numpy as np

from lupercal.instruments.three_valued import Array, Interval, Truth
from lupercal.rules.compare import compare_values
from lupercal.rules.syntax import Anchor, Operator


def lasting(truth: Truth, visits: int) -> Truth:
    """Return whether something has held at the last so many visits, (patients,); fewer visits leave it open.

    ``truth`` has shape (patients, visits). One visit at which it did not hold settles it.
    """
    seen = truth.low.shape[1]
    low = np.asarray(truth.low[:, -visits:].all(axis=1))
    if truth.exact and seen >= visits:
        return Truth(low, low)
    return Truth(np.asarray(low & (seen >= visits)), np.asarray(truth.high[:, -visits:].all(axis=1)))


def anchored(values: Array, anchor: Anchor) -> Array:
    """Return for each visit the value of another one, (patients, visits); NaN where there is none."""
    if anchor == "start":
        return np.broadcast_to(values[:, :1], values.shape)
    before = np.concatenate([np.full((len(values), 1), np.nan), values[:, :-1]], axis=1)
    if anchor == "previous":
        return before
    pick = np.fmin if anchor == "lowest" else np.fmax
    return np.asarray(pick.accumulate(before, axis=1))


def against(number: Interval, sign: Operator, threshold: Array) -> Truth:
    """Return how a number stands to a threshold of its own; open where that is not known (NaN)."""
    compared, stated = compare_values(number, sign, Interval(threshold, threshold)), ~np.isnan(threshold)
    return Truth(compared.low & stated, compared.high | ~stated)

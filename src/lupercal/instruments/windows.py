"""Time in composites: components from one window, states that hold over an interval, durations free of a drug.

Project rules: components of a composite lie at most seven days apart by default; a sustained state needs every visit
of the interval, and a missed visit leaves it open. Nothing is carried forward.
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.three_valued import Array, Truth

MAX_SKEW_DAYS = 7.0


def concurrent(days: Array, max_skew: float = MAX_SKEW_DAYS) -> Array:
    """Return whether components were recorded close enough together to be combined.

    Parameters
    ----------
    days
        Shape (components, ...): the day of each component; NaN where it was not recorded.
    max_skew
        Days between the first and the last.

    Returns
    -------
    ndarray
        1, 0, or NaN where a component has no day.
    """
    spread = np.max(days, axis=0) - np.min(days, axis=0)
    return np.where(np.isnan(spread), np.nan, np.where(spread > max_skew + 1e-9, 0.0, 1.0))


def sustained(states: Array, due: Array | None = None) -> Array:
    """Return whether a state held at every visit of an interval.

    Parameters
    ----------
    states
        Shape (..., visits): 1, 0 or NaN per visit of the interval; NaN for a missed visit.
    due
        Boolean of the same shape: which visits belong to the interval (all by default).

    Returns
    -------
    ndarray
        Shape (...): 0 as soon as one visit fails, 1 when all hold, NaN where a missed visit could decide or none is
        due.
    """
    truth = Truth.of(states)
    counted = np.ones(np.shape(states), bool) if due is None else np.asarray(due, bool)
    low = np.all(truth.low | ~counted, axis=-1) & counted.any(axis=-1)
    high = np.all(truth.high | ~counted, axis=-1)
    return Truth(low, high).state


def days_in_state(days: Array, states: Array) -> Array:
    """Return for each visit how long the state has held without a gap, in days.

    Parameters
    ----------
    days, states
        Shape (visits,) of one patient, in order of day.

    Returns
    -------
    ndarray
        0 at the first visit in the state; NaN at visits that are not in it or not known to be.
    """
    held = np.full(np.shape(days), np.nan)
    start = np.nan
    for n, (day, state) in enumerate(zip(days, states, strict=True)):
        start = (start if not np.isnan(start) else day) if state == 1 else np.nan
        held[n] = day - start
    return held

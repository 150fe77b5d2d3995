"""Time in composites: components from one window, states that hold over an interval, durations free of a drug.

Project rules: components of a composite lie at most seven days apart by default; a sustained state needs every visit
of the interval, and a missed visit leaves it open. Nothing is carried forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from lupercal.errors import InputError
from lupercal.instruments.columns import View
from lupercal.instruments.three_valued import Array, Truth

MAX_SKEW_DAYS = 7.0
DAYS = ("days_since_infusion", "day")
"""Columns that say when a visit was, the first one known everywhere."""

Family = Literal["", "sledai_2k", "selena_sledai", "selena_hybrid", "sledai_1992"]
"""Whose rules say what a SLEDAI descriptor is; empty for instruments that look back on nothing."""

LOOK_BACK: Mapping[str, Any] = {"window_days": 30, "over_visits": False}
"""Settings of every instrument that looks back: the window, and whether the last axis is one patient's visits."""

VALIDATED_WINDOWS = (10, 30)
"""Days SLEDAI looks back: 10 in the original, 30 validated (Touma 2010, doi:10.1177/0961203309346505)."""


def check_window(window_days: int) -> None:
    """Refuse a look-back that nobody validated.

    Raises
    ------
    InputError
        Unless it is one of `VALIDATED_WINDOWS`.
    """
    if window_days not in VALIDATED_WINDOWS:
        raise InputError("window_days", "", window_days, "10 or 30 days, the look-backs that were validated")


def baseline_row(up_to_day_0: Any) -> Any:
    """Return which of a patient's visits is the baseline: the last on or before day 0, else the first.

    Parameters
    ----------
    up_to_day_0
        Number of visits on or before day 0, of one patient or of each.
    """
    return np.maximum(np.asarray(up_to_day_0) - 1, 0)


def days_of(view: View, *names: str) -> Array:
    """Return the days of one patient's visits, the last axis of the columns: the first column that is known everywhere.

    Raises
    ------
    InputError
        If a visit has no day, or the days are not in order.
    """
    columns = [view.value(name) for name in names or ("day",)]
    days = next((column for column in columns if column.ndim and not np.isnan(column).any()), columns[-1])
    if not days.ndim or np.isnan(days).any() or (np.diff(days, axis=-1) < 0).any():
        raise InputError("day", "", "visits without days in order", "the day of every visit, one patient in order")
    return days


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

"""Criteria as bounds, and rules asked of one visit of many people: the same three answers as rules in words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lupercal.instruments.three_valued import Array, Interval, Truth
from lupercal.rules.evaluate import Evaluator
from lupercal.rules.facts import Facts, Profile


def within_bounds(value: Array, low: float | None, high: float | None) -> Truth:
    """Return whether a number lies from ``low`` to ``high``, bounds included, None where open; NaN is unknown."""
    number = Interval.of(np.asarray(value, np.float64))
    least, most = -np.inf if low is None else low, np.inf if high is None else high
    return number.at_least(least) & number.at_most(most)


def at_one_visit(columns: Mapping[str, Array]) -> Evaluator:
    """Return what answers rules for people seen once, on the day they are judged.

    Parameters
    ----------
    columns
        The visit, each (N,); of what no visit shows (earlier drugs, organs, type of lupus) nothing is known.
    """
    size = next((len(column) for column in columns.values()), 0)
    rows = {name: np.asarray(column, np.float64)[:, None] for name, column in columns.items()}
    return Evaluator(Facts(rows, np.zeros((size, 1)), (Profile(),), np.zeros(size, np.intp)))

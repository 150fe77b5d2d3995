"""Which patients of a task can be integrated: numbers are looked at once, before anything moves.

Both engines ask here, so they refuse the same patients with the same outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.task import Array, Outcome, Task
from lupercal.evidence.parameters import parameters
from lupercal.model.schedule import Amount

ROUNDING = 1e-9  # a start this little below zero is a rounded zero


def outcomes_at_start(task: Task, given: Mapping[str, Amount]) -> NDArray[np.int8]:
    """Return `Outcome.DONE` or why a patient cannot be integrated, shape (N,).

    Parameters
    ----------
    task
        The task; its inputs and starting states are looked at.
    given
        All its parameters with the schedule's switches and scales, also those that no equation uses: whoever reads the
        course may use them. Those known to the package are never negative, as the ranges in their tables say; nothing
        is known of the sign of others.
    """
    outcome = np.zeros(task.size, np.int8)
    _mark(outcome, (task.start < -ROUNDING).any(axis=0), Outcome.OUT_OF_BOUNDS)
    strange = [*task.made_once("strange", lambda: _strange(given)), *_strange(task.inputs)]
    for name, value in strange:
        if name in task.inputs or name in never_negative():
            _mark(outcome, np.less(value, 0), Outcome.NOT_USABLE)
    for _, value in strange:
        _mark(outcome, ~np.isfinite(value), Outcome.NOT_FINITE)
    _mark(outcome, ~np.isfinite(task.start).all(axis=0), Outcome.NOT_FINITE)
    return outcome


def _strange(given: Mapping[str, Amount]) -> list[tuple[str, Amount]]:
    return [(name, value) for name, value in given.items() if not _is_plain(value)]


def _is_plain(value: Amount) -> bool:
    """Whether nothing is negative, infinite or not a number: two comparisons, as most of the hundreds are."""
    if isinstance(value, np.ndarray):
        return bool((value >= 0).all() and (value < np.inf).all())
    return 0 <= value < np.inf


def without_rounding(start: Array) -> Array:
    """Return starting states with zero for what is below."""
    return np.maximum(start, 0.0) if (start < 0).any() else start


@cache
def never_negative() -> frozenset[str]:
    """Return the parameters whose range of plausible values holds no negative ones."""
    return frozenset(name for name, known in parameters().items() if known.low >= 0)


def _mark(outcome: NDArray[np.int8], bad: NDArray[np.bool_] | np.bool_, code: Outcome) -> None:
    if bad.any():
        outcome[np.broadcast_to(bad, outcome.shape)] = code

"""A toxicity graded day by day: when it began, how bad it became, when it ended; a missing day can hide anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from lupercal.instruments.three_valued import Array, Bools, Interval

ITEMS = ("worst", "start_day", "end_day")
"""Items that a result over days carries beside its arms."""


@final
@dataclass(frozen=True, slots=True)
class ToxicityCourse:
    """Up to each day: the ``worst`` grade with bounds, the first day of a grade, and the first day free of it after.

    Arrays have the shape of the days. ``start`` is NaN before the first certain grade and where an earlier day without
    data could have been the first; ``end`` is NaN while it lasts, and where that is not known.
    """

    worst: Interval
    start: Array
    end: Array

    def items(self) -> dict[str, Array]:
        """Return the course as items of a result."""
        return dict(zip(ITEMS, (self.worst.value, self.start, self.end), strict=True))


def toxicity_course(days: Array, grades: Interval) -> ToxicityCourse:
    """Read the course of a toxicity.

    Parameters
    ----------
    days
        In order, the last axis.
    grades
        Bounds of the grade of each day; a day without data has those of the instrument.
    """
    worst = Interval(np.maximum.accumulate(grades.low, axis=-1), np.maximum.accumulate(grades.high, axis=-1))
    certain, possible = grades.low > 0, grades.high > 0
    first = np.where(certain, days, np.inf)
    earlier = np.where(possible, days, np.inf)
    start, doubtful = np.minimum.accumulate(first, axis=-1), np.minimum.accumulate(earlier, axis=-1)
    start_certain = np.isfinite(start) & (doubtful == start)
    return ToxicityCourse(worst, np.where(start_certain, start, np.nan), _ends(days, certain, possible))


def _ends(days: Array, certain: Bools, possible: Bools) -> Array:
    """Return the first day certainly without a grade after the last day with one, up to each day."""
    last = np.maximum.accumulate(np.where(certain, np.arange(days.shape[-1]), -1), axis=-1)
    last_possible = np.maximum.accumulate(np.where(possible, np.arange(days.shape[-1]), -1), axis=-1)
    began = (last >= 0) & (last == last_possible) & (last < np.arange(days.shape[-1]))
    following = np.clip(last + 1, 0, days.shape[-1] - 1)
    return np.where(began, np.take_along_axis(days, following, axis=-1), np.nan)

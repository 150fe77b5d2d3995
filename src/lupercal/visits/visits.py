"""People seen on days: the one table that every question about visits is asked of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from lupercal.errors import LupercalError
from lupercal.instruments.lldas import activity_items, items_at, newly_active
from lupercal.instruments.registry import score_simulated

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.int64]
OneVisit = dict[str, Array]
"""The columns of one visit, each (N,)."""

LeftOpen = Literal["unknown", "no"]
"""What an answer that the columns leave open counts as: unknown (NaN), or no (the least the columns allow)."""

DAYS_PER_YEAR = 365.25
ASSESSMENT_DAYS = 28
"""Days between two assessments, at least: lupus is assessed monthly, and SLEDAI-2K looks back over about as long."""


@final
@dataclass(frozen=True, slots=True)
class Visits:
    """N people seen on V days.

    ``days`` (V,) ascend; every column (V, N) has a name of the data dictionary or of an instrument, NaN is unknown.
    ``@low`` and ``@high`` behind a name are bounds of what was not measured exactly.

    Raises
    ------
    LupercalError
        If the days do not ascend or a column has another shape.
    """

    days: Days
    columns: Mapping[str, Array]

    def __post_init__(self) -> None:
        if (np.diff(self.days) < 0).any():
            raise LupercalError(f"days of visits ascend, not {self.days.tolist()}")
        shapes = {getattr(column, "shape", None) or np.shape(column) for column in self.columns.values()}
        if len(shapes) > 1 or any(len(shape) != 2 or shape[0] != len(self.days) for shape in shapes):
            raise LupercalError(f"columns of {len(self.days)} visits have shape (visits, people), not {shapes}")

    @property
    def size(self) -> int:
        """Number of people N; 0 where there is no column."""
        return next((column.shape[1] for column in self.columns.values()), 0)

    @property
    def years(self) -> Array:
        """Years between visits, shape (V - 1,)."""
        return np.asarray(np.diff(self.days) / DAYS_PER_YEAR)

    def row(self, day: float) -> int:
        """Return the index of the last visit up to a day.

        Raises
        ------
        LupercalError
            If nobody was seen by then.
        """
        index = int(np.searchsorted(self.days, day, side="right")) - 1
        if index < 0:
            raise LupercalError(f"no visit up to day {day:g}")
        return index

    def at(self, day: float) -> OneVisit:
        """Return the columns of the last visit up to a day, each (N,)."""
        row = self.row(day)
        return {name: column[row] for name, column in self.columns.items()}

    def rows(self, index: Days | slice | Bools) -> Visits:
        """Return some of the visits."""
        return Visits(self.days[index], {name: column[index] for name, column in self.columns.items()})

    def take(self, people: NDArray[np.int64] | Bools | slice) -> Visits:
        """Return some of the people, repeated where an index is."""
        return Visits(self.days, {name: column[:, people] for name, column in self.columns.items()})

    def before(self) -> Visits:
        """Return for each visit what the visit before it showed; nothing is known before the first."""
        return Visits(self.days, {name: _shifted(column) for name, column in self.columns.items()})

    def having(self, more: Mapping[str, Array]) -> Visits:
        """Return the visits with more columns, each (V, N) or to be repeated to it; they replace those of a name."""
        shape = len(self.days), self.size or max((np.shape(c)[-1] for c in more.values() if np.ndim(c)), default=0)
        return Visits(self.days, dict(self.columns) | {k: np.broadcast_to(c, shape) for k, c in more.items()})

    def new_activity(self, first: Array | None = None) -> Array:
        """Return whether anything is active that was not at the assessment before, (V, N).

        The assessment before is the last visit at least `ASSESSMENT_DAYS` earlier, else the first visit: two visits in
        one week are one assessment. ``first`` (N,) is what is known of the first visit; unknown where not given.
        """
        fresh = np.full((len(self.days), self.size), np.nan)
        if first is not None:
            fresh[:1] = first
        if len(self.days) > 1:
            earlier = np.searchsorted(self.days, self.days[1:] - ASSESSMENT_DAYS, side="right") - 1
            items = activity_items(self.columns)
            fresh[1:] = newly_active(items_at(items, np.maximum(earlier, 0)), items_at(items, slice(1, None)))
        return fresh

    def scored(self, *names: str, left_open: LeftOpen = "unknown", **settings: Any) -> Visits:
        """Return simulated visits with the named instruments, each worked out where the column is not there yet.

        Parameters
        ----------
        names
            Instruments.
        left_open
            What counts where the columns leave an answer open.
        settings
            Of the instruments.
        """
        seen = dict(self.columns)
        if "lldas" in names and "new_activity" not in seen:
            fresh = self.new_activity()
            seen["new_activity"] = fresh if left_open == "unknown" else np.nan_to_num(fresh)
        for name in names:
            if name not in seen:
                result = score_simulated(name, seen, **settings)
                seen[name] = np.asarray(result.value if left_open == "unknown" else result.low, np.float64)
        return Visits(self.days, seen)

    def first_day(self, happens: Bools) -> Array:
        """Return the day of the first visit at which something (V, N) holds, shape (N,); infinite where none."""
        return np.asarray(np.where(happens, self.days[:, None], np.inf).min(axis=0, initial=np.inf), np.float64)


def joined_visits(parts: Sequence[Visits]) -> Visits:
    """Return people seen on the same days as one table.

    Raises
    ------
    LupercalError
        If the days differ.
    """
    first = parts[0]
    if not all(np.array_equal(part.days, first.days) for part in parts):
        raise LupercalError("people seen on different days do not make one table of visits")
    return Visits(
        first.days, {name: np.concatenate([part.columns[name] for part in parts], axis=1) for name in first.columns}
    )


def no_visits() -> Visits:
    """Return visits of people who were never seen."""
    return Visits(np.zeros(0, np.int64), {})


def one_visit(day: int, columns: Mapping[str, Array]) -> Visits:
    """Return the columns (N,) of one visit as visits."""
    return Visits(np.array([day], np.int64), {name: np.asarray(column)[None] for name, column in columns.items()})


def reordered(parts: Sequence[Visits], order: NDArray[np.intp]) -> Visits:
    """Return people of several tables as one, in another order."""
    whole = joined_visits(parts)
    return Visits(whole.days, {name: np.ascontiguousarray(column[:, order]) for name, column in whole.columns.items()})


def _shifted(column: Array) -> Array:
    return np.concatenate([np.full((1, *column.shape[1:]), np.nan), np.asarray(column, np.float64)[:-1]])

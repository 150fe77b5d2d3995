"""Reading columns of visits: flags as `Truth`, numbers as `Interval`, whatever the type and shape they came in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, final

import numpy as np

from lupercal.instruments.three_valued import Array, Bools, Interval, Truth

Columns = Mapping[str, Any]
"""Names of the data dictionary to arrays of equal shape: float64, NaN unknown; flags also bool or int8 (-1 unknown)."""

ATTRIBUTIONS = ("unknown", "sle", "treatment", "infection", "other")
"""Codes 0 to 4 of a column ``<item>@attributed_to``; NaN means that nothing was said and the item counts."""


@final
class View:
    """Columns with one shape. A column that is not there is unknown everywhere."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.shape = np.broadcast_shapes(*(np.shape(column) for column in columns.values()))

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def flag(self, name: str) -> Truth:
        """Return a flag column of the view's shape."""
        if name not in self.columns:
            return Truth.unknown(self.shape)
        return Truth.of(self._full(name))

    def number(self, name: str) -> Interval:
        """Return a number column with its bounds where it is censored."""
        low, high = f"{name}@low", f"{name}@high"
        censored = low in self.columns or high in self.columns
        if name not in self.columns and not censored:
            return Interval.unknown(self.shape)
        value = self._full(name) if name in self.columns else np.full(self.shape, np.nan)
        return Interval.of(value, *(self._full(end) if end in self.columns else None for end in (low, high)))

    def scaled(self, name: str, most: float, least: float = 0.0) -> tuple[Interval, Bools]:
        """Return a rating between its ends, and the rows where an impossible number was entered (unknown there)."""
        entered = self.number(name)
        wrong = ~entered.is_unknown & (entered.above(most) | entered.below(least)).high
        cleared = Interval(np.where(wrong, -np.inf, entered.low), np.where(wrong, np.inf, entered.high))
        return cleared.within(least, most), wrong

    def sum_of(self, ratings: Mapping[str, float], weight: Mapping[str, float] | None = None) -> tuple[Interval, Bools]:
        """Return the sum of ratings, each between 0 and its own most, with bounds, and where one was impossible."""
        total, wrong = Interval(np.zeros(self.shape), np.zeros(self.shape)), np.zeros(self.shape, bool)
        for name, most in ratings.items():
            rating, impossible = self.scaled(name, most)
            total, wrong = total + rating * (weight or {}).get(name, 1.0), wrong | impossible
        return total, wrong

    def value(self, name: str) -> Array:
        """Return the plain float column, NaN where it is not there."""
        return np.asarray(self._full(name), float) if name in self.columns else np.full(self.shape, np.nan)

    def lupus(self, item: str, truth: Truth) -> Truth:
        """Return the item with causes other than lupus removed, after its column ``<item>@attributed_to``."""
        cause = f"{item}@attributed_to"
        if cause not in self.columns:
            return truth
        code = self.value(cause)
        return Truth(truth.low & ~(code == 0), truth.high).unless(code >= 2)

    def other(self, suffix: str) -> View:
        """Return the columns of the baseline or the previous visit (``x@baseline``) under their plain names."""
        shaped = {name: np.broadcast_to(column, self.shape) for name, column in suffixed(self.columns, suffix).items()}
        return View(shaped) if shaped else View({"": np.full(self.shape, np.nan)})

    def blocks(self, size: int) -> Iterator[tuple[slice, View]]:
        """Cut flattened columns into blocks that fit into the processor's cache."""
        length = int(np.prod(self.shape))
        flat = {name: np.ravel(self._full(name)) for name, column in self.columns.items() if np.ndim(column)}
        constant = {name: column for name, column in self.columns.items() if not np.ndim(column)}
        for start in range(0, length, size):
            part = slice(start, min(start + size, length))
            yield part, View(constant | {name: column[part] for name, column in flat.items()})

    def _full(self, name: str) -> Any:
        column = np.asarray(self.columns[name])
        return column if column.shape == self.shape else np.broadcast_to(column, self.shape)


def ever(truth: Truth) -> Truth:
    """Return whether it was so at this or an earlier visit; the last axis is one patient's visits in order."""
    if np.ndim(truth.low) == 0:
        return truth
    return Truth(np.logical_or.accumulate(truth.low, axis=-1), np.logical_or.accumulate(truth.high, axis=-1))


def suffixed(columns: Columns, suffix: str) -> dict[str, Any]:
    """Return the columns of another visit (``x@baseline``, ``x@previous``) under their plain names."""
    end = f"@{suffix}"
    return {name.replace(end, ""): column for name, column in columns.items() if end in name}


def current(columns: Columns) -> dict[str, Any]:
    """Return the columns of the visit itself, without those of the baseline and of the previous visit."""
    return {name: column for name, column in columns.items() if "@baseline" not in name and "@previous" not in name}

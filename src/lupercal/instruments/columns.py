"""Reading columns of visits: flags as `Truth`, numbers as `Interval`, whatever the type and shape they came in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Literal, final

import numpy as np

from lupercal.errors import InputError
from lupercal.instruments.three_valued import Array, Bools, Interval, Truth

Columns = Mapping[str, Any]
"""Names of the data dictionary to arrays of equal shape: float64, NaN unknown; flags also bool or int8 (-1 unknown)."""

Attribution = Literal["lupus", "recorded"]
"""Setting of every instrument of lupus: leave out what is put down to another cause (the default), or count all."""

ATTRIBUTIONS = ("unknown", "sle", "treatment", "infection", "other")
"""Codes 0 to 4 of a column ``<item>@attributed_to``; NaN means that nothing was said and the item counts."""

CAUSE = "@attributed_to"
EARLIER = "@earlier"
"""End of a column that says where a finding was present at an earlier visit of the window; see `look_back`."""

OTHER_CAUSES = 2
"""Least code of a cause other than lupus."""


@final
class View:
    """Columns with one shape. A column that is not there is unknown everywhere.

    With ``lupus_only`` what ``<name>@attributed_to`` puts down to another cause does not count: a flag is absent, and
    no threshold counts as crossed by a number (which is then NaN at both ends).
    """

    def __init__(self, columns: Columns, *, lupus_only: bool = False, shape: tuple[int, ...] | None = None) -> None:
        self.columns = columns
        self.lupus_only = lupus_only
        self.shape = _common_shape(columns) if shape is None else shape
        self._others: dict[str, View] = {}
        self._numbers: dict[str, Interval] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def flag(self, name: str) -> Truth:
        """Return a flag column of the view's shape."""
        if name not in self.columns:
            return Truth.unknown(self.shape)
        truth = Truth.of(self._full(name))
        return truth.unless(self.elsewhere(name)) if self._has_cause(name) else truth

    def number(self, name: str) -> Interval:
        """Return a number column with its bounds where it is censored; it is read once."""
        if name not in self._numbers:
            self._numbers[name] = self._number(name)
        return self._numbers[name]

    def _number(self, name: str) -> Interval:
        low, high = f"{name}@low", f"{name}@high"
        censored = low in self.columns or high in self.columns
        if name not in self.columns and not censored:
            return Interval.unknown(self.shape)
        value = self._full(name) if name in self.columns else np.full(self.shape, np.nan)
        bounds = Interval.of(value, *(self._full(end) if end in self.columns else None for end in (low, high)))
        if not self._has_cause(name):
            return bounds
        other = self.elsewhere(name) & ~bounds.is_unknown
        return Interval(np.where(other, np.nan, bounds.low), np.where(other, np.nan, bounds.high))

    def either(self, name: str, stand_in: str) -> Interval:
        """Return a number, or where it was not measured the one that stands in for it.

        One that is put down to another cause leaves the other to speak, but for no more than itself showed: a cause
        never raises a score.
        """
        first, second = self.number(name), self.number(stand_in)
        bounds = first.or_else(second)
        if not self._has_cause(name):
            return bounds
        shown, gone = View(self.columns).number(name), np.isnan(first.low)
        low = np.where(gone, np.minimum(bounds.low, shown.low), bounds.low)
        return Interval(low, np.where(gone, np.minimum(bounds.high, shown.high), bounds.high))

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

    def elsewhere(self, name: str) -> Bools:
        """Return where a finding or value is put down to a cause other than lupus."""
        return np.asarray(self.value(f"{name}{CAUSE}") >= OTHER_CAUSES)

    def own(self, item: str, truth: Truth) -> Truth:
        """Return the item without what ``<item>@attributed_to`` puts down to another cause, in a view of lupus only."""
        return truth.unless(self.elsewhere(item)) if self._has_cause(item) else truth

    def lupus(self, item: str, truth: Truth) -> Truth:
        """Return the item of any view without other causes; one stated as unknown leaves it open (for eligibility)."""
        cause = f"{item}{CAUSE}"
        if cause not in self.columns:
            return truth
        return Truth(truth.low & ~(self.value(cause) == 0), truth.high).unless(self.elsewhere(item))

    def seen(self, name: str, truth: Truth) -> Truth:
        """Return a finding of the visit, present also where an earlier visit of the window had it."""
        if f"{name}{EARLIER}" not in self.columns:
            return truth
        earlier = self.value(f"{name}{EARLIER}") == 1.0
        return Truth(truth.low | earlier, truth.high | earlier)

    def as_recorded(self) -> View:
        """Return the same columns, every finding counting whatever its cause."""
        return View(self.columns)

    def other(self, suffix: str) -> View:
        """Return the columns of the baseline or the previous visit (``x@baseline``) under their plain names."""
        if suffix not in self._others:
            found = suffixed(self.columns, suffix)
            shaped = {name: _shaped(column, self.shape) for name, column in found.items()}
            self._others[suffix] = View(shaped or {"": np.full(self.shape, np.nan)}, lupus_only=self.lupus_only)
        return self._others[suffix]

    def blocks(self, size: int, about: Collection[str]) -> Iterator[tuple[slice, View]]:
        """Cut flattened columns into blocks that fit into the processor's cache, with all that is told about names."""
        if len(self.shape) == 1 and self.shape[0] <= size:
            yield slice(0, self.shape[0]), self
            return
        length = int(np.prod(self.shape))
        asked = {name: column for name, column in self.columns.items() if name.partition("@")[0] in about}
        flat = {name: np.ravel(self._full(name)) for name, column in asked.items() if np.ndim(column)}
        constant = {name: column for name, column in asked.items() if not np.ndim(column)}
        for start in range(0, length, size):
            part = slice(start, min(start + size, length))
            columns = constant | {name: column[part] for name, column in flat.items()}
            yield part, View(columns, lupus_only=self.lupus_only, shape=(part.stop - part.start,))

    def _has_cause(self, name: str) -> bool:
        return self.lupus_only and f"{name}{CAUSE}" in self.columns

    def _full(self, name: str) -> Any:
        return _shaped(np.asarray(self.columns[name]), self.shape)


def _common_shape(columns: Columns) -> tuple[int, ...]:
    shapes = {getattr(column, "shape", None) or np.shape(column) for column in columns.values()}
    return shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)


def _shaped(column: Any, shape: tuple[int, ...]) -> Any:
    return column if getattr(column, "shape", None) == shape else np.broadcast_to(column, shape)


def counted(columns: Columns, attribution: str) -> View:
    """Return the view of a setting ``attribution``: ``"lupus"`` leaves out other causes, ``"recorded"`` counts all.

    Raises
    ------
    InputError
        For any other word.
    """
    if attribution not in {"lupus", "recorded"}:
        raise InputError("attribution", "", attribution, "lupus or recorded")
    return View(columns, lupus_only=attribution == "lupus")


def finding(view: View, flag: str, read: Callable[[View], Truth] | None = None, item: str = "") -> Truth:
    """Return an item: its flag where that is known, else what its values say; without what has another cause.

    Parameters
    ----------
    view
        Columns of visits.
    flag
        The item's column.
    read
        What values say of the item; None where there are none. A present flag whose abnormal values all have another
        cause does not count, unless a cause is stated for the item itself.
    item
        The item's name where its column is called otherwise; a cause may be given under either.
    """
    truth, names = view.flag(flag), {flag, item or flag}
    if read is not None:
        from_values = read(view)
        if view.lupus_only:
            stated = np.any([~np.isnan(view.value(f"{name}{CAUSE}")) for name in names], axis=0)
            truth = truth.unless(read(view.as_recorded()).low & ~from_values.high & ~stated)
        truth = truth.or_else(from_values)
    for name in names:
        truth = view.own(name, truth)
    return truth


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

"""Logic with three values and numbers with bounds: what is unknown stays unknown until it cannot matter.

A `Truth` is a pair of boolean arrays (*certainly*, *possibly*): present is (1, 1), absent (0, 0), unknown (0, 1). An
`Interval` is a pair of float arrays; a known number has equal ends, an unknown one infinite ends, a censored laboratory
value (``<4``) one finite end. Comparisons of intervals give truths, so that a bound settles a threshold where it can.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

TOLERANCE = 1e-9
"""Relative (below 1: absolute) slack of every threshold, so that binary fractions decide nothing."""


@final
@dataclass(frozen=True, slots=True)
class Truth:
    """Three-valued arrays: ``low`` where certainly true, ``high`` where possibly true; equal shapes."""

    low: Bools
    high: Bools

    @classmethod
    def of(cls, column: Any) -> Self:
        """Read flags: bool, or numbers with 1 present and 0 absent; anything else (NaN, -1) is unknown."""
        flags = np.asarray(column)
        if flags.dtype == np.bool_:
            return cls(flags, flags)
        return cls(np.asarray(flags == 1), np.asarray(flags != 0))

    @classmethod
    def unknown(cls, shape: tuple[int, ...] = ()) -> Self:
        """Return unknown everywhere."""
        return cls(np.zeros(shape, bool), np.ones(shape, bool))

    @classmethod
    def always(cls, value: bool, shape: tuple[int, ...] = ()) -> Self:
        """Return the same certain answer everywhere."""
        flags = np.full(shape, value)
        return cls(flags, flags)

    def __and__(self, other: Truth) -> Truth:
        return Truth(self.low & other.low, self.high & other.high)

    def __or__(self, other: Truth) -> Truth:
        return Truth(self.low | other.low, self.high | other.high)

    def __invert__(self) -> Truth:
        return Truth(~self.high, ~self.low)

    @property
    def is_unknown(self) -> Bools:
        """Where neither answer is certain."""
        return self.high & ~self.low

    @property
    def state(self) -> Array:
        """The float form: 1 true, 0 false, NaN unknown."""
        return np.where(self.low, 1.0, np.where(self.high, np.nan, 0.0))

    def or_else(self, other: Truth) -> Truth:
        """Take ``other`` where this is unknown: an explicit statement wins over a derived one."""
        open_ = self.is_unknown
        return Truth(self.low | (open_ & other.low), np.where(open_, other.high, self.high))

    def unless(self, mask: Bools) -> Truth:
        """Return false where ``mask`` holds."""
        return Truth(self.low & ~mask, self.high & ~mask)


@final
@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers known between two ends (arrays of equal shape, infinite where unbounded).

    NaN at both ends is a number that does not count (put down to another cause): no comparison with it holds.
    """

    low: Array
    high: Array

    @classmethod
    def of(cls, value: Any, low: Any = None, high: Any = None) -> Self:
        """Read a column; where a companion bound is given it replaces the value, NaN means unknown."""
        number = np.asarray(value, float)
        missing = np.isnan(number)
        ends = cls(np.where(missing, -np.inf, number), np.where(missing, np.inf, number))
        if low is None and high is None:
            return ends
        lower, upper = _bound(low, number.shape), _bound(high, number.shape)
        censored = ~(np.isnan(lower) & np.isnan(upper))
        return cls(
            np.where(censored, np.where(np.isnan(lower), -np.inf, lower), ends.low),
            np.where(censored, np.where(np.isnan(upper), np.inf, upper), ends.high),
        )

    @classmethod
    def unknown(cls, shape: tuple[int, ...] = ()) -> Self:
        """Return no knowledge at all."""
        return cls(np.full(shape, -np.inf), np.full(shape, np.inf))

    def __add__(self, other: Interval | float) -> Interval:
        o = _interval(other)
        return Interval(self.low + o.low, self.high + o.high)

    def __sub__(self, other: Interval | float) -> Interval:
        o = _interval(other)
        return Interval(self.low - o.high, self.high - o.low)

    def __mul__(self, factor: float) -> Interval:
        a, b = self.low * factor, self.high * factor
        return Interval(np.minimum(a, b), np.maximum(a, b))

    def over(self, other: Interval) -> Interval:
        """Divide by ``other``, both being quantities that cannot be negative."""
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.maximum(self.low, 0.0) / other.high
            high = self.high / np.maximum(other.low, 0.0)
        return Interval(np.where(np.isnan(low), 0.0, low), np.where(np.isnan(high), np.inf, high))

    def within(self, least: float, most: float) -> Interval:
        """Cut the ends to the possible range of the quantity."""
        return Interval(np.clip(self.low, least, most), np.clip(self.high, least, most))

    def or_else(self, other: Interval) -> Interval:
        """Take ``other`` where nothing is known here."""
        open_ = self.is_unknown | (np.isnan(self.low) & ~other.is_unknown)
        return Interval(np.where(open_, other.low, self.low), np.where(open_, other.high, self.high))

    @property
    def is_unknown(self) -> Bools:
        """Where both ends are infinite."""
        return np.isneginf(self.low) & np.isposinf(self.high)

    @property
    def value(self) -> Array:
        """The number where both ends agree, else NaN."""
        return np.where(self.low == self.high, self.low, np.nan)

    def above(self, limit: Interval | float) -> Truth:
        """Strictly greater than ``limit`` by more than the tolerance."""
        end, of_low, of_high = _with_slack(limit)
        return Truth(self.low > end.high + of_high, self.high > end.low + of_low)

    def at_least(self, limit: Interval | float) -> Truth:
        """Greater than or equal to ``limit`` within the tolerance."""
        end, of_low, of_high = _with_slack(limit)
        return Truth(self.low >= end.high - of_high, self.high >= end.low - of_low)

    def below(self, limit: Interval | float) -> Truth:
        """Strictly less than ``limit`` by more than the tolerance."""
        end, of_low, of_high = _with_slack(limit)
        return Truth(self.high < end.low - of_low, self.low < end.high - of_high)

    def at_most(self, limit: Interval | float) -> Truth:
        """Less than or equal to ``limit`` within the tolerance."""
        end, of_low, of_high = _with_slack(limit)
        return Truth(self.high <= end.low + of_low, self.low <= end.high + of_high)


def all_of(truths: Iterable[Truth]) -> Truth:
    """Return true where every statement is true, false as soon as one is false."""
    return reduce(Truth.__and__, truths)


def any_of(truths: Iterable[Truth]) -> Truth:
    """Return true as soon as one statement is true, false only where every one is false."""
    return reduce(Truth.__or__, truths)


def any_known(truths: Iterable[Truth]) -> Bools:
    """Return where at least one of the statements is settled."""
    return reduce(np.logical_or, [~truth.is_unknown for truth in truths])


def count(truths: Iterable[Truth]) -> Interval:
    """Return how many statements hold, between the certain and the possible number."""
    return points((1.0, truth) for truth in truths)


def points(items: Iterable[tuple[float, Truth]]) -> Interval:
    """Return the sum of the weights of the statements that hold, with bounds."""
    low: Any = 0.0
    high: Any = 0.0
    for weight, truth in items:
        low, high = low + weight * truth.low, high + weight * truth.high
    return Interval(np.asarray(low, float), np.asarray(high, float))


def largest(*intervals: Interval) -> Interval:
    """Return the element-wise maximum."""

    low: Any = reduce(np.maximum, [i.low for i in intervals])
    high: Any = reduce(np.maximum, [i.high for i in intervals])
    return Interval(low, high)


def choose(condition: Truth, yes: Interval, no: Interval) -> Interval:
    """Return ``yes`` where the condition holds, ``no`` where it fails, and the hull of both where it is unknown."""
    low = np.where(condition.low, yes.low, np.where(condition.high, np.minimum(yes.low, no.low), no.low))
    high = np.where(condition.low, yes.high, np.where(condition.high, np.maximum(yes.high, no.high), no.high))
    return Interval(low, high)


def grade(steps: Iterable[tuple[float, Truth]]) -> Interval:
    """Return the largest grade whose condition holds, 0 where none does; unknown conditions widen the bounds."""
    worst = Interval(np.asarray(0.0), np.asarray(0.0))
    for number, truth in steps:
        low, high = np.asarray(number * truth.low, np.float64), np.asarray(number * truth.high, np.float64)
        worst = largest(worst, Interval(low, high))
    return worst


def _bound(column: Any, shape: tuple[int, ...]) -> Array:
    return np.full(shape, np.nan) if column is None else np.asarray(column, float)


def _interval(value: Interval | float) -> Interval:
    return value if isinstance(value, Interval) else Interval(np.asarray(float(value)), np.asarray(float(value)))


def _with_slack(limit: Interval | float) -> tuple[Interval, Array, Array]:
    """Return a limit with the slack of its low and of its high end."""
    if isinstance(limit, Interval):
        low = _slack(limit.low)
        return limit, low, low if limit.high is limit.low else _slack(limit.high)
    return _fixed_limit(float(limit))


@lru_cache(maxsize=4096)
def _fixed_limit(value: float) -> tuple[Interval, Array, Array]:
    """Return a number as a limit: the same few are asked for again and again."""
    end = np.asarray(value)
    slack = _slack(end)
    return Interval(end, end), slack, slack


def _slack(limit: Array) -> Array:
    return TOLERANCE * np.clip(np.abs(limit), 1.0, 1e12)

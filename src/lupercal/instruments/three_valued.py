"""Logic with three values and numbers with bounds: what is unknown stays unknown until it cannot matter.

A `Truth` is a pair of boolean arrays (*certainly*, *possibly*): present is (1, 1), absent (0, 0), unknown (0, 1). An
`Interval` is a pair of float arrays; a known number has equal ends, an unknown one infinite ends, a censored laboratory
value (``<4``) one finite end. Comparisons of intervals give truths, so that a bound settles a threshold where it can.
Where nothing is unknown both ends are one array, which is worked on once; where nothing is known nothing is worked on
(``blank``). Ends are never written to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from lupercal.instruments.ends import ends_of

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

TOLERANCE = 1e-9
"""Relative (below 1: absolute) slack of every threshold, so that binary fractions decide nothing."""


@final
@dataclass(frozen=True, slots=True)
class Truth:
    """Three-valued arrays: ``low`` where certainly true, ``high`` where possibly true; equal shapes.

    ``blank`` is set where it is unknown everywhere.
    """

    low: Bools
    high: Bools
    blank: bool = field(default=False, compare=False, repr=False)

    @classmethod
    def of(cls, column: Any) -> Self:
        """Read flags: bool, or numbers with 1 present and 0 absent; anything else (NaN, -1) is unknown."""
        flags = np.asarray(column)
        if flags.dtype == np.bool_:
            return cls(flags, flags)
        low, high = np.asarray(flags == 1), np.asarray(flags != 0)
        return cls(low, high) if (low ^ high).any() else cls(low, low)

    @classmethod
    def unknown(cls, shape: tuple[int, ...] = ()) -> Self:
        """Return unknown everywhere."""
        return cls(ends_of(shape).no, ends_of(shape).yes, True)

    @classmethod
    def always(cls, value: bool, shape: tuple[int, ...] = ()) -> Self:
        """Return the same certain answer everywhere."""
        flags = np.full(shape, value)
        return cls(flags, flags)

    def __and__(self, other: Truth) -> Truth:
        low = self.low & other.low
        return Truth(low, low if self.exact and other.exact else self.high & other.high)

    def __or__(self, other: Truth) -> Truth:
        low = self.low | other.low
        return Truth(low, low if self.exact and other.exact else self.high | other.high)

    def __invert__(self) -> Truth:
        if self.blank:
            return self
        low = ~self.high
        return Truth(low, low if self.exact else ~self.low)

    @property
    def exact(self) -> bool:
        """Whether both ends are one array, so that nothing is unknown."""
        return self.low is self.high

    @property
    def is_unknown(self) -> Bools:
        """Where neither answer is certain."""
        if self.exact or self.blank:
            return ends_of(np.shape(self.low)).told(self.blank)
        return self.high & ~self.low

    @property
    def state(self) -> Array:
        """The float form: 1 true, 0 false, NaN unknown."""
        return np.where(self.low, 1.0, np.where(self.high, np.nan, 0.0))

    def or_else(self, other: Truth) -> Truth:
        """Take ``other`` where this is unknown: an explicit statement wins over a derived one."""
        if self.exact and np.shape(self.low) == np.shape(other.low):
            return self
        open_ = self.is_unknown
        return Truth(self.low | (open_ & other.low), np.where(open_, other.high, self.high))

    def unless(self, mask: Bools) -> Truth:
        """Return false where ``mask`` holds."""
        stays = ~mask
        low = self.low & stays
        return Truth(low, low if self.exact else self.high & stays)


@final
@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers known between two ends (arrays of equal shape, infinite where unbounded).

    NaN at both ends is a number that does not count (put down to another cause): no comparison with it holds. ``blank``
    is set where no number is known at all.
    """

    low: Array
    high: Array
    blank: bool = field(default=False, compare=False, repr=False)

    @classmethod
    def of(cls, value: Any, low: Any = None, high: Any = None) -> Self:
        """Read a column; where a companion bound is given it replaces the value, NaN means unknown."""
        number = np.asarray(value, float)
        ends, missing = cls(number, number), np.isnan(number)
        if missing.any():
            ends = cls(np.where(missing, -np.inf, number), np.where(missing, np.inf, number))
        if low is None and high is None:
            return ends
        none = np.full(number.shape, np.nan)
        lower, upper = (none if end is None else np.asarray(end, float) for end in (low, high))
        censored = ~(np.isnan(lower) & np.isnan(upper))
        return cls(
            np.where(censored, np.where(np.isnan(lower), -np.inf, lower), ends.low),
            np.where(censored, np.where(np.isnan(upper), np.inf, upper), ends.high),
        )

    @classmethod
    def unknown(cls, shape: tuple[int, ...] = ()) -> Self:
        """Return no knowledge at all."""
        return cls(ends_of(shape).least, ends_of(shape).most, True)

    def __add__(self, other: Interval | float) -> Interval:
        o = _interval(other)
        low = self.low + o.low
        return Interval(low, low if self.exact and o.exact else self.high + o.high)

    def __sub__(self, other: Interval | float) -> Interval:
        o = _interval(other)
        low = self.low - o.high
        return Interval(low, low if self.exact and o.exact else self.high - o.low)

    def __mul__(self, factor: float) -> Interval:
        if self.blank and 0 < factor < np.inf:
            return self
        a = self.low * factor
        if self.exact:
            return Interval(a, a)
        b = self.high * factor
        return Interval(np.minimum(a, b), np.maximum(a, b))

    def over(self, other: Interval) -> Interval:
        """Divide by ``other``, both being quantities that cannot be negative."""
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.maximum(self.low, 0.0) / other.high
            high = self.high / np.maximum(other.low, 0.0)
        return Interval(np.where(np.isnan(low), 0.0, low), np.where(np.isnan(high), np.inf, high))

    def within(self, least: float, most: float) -> Interval:
        """Cut the ends to the possible range of the quantity."""
        low = np.clip(self.low, least, most)
        return Interval(low, low if self.exact else np.clip(self.high, least, most))

    def or_else(self, other: Interval) -> Interval:
        """Take ``other`` where nothing is known here."""
        open_ = self.is_unknown | (np.isnan(self.low) & ~other.is_unknown)
        return Interval(np.where(open_, other.low, self.low), np.where(open_, other.high, self.high))

    @property
    def exact(self) -> bool:
        """Whether both ends are one array, so that nothing is unknown or censored."""
        return self.low is self.high

    @property
    def is_unknown(self) -> Bools:
        """Where both ends are infinite."""
        if self.exact or self.blank:
            return ends_of(np.shape(self.low)).told(self.blank)
        return np.asarray((self.low == -np.inf) & (self.high == np.inf))

    @property
    def value(self) -> Array:
        """The number where both ends agree, else NaN."""
        return np.where(self.low == self.high, self.low, np.nan)

    def above(self, limit: Interval | float) -> Truth:
        """Strictly greater than ``limit`` by more than the tolerance."""
        return self._against(limit, np.greater, np.add)

    def at_least(self, limit: Interval | float) -> Truth:
        """Greater than or equal to ``limit`` within the tolerance."""
        return self._against(limit, np.greater_equal, np.subtract)

    def below(self, limit: Interval | float) -> Truth:
        """Strictly less than ``limit`` by more than the tolerance."""
        return self._against(limit, np.less, np.subtract)

    def at_most(self, limit: Interval | float) -> Truth:
        """Less than or equal to ``limit`` within the tolerance."""
        return self._against(limit, np.less_equal, np.add)

    def _against(self, limit: Interval | float, holds: np.ufunc, shifted: np.ufunc) -> Truth:
        """Return how this stands to a limit that is shifted by the tolerance, certainly and possibly."""
        if self.blank and _says_nothing(limit, np.shape(self.low)):
            return Truth.unknown(np.shape(self.low))
        end, of_low, of_high = _with_slack(limit)
        low_end, high_end = (self.low, end.high, of_high), (self.high, end.low, of_low)
        certain, possible = (low_end, high_end) if holds in (np.greater, np.greater_equal) else (high_end, low_end)
        low = holds(certain[0], shifted(*certain[1:]))
        return Truth(low, low if self.exact and end.exact else holds(possible[0], shifted(*possible[1:])))


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


def _says_nothing(limit: Interval | float, shape: tuple[int, ...]) -> bool:
    """Whether a comparison of something unknown with a limit is open everywhere."""
    return limit.blank and np.shape(limit.low) == shape if isinstance(limit, Interval) else bool(np.isfinite(limit))


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
    return np.asarray(TOLERANCE * np.minimum(np.maximum(np.abs(limit), 1.0), 1e12))

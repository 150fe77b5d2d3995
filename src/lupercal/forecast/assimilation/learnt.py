"""What a forecast says of the visits it learnt from: frozen records, ready to be printed, drawn or stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class PastValue:
    """A value that came, beside what was forecast of it from the visits before.

    ``low``, ``median``, ``high`` are the 5, 50 and 95 % quantiles, in the data dictionary's unit; ``place`` is the
    share of what was forecast that lies below the value (PIT; behind a bound a place is drawn). The log densities are
    those of this forecast, of the population's (the first visit alone) and of the last value carried forward (NaN where
    there is none). ``rarity`` is the share of simulated values that are no likelier. ``lowest`` values, as a score of
    0, are not told apart from lower ones.
    """

    variable: str
    day: int
    value: float
    bound: str
    low: float
    median: float
    high: float
    place: float
    log_density: float
    population_log_density: float
    carried_log_density: float
    rarity: float
    lowest: bool = False

    @property
    def outside(self) -> bool:
        """Whether it left its 90 % band; a bound has, where every value it allows lies outside."""
        if self.bound:
            return self.above or (self.bound == "<" and self.value < self.low)
        if self.lowest:
            return self.rarity < _LOW
        return bool(self.place < _LOW or self.place > 1 - _LOW)

    @property
    def above(self) -> bool:
        """Whether it lies above its 90 % band."""
        if self.bound or self.lowest:
            return self.bound == ">" and self.value > self.high
        return bool(self.place > 1 - _LOW)


_LOW = 0.05


@final
@dataclass(frozen=True, slots=True)
class LearntVisit:
    """What a visit did: ``told`` names what it tells; ``effective`` is the share of particles it left, before
    resampling, ``power`` with what power it counted, ``stages`` in how many steps, ``ancestors``
    how many distinct virtual patients are left behind the particles.
    """

    day: int
    told: tuple[str, ...]
    effective: float
    power: float
    stages: int
    ancestors: float


@final
@dataclass(frozen=True, slots=True)
class Fan:
    """The band of a variable as a visit left it: quantiles (5, T) of `lupercal.forecast.result.QUANTILES` over days."""

    variable: str
    since: int
    days: Array
    quantiles: Array


@final
@dataclass(frozen=True, slots=True)
class ExpectedNarrowing:
    """By what share a test on a day would narrow the forecast of an outcome: expected standard deviation, 0 to 1."""

    test: str
    day: int
    outcome: str
    outcome_day: int
    narrowing: float


@final
@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt from a patient's visits; days are those of the record.

    ``refused`` says why the forecast does not build on them, empty where it does; ``sharpened`` whether values were
    forecast better from the visits before than by the population and by the last value carried forward, None where no
    value came after the first visit. ``alerts`` say which variables left the 90 % band forecast of them twice or more.
    """

    first_day: int
    until: int
    particles: int
    visits: tuple[LearntVisit, ...]
    values: tuple[PastValue, ...]
    fans: tuple[Fan, ...]
    next_tests: tuple[ExpectedNarrowing, ...]
    disagreements: tuple[str, ...]
    unexplained: tuple[str, ...]
    refused: str
    sharpened: bool | None
    words: tuple[str, ...]
    notes: tuple[str, ...]
    alerts: tuple[str, ...] = ()

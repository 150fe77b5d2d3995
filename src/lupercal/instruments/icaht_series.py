"""Grades of haematotoxicity from serial counts: early (day 0 to 30) and late (day 31 to 100).

Sources: Rejeski 2023, doi:10.1182/blood.2023020578 (ICAHT, neutrophils), with the rules of its open grading algorithm;
Rejeski 2025, doi:10.1182/blood.2025028833 (T-ICAHT, platelets). Up to seven missing days between or beside two tests
are filled (a straight line, at the ends the nearest value); a longer gap is unknown and leaves the grade open, listed
or not: of a late grade it leaves the upper end open. Recovery
of neutrophils means at least 3 days running above 500/uL, shorter rises join the spells on both sides. A spell at or
below 500 that begins by day 3 and lasts to the last value is grade 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple, final

import numpy as np

from lupercal.instruments.three_valued import Array, Bools

LAST_EARLY_DAY, LAST_LATE_DAY = 30, 100
LONGEST_GAP = 7
RECOVERY_DAYS = 3
BEGINS_BY = 3
WORST = 4.0
Rule = Callable[["Daily", Bools], float]


class GradeBounds(NamedTuple):
    """A grade from a series: ``value`` where it can be said, and the ends between which it lies."""

    value: float
    low: float
    high: float


OPEN = GradeBounds(np.nan, 0.0, WORST)


@final
@dataclass(frozen=True, slots=True)
class Daily:
    """One value per day from day 0: filled, NaN in long gaps; ``missing`` are days with a test that has no value."""

    values: Array
    missing: Bools
    last_tested: int
    tests: int


@final
@dataclass(frozen=True, slots=True)
class Spells:
    """What the gradings ask for; NaN where the series has nothing to say."""

    days_anc_le_500: float
    days_anc_le_100: float
    never_recovered: float
    late_lowest_anc: float
    late_second_lowest_anc: float

    def columns(self) -> dict[str, Array]:
        """Return the columns that `icaht_early` and `icaht_late` read."""
        return {name: np.asarray(getattr(self, name)) for name in self.__slots__}


def low_spells(counts: Mapping[int, float], last_day: int = LAST_EARLY_DAY) -> Spells:
    """Read the spells of one patient; days in long gaps count as recovered, see `early_anc` for the bounds.

    Parameters
    ----------
    counts
        Day after infusion to absolute neutrophils, cells/uL; NaN where a test has no value.
    last_day
        Day of death or of the last follow-up, where it lies before day 30.
    """
    daily, late = _daily(counts, last_day), _late(counts)[0]
    lowest = [*late[:2], np.nan, np.nan]
    if daily is None:
        return Spells(np.nan, np.nan, np.nan, lowest[0], lowest[1])
    unknown = np.zeros(daily.values.shape, bool)
    return Spells(
        _longest(_low(daily, 500.0, unknown)),
        _longest(_low(daily, 100.0, unknown)),
        float(_never(daily, unknown)),
        lowest[0],
        lowest[1],
    )


def early_anc(counts: Mapping[int, float], last_day: int = LAST_EARLY_DAY) -> GradeBounds:
    """Grade early ICAHT of one patient; parameters as for `low_spells`."""
    return _graded(_daily(counts, last_day), _early_anc_grade)


def late_anc(counts: Mapping[int, float]) -> GradeBounds:
    """Grade late ICAHT of one patient: the second lowest value says whether it counts, the lowest how much."""
    values, missing = _late(counts)
    if not values.size:
        return OPEN
    value = late_anc_grade(values)
    unseen = max(missing, 2 * _late_gap(counts))  # in a long gap two low counts may have been missed
    worst = late_anc_grade(np.concatenate([np.zeros(unseen), values])) if unseen else value
    return GradeBounds(value, value, max(value, worst))


def late_anc_grade(values: Array) -> float:
    """Return the late grade of values in rising order, cells/uL; one value alone counts as it is."""
    if len(values) > 1 and values[1] > 1500.0:
        return 0.0
    return float(sum(values[0] <= limit for limit in (1500.0, 1000.0, 500.0, 100.0)))


def early_platelets(counts: Mapping[int, float], last_day: int = LAST_EARLY_DAY) -> GradeBounds:
    """Grade early T-ICAHT of one patient from the number of days below 50 and 20 x 10^9/L."""
    return _graded(_daily(counts, last_day), _early_platelet_grade)


def late_platelets(counts: Mapping[int, float]) -> GradeBounds:
    """Grade late T-ICAHT of one patient: two tests at least, and a fall that a second test shows too."""
    values, missing = _late(counts)
    if len(values) < 2:
        return OPEN
    days = {day: value for day, value in counts.items() if LAST_EARLY_DAY < day <= LAST_LATE_DAY}
    daily = _daily({day - LAST_EARLY_DAY - 1: v for day, v in days.items()}, LAST_LATE_DAY - LAST_EARLY_DAY - 1)
    deep = 0 if daily is None else int(np.sum(daily.values < 20.0))
    value = 0.0 if values[1] >= 100.0 else late_platelet_grade(values[0], deep)
    return GradeBounds(value, value, WORST if missing or _late_gap(counts) else value)


def late_platelet_grade(lowest: float, days_below_20: float) -> float:
    """Return the late grade from the lowest platelets (10^9/L) and the days below 20."""
    deep = 4.0 if days_below_20 >= 14 else 3.0 if days_below_20 >= 1 or lowest < 20.0 else 0.0
    return max(deep, 2.0 if lowest < 50.0 else 1.0 if lowest < 100.0 else 0.0)


def _graded(daily: Daily | None, rule: Rule) -> GradeBounds:
    """Return the grade with unknown days as recovered and as low as can be; a long gap that matters leaves it open."""
    if daily is None:
        return OPEN
    nothing, gaps = np.zeros(daily.values.shape, bool), np.isnan(daily.values)
    low, with_gaps = rule(daily, nothing), rule(daily, gaps)
    high = max(with_gaps, rule(daily, gaps | daily.missing))
    return GradeBounds(low if low == with_gaps else np.nan, low, high)


def _early_anc_grade(daily: Daily, as_low: Bools) -> float:
    long, deep = _longest(_low(daily, 500.0, as_low)), _longest(_low(daily, 100.0, as_low))
    if deep >= 14 or _never(daily, as_low):
        return 4.0
    if long >= 14 or deep >= 7:
        return 3.0
    return 2.0 if long >= 7 else float(long >= 1)


def _early_platelet_grade(daily: Daily, as_low: Bools) -> float:
    low, deep = (int(np.sum((daily.values < limit) | as_low)) for limit in (50.0, 20.0))
    if deep >= 1:
        return 4.0 if deep >= 14 else 3.0
    return 2.0 if low >= 7 else float(low >= 1)


def _never(daily: Daily, as_low: Bools) -> bool:
    """Return whether a spell at or below 500 begins by day 3 and lasts to the last value; one test shows no spell."""
    if daily.tests < 2:
        return False
    runs = _joined(_low(daily, 500.0, as_low))
    return any(start <= BEGINS_BY and end >= daily.last_tested for start, end in runs)


def _low(daily: Daily, limit: float, as_low: Bools) -> Bools:
    return (daily.values <= limit) | as_low


def _daily(counts: Mapping[int, float], last_day: int) -> Daily | None:
    """Return one value per day from day 0 to the last; None where no test of these days has a value."""
    last = min(last_day, LAST_LATE_DAY)
    tested = {day: value for day, value in sorted(counts.items()) if 0 <= day <= last and not np.isnan(value)}
    if not tested:
        return None
    days, values = np.array(list(tested), float), np.array(list(tested.values()), float)
    grid = np.arange(0.0, last + 1.0)
    filled = np.interp(grid, days, values)
    missing = np.array([np.isnan(counts.get(int(day), 0.0)) for day in grid])
    return Daily(np.where(_far(grid, days), np.nan, filled), missing, int(days[-1]), len(tested))


def _far(grid: Array, days: Array) -> Bools:
    """Return days in a run of more than seven without a test."""
    untested = ~np.isin(grid, days)
    far = np.zeros(grid.shape, bool)
    position = 0
    for is_untested, group in groupby(untested):
        length = len(list(group))
        far[position : position + length] = is_untested and length > LONGEST_GAP
        position += length
    return far


def _late(counts: Mapping[int, float]) -> tuple[Array, int]:
    """Return the late values in rising order, and how many tests have none."""
    late = [value for day, value in counts.items() if LAST_EARLY_DAY < day <= LAST_LATE_DAY]
    values = np.sort(np.array([value for value in late if not np.isnan(value)], float))
    return values, len(late) - values.size


def _late_gap(counts: Mapping[int, float]) -> bool:
    """Return whether more than seven days running went without a test, from day 31 to the last late one."""
    tested = np.array([day for day, value in counts.items() if day <= LAST_LATE_DAY and not np.isnan(value)], float)
    late = tested[tested > LAST_EARLY_DAY]
    return bool(late.size) and bool(_far(np.arange(LAST_EARLY_DAY + 1.0, late.max() + 1.0), tested).any())


def _longest(low: Bools) -> float:
    """Return the longest spell of low days, joined over rises shorter than three days."""
    return float(max((end - start + 1 for start, end in _joined(low)), default=0))


def _joined(low: Bools) -> list[tuple[int, int]]:
    """Return first and last day of each spell, joined over rises shorter than three days."""
    runs: list[tuple[int, int]] = []
    position = 0
    for is_low, group in groupby(low):
        length = len(list(group))
        start, end = position, position + length - 1
        position += length
        if not is_low:
            continue
        near = bool(runs) and start - runs[-1][1] - 1 < RECOVERY_DAYS
        runs[-1:] = [(runs[-1][0], end)] if near else [*runs[-1:], (start, end)]
    return runs

"""Spells of low neutrophils from serial counts, as ICAHT grading needs them.

Source: Rejeski 2023, doi:10.1182/blood.2023020578. Days between two counts at most 7 apart are filled by a straight
line; recovery means at least 3 days running above 500/uL, shorter rises join the spells on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import final

import numpy as np

from lupercal.instruments.three_valued import Array, Bools

LAST_EARLY_DAY, LAST_LATE_DAY = 30, 100
LONGEST_GAP = 7
RECOVERY_DAYS = 3


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


def low_spells(counts: Mapping[int, float]) -> Spells:
    """Read the spells of one patient.

    Parameters
    ----------
    counts
        Day after infusion to absolute neutrophils, cells/uL.
    """
    days, values = _sorted(counts)
    early = (days >= 0) & (days <= LAST_EARLY_DAY)
    late = np.sort(values[(days > LAST_EARLY_DAY) & (days <= LAST_LATE_DAY)])
    if not early.any():
        return Spells(np.nan, np.nan, np.nan, *_two_lowest(late))
    daily = _daily(days[early], values[early])
    return Spells(
        _longest(daily <= 500.0, daily),
        _longest(daily <= 100.0, daily),
        float(not (values[early] > 500.0).any()),
        *_two_lowest(late),
    )


def _sorted(counts: Mapping[int, float]) -> tuple[Array, Array]:
    days = np.array(sorted(counts), float)
    return days, np.array([counts[int(day)] for day in days], float)


def _two_lowest(values: Array) -> tuple[float, float]:
    padded = [*values[:2], np.nan, np.nan]
    return float(padded[0]), float(padded[1])


def _daily(days: Array, values: Array) -> Array:
    """Return one value per day; a gap of more than seven days stays unknown."""
    grid = np.arange(days[0], days[-1] + 1)
    filled = np.interp(grid, days, values)
    after = np.searchsorted(days, grid, side="left")
    before = np.searchsorted(days, grid, side="right") - 1
    gap = days[after] - days[before]
    return np.where(gap > LONGEST_GAP, np.nan, filled)


def _longest(low: Bools, daily: Array) -> float:
    """Return the longest spell: runs of low days, joined over rises shorter than three days."""
    runs = [(bool(flag), len(list(group))) for flag, group in groupby(low & ~np.isnan(daily))]
    longest, current = 0, 0
    for position, (is_low, length) in enumerate(runs):
        inside = 0 < position < len(runs) - 1
        if is_low:
            current += length
            longest = max(longest, current)
        elif inside and length < RECOVERY_DAYS:
            current += length
        else:
            current = 0
    return float(longest)

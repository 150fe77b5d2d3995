"""Slots and beds of a programme as data, and in which week each waiting patient gets through.

The weeks are filled in order of waiting: who has waited longest is collected from first, and so at every stage. That
is arithmetic on slots, no forecast of demand.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, final

from pydantic import ConfigDict, Field

from lupercal.files.checked import read_as

SHIPPED = Path(__file__).with_name("data") / "capacity.yaml"
MOST_WEEKS = 5200
"""So far ahead a slot is looked for: a century."""
_CLOSED = ConfigDict(extra="forbid")
Slots = Annotated[int, Field(ge=1, le=1000)]
Weeks = Annotated[int, Field(ge=0, le=104)]
Stage = Literal["collection", "manufacture", "bed"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeCapacity:
    """Slots per week, beds, and how many weeks each stage takes, for one programme."""

    __pydantic_config__ = _CLOSED
    collections_per_week: Slots
    manufacturing_starts_per_week: Slots
    manufacturing_weeks: Weeks
    release_weeks: Weeks
    beds: Slots
    bed_weeks: Annotated[int, Field(ge=1, le=52)]
    closed_weeks: tuple[dt.date, ...] = ()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Capacity by programme, and which families of products are collected and made."""

    __pydantic_config__ = _CLOSED
    format: Literal["lupercal capacity 1"]
    basis: Literal["published", "assumed", "stated"]
    source: str
    families_collected: tuple[str, ...]
    families_made: tuple[str, ...]
    programmes: Mapping[str, ProgrammeCapacity]

    def of(self, programme: str) -> ProgrammeCapacity | None:
        """Return the capacity of a programme, the default where it has none of its own, or None."""
        return self.programmes.get(programme) or self.programmes.get("default")


def read_capacity(path: Path | None = None) -> Capacity:
    """Read a capacity file, the shipped example where none is given.

    Raises
    ------
    InputError
        If the file is not usable.
    """
    return read_as(path or SHIPPED, Capacity)


class Slotted:
    """The weeks of one programme as they fill up."""

    def __init__(self, capacity: ProgrammeCapacity, first: dt.date) -> None:
        self.capacity, self.first = capacity, monday(first)
        self._taken: Counter[tuple[Stage, dt.date]] = Counter()
        self._closed = {monday(day) for day in capacity.closed_weeks}

    def collection(self, earliest: dt.date) -> dt.date:
        """Take the next slot of collection from a day on; return the Monday of its week."""
        return self._take("collection", earliest, self.capacity.collections_per_week, 1)

    def manufacture(self, earliest: dt.date) -> dt.date:
        """Take the next start of manufacture from a day on; return the Monday of the week in which it is released."""
        start = self._take("manufacture", earliest, self.capacity.manufacturing_starts_per_week, 1)
        return start + dt.timedelta(weeks=self.capacity.manufacturing_weeks + self.capacity.release_weeks)

    def bed(self, earliest: dt.date) -> dt.date:
        """Take the next bed for the whole stay from a day on; return the Monday of admission."""
        return self._take("bed", earliest, self.capacity.beds, self.capacity.bed_weeks)

    def stays(self, admitted: dt.date, until: dt.date) -> None:
        """Take the bed of somebody who is in the house: for the whole stay, and in any case up to a day."""
        for week in weeks_in_house(self.capacity, admitted, until):
            self._taken["bed", week] += 1

    def _take(self, stage: Stage, earliest: dt.date, slots: int, weeks: int) -> dt.date:
        begin = max(monday(earliest), self.first)
        week = next(one for one in _weeks_from(begin) if self._is_free(stage, one, slots, weeks))
        for count in range(weeks):
            self._taken[stage, week + dt.timedelta(weeks=count)] += 1
        return week

    def _is_free(self, stage: Stage, week: dt.date, slots: int, weeks: int) -> bool:
        if week in self._closed:
            return False
        return all(self._taken[stage, week + dt.timedelta(weeks=count)] < slots for count in range(weeks))


def weeks_in_house(capacity: ProgrammeCapacity, admitted: dt.date, until: dt.date) -> tuple[dt.date, ...]:
    """Return the Mondays of the weeks in which somebody who was admitted on a day has a bed, at least up to a day."""
    first = monday(admitted)
    last = max(first + dt.timedelta(weeks=capacity.bed_weeks - 1), monday(until))
    return tuple(first + dt.timedelta(weeks=count) for count in range((last - first).days // 7 + 1))


def monday(day: dt.date) -> dt.date:
    """Return the Monday of a day's week."""
    return day - dt.timedelta(days=day.weekday())


def _weeks_from(begin: dt.date) -> Iterator[dt.date]:
    return (begin + dt.timedelta(weeks=count) for count in range(MOST_WEEKS))

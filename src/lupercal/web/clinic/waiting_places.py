"""Slots of the weeks to come: how many there are by programme, and how many the waiting list takes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from lupercal.registry.capacity import Capacity, monday, read_capacity
from lupercal.registry.waiting import Waiting

WEEKS = 10
FILE = "capacity.yaml"


@final
@dataclass(frozen=True, slots=True)
class ProgrammeWeek:
    """One week of one programme: collections and admissions that the waiting list takes, and how many there can be."""

    programme: str
    week: dt.date
    collections: int
    collections_of: int
    admissions: int
    beds: int
    closed: bool


def read_clinic_capacity(folder: Path) -> tuple[Capacity, bool]:
    """Return the capacity of the clinic and whether it is its own: ``capacity.yaml`` in its folder, else an example.

    Raises
    ------
    InputError
        If the clinic's file cannot be used.
    """
    own = folder / FILE
    return (read_capacity(own), True) if own.is_file() else (read_capacity(), False)


def free_weeks(waiting: Iterable[Waiting], capacity: Capacity, today: dt.date) -> tuple[ProgrammeWeek, ...]:
    """Return the weeks to come of every programme for which somebody waits."""
    some = tuple(one for one in waiting if one.programme)
    collections = Counter((one.programme, one.collection) for one in some)
    admissions = Counter((one.programme, one.infusion) for one in some)
    first = monday(today)
    weeks = [first + dt.timedelta(weeks=count) for count in range(WEEKS)]
    return tuple(
        ProgrammeWeek(
            name, week, collections[name, week], known.collections_per_week, admissions[name, week], known.beds,
            week in {monday(day) for day in known.closed_weeks},
        )
        for name in dict.fromkeys(one.programme for one in some)
        if (known := capacity.of(name)) is not None
        for week in weeks
    )  # fmt: skip

"""Slots of the weeks to come: how many there are by programme, and how many the waiting list takes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from lupercal.programmes.registry import programmes
from lupercal.registry.capacity import Capacity, monday, read_capacity, weeks_in_house
from lupercal.registry.waiting import InHouse, Waiting
from lupercal.therapy.registry import product, regimen

WEEKS = 10
FILE = "capacity.yaml"


@final
@dataclass(frozen=True, slots=True)
class ProgrammeWeek:
    """One week of one programme: what the waiting list takes, and how many there can be.

    ``collections_of`` is 0 where the therapy needs no collection; ``taken`` are the beds of all who are in the house.
    """

    programme: str
    week: dt.date
    collections: int
    collections_of: int
    admissions: int
    taken: int
    beds: int
    closed: bool


def read_clinic_capacity(folder: Path) -> tuple[Capacity, bool]:
    """Return the capacity of the clinic and whether it is its own: ``capacity.yaml`` in its folder, else an example.

    Raises
    ------
    InputError
        If the clinic's file cannot be used.
    """
    of_clinic = folder / FILE
    return (read_capacity(of_clinic), True) if of_clinic.is_file() else (read_capacity(), False)


def free_weeks(
    waiting: Iterable[Waiting], house: Iterable[InHouse], capacity: Capacity, today: dt.date
) -> tuple[ProgrammeWeek, ...]:
    """Return the weeks to come of every programme for which somebody waits; ``house`` has its beds already."""
    some, there = tuple(one for one in waiting if one.programme), tuple(house)
    collections = Counter((one.programme, one.collection) for one in some)
    admissions = Counter((one.programme, one.infusion) for one in some if one.state != "prepared")
    first = monday(today)
    weeks = [first + dt.timedelta(weeks=count) for count in range(WEEKS)]
    programme_weeks: list[ProgrammeWeek] = []
    for name in dict.fromkeys(one.programme for one in some):
        limits = capacity.of(name)
        if limits is None:
            continue
        closed = {monday(day) for day in limits.closed_weeks}
        slots = limits.collections_per_week if _collected(name, capacity) else 0
        stays = Counter(
            week
            for one in there if one.programme == name
            for week in weeks_in_house(limits, one.admitted, one.until(today))
        )  # fmt: skip
        for week in weeks:
            taken = stays[week] + sum(
                admissions[name, week - dt.timedelta(weeks=count)] for count in range(limits.bed_weeks)
            )
            load = collections[name, week], slots, admissions[name, week], taken, limits.beds, week in closed
            programme_weeks.append(ProgrammeWeek(name, week, *load))
    return tuple(programme_weeks)


def _collected(programme: str, capacity: Capacity) -> bool:
    """Whether the cells of a programme come from the patient."""
    planned = programmes().get(programme)
    names = regimen(planned.therapy).principal if planned is not None else ()
    return any(product(name).family in capacity.families_collected for name in names)

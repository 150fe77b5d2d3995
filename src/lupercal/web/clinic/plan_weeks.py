"""A plan as a calendar: one row per week, one column per lane."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from lupercal.programmes.plan_items import PlanItem
from lupercal.registry.capacity import monday
from lupercal.web.clinic.data import clinic_data

LANES = ("drugs", "cells", "tests and visits", "stay and watch")


@final
@dataclass(frozen=True, slots=True)
class PlanWeek:
    """A week in which something begins: its Monday, and the items of each lane in the order of `LANES`."""

    monday: dt.date
    lanes: tuple[tuple[PlanItem, ...], ...]


def plan_weeks(items: Iterable[PlanItem]) -> tuple[PlanWeek, ...]:
    """Return the weeks of a dated plan in which something begins; notes are left out."""
    dated = sorted(
        (one for one in items if one.date is not None and not one.note), key=lambda one: (one.day, one.title)
    )
    weeks = dict.fromkeys(monday(one.date) for one in dated if one.date is not None)
    return tuple(PlanWeek(week, tuple(_of_lane(dated, week, lane) for lane in LANES)) for week in weeks)


def _of_lane(items: Iterable[PlanItem], week: dt.date, lane: str) -> tuple[PlanItem, ...]:
    return tuple(one for one in items if one.date is not None and monday(one.date) == week and _lane(one) == lane)


def _lane(one: PlanItem) -> str:
    return clinic_data().lanes.get(one.section, LANES[-1])

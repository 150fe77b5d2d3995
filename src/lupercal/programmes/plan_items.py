"""One line of a plan: what, when, on what basis."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from dataclasses import dataclass
from typing import final

from lupercal.patient.record import Patient
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.programmes.plan_data import Basis, Section


@final
@dataclass(frozen=True, slots=True)
class PlannedTest:
    """A test of a visit with the basis on which it is there; ``id`` is a key of ``common/tests.yaml``."""

    id: str
    name: str
    basis: Basis
    source: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """One line of a plan.

    Parameters
    ----------
    day, last_day
        First and last day (both included), counted from day 0, the first infusion. For calendar months without a date
        of day 0 they are nominal (30.4375 days each).
    date, last_date
        The same as dates; None without a date of day 0.
    time, minutes
        Local time (``HH:MM``) and duration of an infusion; empty and None for what takes the day.
    basis, source, where
        Whether the clinic's page, a publication or the project says it; key of the source and place in it.
    window_days
        A visit may lie so many days before or after its day.
    note
        Whether it says how something is decided rather than that something happens; notes are not in the calendar.
    dose
        Position in ``Plan.expansion.doses``; None for what is not a dose.
    """

    id: str
    section: Section
    title: str
    day: int
    last_day: int
    basis: Basis
    source: str
    detail: str = ""
    where: str = ""
    month: int | None = None
    date: dt.date | None = None
    last_date: dt.date | None = None
    time: str = ""
    minutes: int | None = None
    tests: tuple[PlannedTest, ...] = ()
    window_days: int = 0
    flags: tuple[str, ...] = ()
    note: bool = False
    dose: int | None = None


GIVING: frozenset[Section] = frozenset({"washout", "collection", "conditioning", "cells", "drugs"})
"""Sections of a plan that say what is given or stopped for the therapy; a stop takes them out."""


def belongs_to_giving(item: PlanItem) -> bool:
    """Return whether a line says what is given or stopped for the therapy; a stop takes it out."""
    return item.dose is not None or (item.section in GIVING and not item.note)


def months_after(start: dt.date, months: int) -> dt.date:
    """Return the same day so many calendar months later, or the month's last day where it is shorter.

    One month after 31 January is 28 or 29 February; twelve months after 29 February is 28 February.
    """
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return dt.date(year, month, min(start.day, monthrange(year, month)[1]))


def day_of_month(start: dt.date | None, base: int, months: int) -> int:
    """Return the day, counted from day 0, that lies ``months`` calendar months after day ``base``.

    Parameters
    ----------
    start
        Date of day 0; without it months are nominal (30.4375 days).
    base
        Day the months are counted from.
    """
    if start is None:
        return base + round(months * DAYS_PER_MONTH)
    return (months_after(start + dt.timedelta(days=base), months) - start).days


def other_day_zero(patient: Patient, zero: dt.date | None) -> tuple[str, ...]:
    """Say so where a plan's day 0 is not the date, or has no date, that the record gives for its own day 0."""
    recorded = patient.reference_date
    if recorded is None or (zero is not None and recorded == zero.isoformat()):
        return ()
    if zero is None:
        return (f"The record gives {recorded} as the date of day 0; --start {recorded} plans by it.",)
    return (
        f"Day 0 of the plan is {zero}, day 0 of the record {recorded}: age, doses and sizes are those of the record.",
    )

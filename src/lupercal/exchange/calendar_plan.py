"""A plan as an iCalendar file: all-day events for visits and windows, timed events for infusions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from lupercal import RESEARCH_USE_ONLY
from lupercal.errors import LupercalError
from lupercal.exchange.calendar_zone import time_zone, zone_of
from lupercal.exchange.revision import Revision
from lupercal.programmes.plan import Plan
from lupercal.programmes.plan_items import PlanItem

if TYPE_CHECKING:
    from icalendar import Calendar, Event


def plan_calendar(plan: Plan, revision: Revision) -> bytes:
    """Return the plan as the bytes of an ``.ics`` file (RFC 5545).

    Every item that is not a note is one event. Its UID depends on patient, programme and item alone, and stamp and
    sequence number are those of the revision, so that a plan moved to other dates replaces the earlier one in a
    calendar. An equal plan of an equal revision gives equal bytes.

    Raises
    ------
    LupercalError
        If the plan has no date of day 0, or safety forbids the therapy and nobody overrides it.
    """
    if plan.blocked:
        raise LupercalError(f"no calendar: {plan.safety.summary}; --override 'NAME: reason' goes on in spite of it")
    if plan.start is None:
        raise LupercalError("a plan without a date of day 0 has no calendar; give one with --start")
    return bytes(_calendar(plan, revision).to_ical(sorted=False))


def uid(plan: Plan, item: PlanItem) -> str:
    """Return the identifier of an item's event; it stays when the plan is moved."""
    return f"{plan.patient}/{plan.programme}/{item.id}@lupercal"


def begins(plan: Plan, item: PlanItem) -> datetime | None:
    """Return the wall time at which an infusion begins, in the plan's zone; None for what takes the day."""
    if item.date is None or not item.time:
        return None
    return datetime.combine(item.date, time.fromisoformat(item.time))


def _calendar(plan: Plan, revision: Revision) -> Calendar:
    from icalendar import Calendar, vText  # noqa: PLC0415 - only for calendars

    document = Calendar()
    for name, value in (
        ("VERSION", "2.0"),
        ("PRODID", "-//Lupercal//plan//EN"),
        ("CALSCALE", "GREGORIAN"),
        ("X-WR-CALNAME", f"{plan.patient}: {plan.programme}"),
        ("X-WR-CALDESC", RESEARCH_USE_ONLY),
    ):
        document.add(name, vText(value))  # a name that the library does not know would otherwise stay unescaped
    timed = [when for item in plan.items if (when := begins(plan, item)) is not None]
    if timed and plan.zone != "UTC":
        document.add_component(time_zone(plan.zone, min(timed), max(timed) + timedelta(days=1)))
    for item in plan.items:
        if not item.note:
            document.add_component(_event(plan, item, revision))
    return document


def _event(plan: Plan, item: PlanItem, revision: Revision) -> Event:
    from icalendar import Event  # noqa: PLC0415 - only for calendars

    event = Event()
    event.add("UID", uid(plan, item))
    event.add("DTSTAMP", revision.stamp)
    event.add("SEQUENCE", revision.sequence)
    begin, end = _span(plan, item)
    event.add("DTSTART", begin)
    event.add("DTEND", end)
    event.add("SUMMARY", _printable(item.title))
    event.add("DESCRIPTION", _printable(_description(plan, item)))
    event.add("CATEGORIES", [item.section])
    event.add("TRANSP", "TRANSPARENT" if item.last_day > item.day else "OPAQUE")
    return event


def _span(plan: Plan, item: PlanItem) -> tuple[date, date]:
    """Return begin and end; the end of an all-day event is the day after it."""
    begin = begins(plan, item)
    if begin is not None:
        begin = begin.replace(tzinfo=UTC if plan.zone == "UTC" else zone_of(plan.zone))
        return begin, begin + timedelta(minutes=item.minutes or 0)
    first = item.date or (plan.date_of(item.day) or date.min)
    return first, (item.last_date or first) + timedelta(days=1)


def _printable(text: str) -> str:
    """Return text without control characters; line breaks stay."""
    return "".join(character for character in text if character.isprintable() or character == "\n")


def _safety(plan: Plan) -> Iterator[str]:
    """Yield what stands before a dose: overrides of a stop, and what is to be clarified first."""
    yield from (f"In spite of {plan.safety.summary}, on {one.text}" for one in plan.overrides if plan.safety.stops)
    if plan.safety.dangers or plan.safety.unsettled:
        yield f"Not before it is clarified: {len(plan.safety.dangers)} dangers, {len(plan.safety.unsettled)} not known"


def _description(plan: Plan, item: PlanItem) -> str:
    tests = ", ".join(f"{test.name} ({test.basis})" for test in item.tests)
    lines = [
        item.detail,
        f"Tests: {tests}" if tests else "",
        *(f"Flagged: {flag}" for flag in item.flags),
        f"Basis: {item.basis}; {plan.sources.get(item.source, item.source)}"
        + (f"; {item.where}" if item.where else ""),
        *(_safety(plan) if item.dose is not None else ()),
        RESEARCH_USE_ONLY,
    ]
    return "\n".join(filter(None, lines))

"""A plan as an iCalendar file: all-day events for visits and windows, timed events for infusions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from lupercal import RESEARCH_USE_ONLY
from lupercal.errors import LupercalError
from lupercal.exchange.calendar_ics import calendar_document, day, escaped, local_time, time_zone
from lupercal.programmes.plan import Plan
from lupercal.programmes.plan_items import PlanItem


def plan_calendar(plan: Plan) -> bytes:
    """Return the plan as the bytes of an ``.ics`` file (RFC 5545).

    Every item that is not a note is one event. Its UID depends on patient, programme and item alone, so that a plan
    moved to other dates replaces the earlier one in a calendar; time stamps are midnight UTC of day 0, so that equal
    plans give equal bytes.

    Raises
    ------
    LupercalError
        If the plan has no date of day 0, or safety forbids the therapy and nobody overrides it.
    """
    if plan.blocked:
        raise LupercalError(f"no calendar: {plan.safety.summary}; --override 'NAME: reason' goes on in spite of it")
    if plan.start is None:
        raise LupercalError("a plan without a date of day 0 has no calendar; give one with --start")
    return calendar_document(_lines(plan))


def uid(plan: Plan, item: PlanItem) -> str:
    """Return the identifier of an item's event; it stays when the plan is moved."""
    return f"{plan.patient}/{plan.programme}/{item.id}@lupercal"


def begins(plan: Plan, item: PlanItem) -> datetime | None:
    """Return the wall time at which an infusion begins, in the plan's zone; None for what takes the day."""
    if item.date is None or not item.time:
        return None
    return datetime.combine(item.date, time.fromisoformat(item.time))


def _lines(plan: Plan) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Lupercal//plan//EN", "CALSCALE:GREGORIAN")
    yield f"X-WR-CALNAME:{escaped(f'{plan.patient}: {plan.programme}')}"
    yield f"X-WR-CALDESC:{escaped(RESEARCH_USE_ONLY)}"
    timed = [when for item in plan.items if (when := begins(plan, item)) is not None]
    if timed and plan.zone != "UTC":
        yield from time_zone(plan.zone, min(timed), max(timed) + timedelta(days=1))
    for item in plan.items:
        if not item.note:
            yield from _event(plan, item)
    yield "END:VCALENDAR"


def _event(plan: Plan, item: PlanItem) -> Iterator[str]:
    yield from ("BEGIN:VEVENT", f"UID:{escaped(uid(plan, item))}", f"DTSTAMP:{plan.start:%Y%m%d}T000000Z")
    yield from _span(plan, item)
    yield f"SUMMARY:{escaped(item.title)}"
    yield f"DESCRIPTION:{escaped(_description(plan, item))}"
    yield f"CATEGORIES:{escaped(item.section)}"
    yield f"TRANSP:{'TRANSPARENT' if item.last_day > item.day else 'OPAQUE'}"
    yield "END:VEVENT"


def _span(plan: Plan, item: PlanItem) -> Iterator[str]:
    """Yield begin and end; the end of an all-day event is the day after it."""
    begin = begins(plan, item)
    if begin is not None:
        yield local_time("DTSTART", begin, plan.zone)
        yield local_time("DTEND", begin + timedelta(minutes=item.minutes or 0), plan.zone)
    elif item.date is not None and item.last_date is not None:
        yield day("DTSTART", item.date)
        yield day("DTEND", item.last_date + timedelta(days=1))


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

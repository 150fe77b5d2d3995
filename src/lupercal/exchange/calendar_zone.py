"""The time zone of a calendar file, with every change of its offset around the events (RFC 5545, VTIMEZONE).

The calendar library writes zones too, but begins summer time an hour late by the wall clock before the change; so the
changes are found here and only written by it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from lupercal.errors import LupercalError

if TYPE_CHECKING:
    from icalendar import Timezone

LOOK_BACK = timedelta(days=400)  # so that the rule in force at the first event is among the observances


class Observance(NamedTuple):
    """From ``onset`` on, in the wall time before it, the offset changes from ``before`` to ``after``."""

    onset: datetime
    before: timedelta
    after: timedelta
    daylight: bool
    name: str


def time_zone(zone: str, first: datetime, last: datetime) -> Timezone:
    """Return the component of a zone.

    Parameters
    ----------
    zone
        IANA name; the offsets are those of the time-zone table.
    first, last
        Wall times of the first and the last event.

    Raises
    ------
    LupercalError
        If the zone is not known to this machine.
    """
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard  # noqa: PLC0415 - only for calendars

    component = Timezone()
    component.add("TZID", zone)
    for change in observances(zone, first, last):
        part = TimezoneDaylight() if change.daylight else TimezoneStandard()
        part.add("DTSTART", change.onset)
        part.add("TZOFFSETFROM", change.before)
        part.add("TZOFFSETTO", change.after)
        part.add("TZNAME", change.name)
        component.add_component(part)
    return component


def observances(zone: str, first: datetime, last: datetime) -> list[Observance]:
    """Return the changes of offset from 400 days before the first to after the last event; at least one."""
    place = zone_of(zone)
    begin, end = first.replace(tzinfo=UTC) - LOOK_BACK, last.replace(tzinfo=UTC) + timedelta(days=2)
    days = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    changes = [_change(place, a, b) for a, b in pairwise(days) if _at(place, a) != _at(place, b)]
    return changes or [_observance(place, begin, begin)]


def zone_of(zone: str) -> ZoneInfo:
    """Return a zone by its IANA name; raise `LupercalError` where this machine does not know it."""
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        fault = f"the time zone {zone} is not known to this machine, so no calendar file can be written"
        raise LupercalError(f"{fault}; pip install tzdata brings the table") from None


def _change(place: ZoneInfo, low: datetime, high: datetime) -> Observance:
    """Find the second at which the offset changes between two instants."""
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        low, high = (middle, high) if _at(place, middle) == _at(place, low) else (low, middle)
    return _observance(place, low, high)


def _observance(place: ZoneInfo, low: datetime, high: datetime) -> Observance:
    before, after = _at(place, low), _at(place, high)
    local = high.astimezone(place)
    onset = (high + before).replace(tzinfo=None)
    return Observance(onset, before, after, bool(local.dst()), local.tzname() or "")


def _at(place: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(place).utcoffset() or timedelta(0)

"""Writing iCalendar (RFC 5545): content lines, escaped text, folding, time zones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lupercal.errors import LupercalError

LONGEST = 75  # octets of a content line (RFC 5545, 3.1)
LOOK_BACK = timedelta(days=400)  # so that the rule in force at the first event is among the observances


class Observance(NamedTuple):
    """From ``onset`` on, in the wall time before it, the offset changes from ``before`` to ``after``."""

    onset: datetime
    before: timedelta
    after: timedelta
    daylight: bool
    name: str


def calendar_document(lines: Iterable[str]) -> bytes:
    """Return content lines as the bytes of a file: UTF-8, folded, every line ended by CRLF."""
    return "".join(f"{part}\r\n" for line in lines for part in folded(line)).encode()


def folded(line: str) -> Iterator[str]:
    """Yield a content line in parts of at most 75 octets; no character is split, continuations begin with a blank."""
    part, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > LONGEST:
            yield part
            part, size = " ", 1
        part, size = part + character, size + octets
    yield part


def escaped(text: str) -> str:
    """Return a TEXT value: backslash, semicolon, comma and line break escaped, control characters left out."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return "".join(character for character in text if character.isprintable())


def day(name: str, when: date) -> str:
    """Return a property whose value is a date."""
    return f"{name};VALUE=DATE:{when:%Y%m%d}"


def local_time(name: str, when: datetime, zone: str) -> str:
    """Return a property whose value is a wall time in a named zone, or in UTC where that is the zone."""
    if zone == "UTC":
        return f"{name}:{when:%Y%m%dT%H%M%S}Z"
    return f"{name};TZID={zone}:{when:%Y%m%dT%H%M%S}"


def time_zone(zone: str, first: datetime, last: datetime) -> Iterator[str]:
    """Yield the VTIMEZONE of a zone with every change of its offset around the span of the events.

    Parameters
    ----------
    zone
        IANA name; the offsets are those of the system's time-zone table.
    first, last
        Wall times of the first and the last event.
    """
    yield from ("BEGIN:VTIMEZONE", f"TZID:{zone}")
    for one in observances(zone, first, last):
        kind = "DAYLIGHT" if one.daylight else "STANDARD"
        yield from (
            f"BEGIN:{kind}",
            f"DTSTART:{one.onset:%Y%m%dT%H%M%S}",
            f"TZOFFSETFROM:{_offset(one.before)}",
            f"TZOFFSETTO:{_offset(one.after)}",
            f"TZNAME:{one.name}",
            f"END:{kind}",
        )
    yield "END:VTIMEZONE"


def observances(zone: str, first: datetime, last: datetime) -> list[Observance]:
    """Return the changes of offset from 400 days before the first to after the last event; at least one."""
    place = _place(zone)
    begin, end = first.replace(tzinfo=UTC) - LOOK_BACK, last.replace(tzinfo=UTC) + timedelta(days=2)
    days = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    found = [_change(place, a, b) for a, b in pairwise(days) if _at(place, a) != _at(place, b)]
    return found or [_observance(place, begin, begin)]


def _place(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        told = f"the time zone {zone} is not known to this machine, so no calendar file can be written"
        raise LupercalError(f"{told}; pip install tzdata brings the table") from None


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


def _offset(offset: timedelta) -> str:
    """Return an offset as hours and minutes, with seconds where local mean time of old has them."""
    size = round(abs(offset.total_seconds()))
    sign = "-" if offset < timedelta(0) else "+"
    return f"{sign}{size // 3600:02d}{size // 60 % 60:02d}" + (f"{size % 60:02d}" if size % 60 else "")

"""FHIR dates: full, partial, with and without time. A partial date is an interval, never a made-up day."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, final

_ZONE = r"Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00"
_DATE = re.compile(rf"(\d{{4}})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?({_ZONE})?)?)?)?", re.ASCII)


@final
@dataclass(frozen=True, slots=True)
class DateInterval:
    """The days on which something may have happened.

    Parameters
    ----------
    low, high
        First and last possible day, in the calendar of the place where it was written down.
    second
        Seconds since 1970 (UTC; as if UTC where no time zone is stated), None without a time of day.
    """

    low: date
    high: date
    second: float | None = None

    @property
    def exact(self) -> bool:
        """Whether the day is known."""
        return self.low == self.high

    def in_words(self) -> str:
        """Return the day, or the first and last possible one."""
        return self.low.isoformat() if self.exact else f"between {self.low.isoformat()} and {self.high.isoformat()}"


@lru_cache(maxsize=65536)
def date_interval(text: str) -> DateInterval | None:
    """Return what a FHIR date, dateTime or instant says; None where it is none or does not exist."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour = match[1], match[2], match[3], match[4]
    try:
        if month is None:
            return DateInterval(date(int(year), 1, 1), date(int(year), 12, 31))
        if day is None:
            low = date(int(year), int(month), 1)
            return DateInterval(low, low.replace(day=monthrange(low.year, low.month)[1]))
        when = date(int(year), int(month), int(day))
        return DateInterval(when, when, None if hour is None else _second(text, match[7]))
    except ValueError:
        return None


def period_interval(period: Any) -> tuple[DateInterval | None, DateInterval | None]:
    """Return start and end of a Period; None where it does not say or is no date."""
    if not isinstance(period, dict):
        return None, None
    ends = (period.get("start"), period.get("end"))
    start, end = (date_interval(one) if isinstance(one, str) else None for one in ends)
    return start, end


def _second(text: str, zone: str | None) -> float:
    plain = text if zone else f"{text}+00:00"
    if plain[16] != ":":  # seconds may be missing where hospitals write by hand
        plain = f"{plain[:16]}:00{plain[16:]}"
    return datetime.fromisoformat(plain.replace(":60", ":59")).timestamp()

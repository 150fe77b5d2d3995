"""Days and dates: day 0 is the reference date, and a file that gives both must not contradict itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import final

from lupercal.errors import InputError

EARLIEST = date(1900, 1, 1)
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@final
@dataclass(frozen=True, slots=True)
class Calendar:
    """Turns dates into days from ``zero`` (None where no date of day 0 is known)."""

    zero: date | None
    today: date
    origin: object

    def place(
        self, day: int | None, text: str | None, field: str, must_be_past: bool, joint: str = "."
    ) -> tuple[int, str | None]:
        """Return day and ISO date of something that gives at least one of the two.

        The file's keys are ``field``, ``joint`` and ``day`` or ``date``.

        Raises
        ------
        InputError
            If both are missing or disagree, the date does not exist or lies in the future, or day 0 has no date.
        """
        if text is None:
            if day is None:
                raise InputError(self.origin, field, "neither day nor date", "a day (0 is the reference day) or a date")
            if self.zero and must_be_past:
                self._past(self.zero, day, f"{field}{joint}day")
            return day, None
        return self._dated(day, text, f"{field}{joint}", must_be_past), text

    def _dated(self, day: int | None, text: str, prefix: str, must_be_past: bool) -> int:
        when = calendar_date(text, self.origin, f"{prefix}date")
        if must_be_past and when > self.today:
            raise InputError(self.origin, f"{prefix}date", text, f"a date up to today, {self.today}")
        if self.zero is None:
            raise InputError(
                self.origin, "reference_date", "no date of day 0", "the date of day 0, as visits carry dates"
            )
        count = (when - self.zero).days
        if day is not None and day != count:
            raise InputError(self.origin, f"{prefix}day", day, f"day {count}, which is {text} counted from {self.zero}")
        return count

    def _past(self, zero: date, day: int, field: str) -> None:
        if day > (self.today - zero).days:
            raise InputError(self.origin, field, day, f"a day up to today, {self.today}")


def calendar_of(
    reference: str | None, placed: Sequence[tuple[int | None, str | None]], origin: object, today: date
) -> Calendar:
    """Return the calendar of a file: day 0 from ``reference``, else from the first visit with both day and date."""
    if reference is not None:
        return Calendar(calendar_date(reference, origin, "reference_date"), today, origin)
    for i, (day, text) in enumerate(placed):
        if day is not None and text is not None:
            when = calendar_date(text, origin, f"visits[{i}].date")
            return Calendar(_shifted(when, -day, origin, f"visits[{i}].day"), today, origin)
    return Calendar(None, today, origin)


def calendar_date(text: str, origin: object, field: str) -> date:
    """Read an ISO date that exists and is not before 1900."""
    try:
        when = date.fromisoformat(text) if _ISO.fullmatch(text) else None
    except ValueError:
        when = None
    if when is None:
        raise InputError(origin, field, text, "a date that exists, as YYYY-MM-DD")
    if when < EARLIEST:
        raise InputError(origin, field, text, f"a date from {EARLIEST} on")
    return when


def _shifted(when: date, days: int, origin: object, field: str) -> date:
    try:
        return when + timedelta(days=days)
    except OverflowError:
        raise InputError(origin, field, -days, "a day within the calendar") from None

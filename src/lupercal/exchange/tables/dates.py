"""Dates as tables write them. One that can be read in two ways is refused until the map says the order."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Literal

from lupercal.exchange.tables.grid import GridCell
from lupercal.exchange.tables.map_file import DateOrder
from lupercal.exchange.tables.words import month_of

FirstDay = Literal["serial-1900", "serial-1904"]
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_THREE = re.compile(r"(\d{1,4})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{1,4})\.?", re.ASCII)
_NAMED = re.compile(r"([0-9]{1,2})[.\s/-]*([^\W\d_]{3,})[.,\s/-]*([0-9]{4}|[0-9]{2})")
_NAMED_FIRST = re.compile(r"([^\W\d_]{3,})[.\s]*([0-9]{1,2})(?:,\s*|\s+)([0-9]{4})")
_TIME = re.compile(
    r"(?:[T\s]+)\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*(?:Z|[+-]\d\d:?\d\d)?$", re.ASCII
)
_SERIAL = re.compile(r"(\d{1,6})(?:\.\d+)?", re.ASCII)
_ORDERS: dict[str, tuple[int, int, int]] = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2), "iso": (0, 1, 2)}
"""Where year, month and day stand."""
_STARTS = {"serial-1900": date(1899, 12, 30), "serial-1904": date(1904, 1, 1)}
_MORE_THAN_A_YEAR = 10000
"""From here on (1927) a bare number is no year or day of a month but may be a count of days."""
_LEAP_SLIP = 60
"""Spreadsheets that count from 1900 hold a 29 February 1900; days up to it are one off."""


class UnreadDateError(ValueError):
    """A text is no date by the rules of its table; its text is the reason."""


class AmbiguousDateError(UnreadDateError):
    """A text can be read as two dates."""


def written_date(
    cell: GridCell, order: DateOrder | None, first_day: FirstDay | None = None, century: int | None = None
) -> date:
    """Read a date.

    Parameters
    ----------
    cell
        What holds it; a date that a workbook stores is taken as it is.
    order
        What the map says of dates; None where it says nothing.
    first_day
        What the workbook counts its days from.
    century
        First of the hundred years that two digits mean.

    Raises
    ------
    AmbiguousDateError
        If it can be read as two dates.
    UnreadDateError
        If it is none.
    """
    if cell.stored == "date":
        return date.fromisoformat(cell.text)
    text = _TIME.sub("", cell.text).strip()
    read = _iso(text) or _with_month_name(text, century)
    if read:
        return read
    serial = _SERIAL.fullmatch(cell.text)
    if serial:
        return _from_serial(int(serial[1]), order, first_day if cell.stored == "number" else None)
    return _numeric(text, order, century)


def _iso(text: str) -> date | None:
    match = _ISO.fullmatch(text)
    return _day(int(match[1]), int(match[2]), int(match[3])) if match else None


def _with_month_name(text: str, century: int | None) -> date | None:
    match = _NAMED.fullmatch(text)
    first = None if match else _NAMED_FIRST.fullmatch(text)
    if first:
        day, word, year = first[2], first[1], first[3]
    elif match:
        day, word, year = match[1], match[2], match[3]
    else:
        return None
    month = month_of(word)
    if month is None:
        raise UnreadDateError(f"no month is called {word}")
    return _day(_year(year, century), month, int(day))


def _from_serial(number: int, order: DateOrder | None, first_day: FirstDay | None) -> date:
    """Return the day of a spreadsheet's count."""
    if order in _ORDERS:
        raise UnreadDateError(f"a bare number, where the map says that dates are {order}")
    if order is None and number < _MORE_THAN_A_YEAR:
        raise UnreadDateError("a bare number, too small for a count of days; a date has day, month and year")
    start = order or first_day
    if start is None:
        ways = " or ".join(f"{_counted(number, name)} ({name})" for name in _STARTS)
        raise AmbiguousDateError(f"a spreadsheet's count of days: {ways}; say under writes.dates of the map which")
    return _counted(number, start)


def _counted(number: int, start: str) -> date:
    slip = 1 if start == "serial-1900" and number < _LEAP_SLIP else 0
    try:
        return _STARTS[start] + timedelta(days=number + slip)
    except OverflowError:
        raise UnreadDateError("a count of days beyond the calendar") from None


def _numeric(text: str, order: DateOrder | None, century: int | None) -> date:
    basic = _BASIC.fullmatch(text)  # as days and months first it would be a year before 1900 or a month beyond 12
    if basic and order in {None, "iso", "ymd"}:
        return _day(int(basic[1]), int(basic[2]), int(basic[3]))
    match = _THREE.fullmatch(text)
    if match is None:
        raise UnreadDateError("no date with day, month and year")
    three = match.groups()
    if order is not None and order in _ORDERS:
        return _ordered(three, order, century)
    if order is not None:
        raise UnreadDateError(f"no count of days, where the map says that dates are {order}")
    return _only_reading(three, century)


def _ordered(parts: tuple[str, ...], order: str, century: int | None) -> date:
    year, month, day = (parts[i] for i in _ORDERS[order])
    if len(month) > 2 or len(day) > 2:
        raise UnreadDateError(f"no date in the order {order}")
    return _day(_year(year, century), int(month), int(day))


def _only_reading(parts: tuple[str, ...], century: int | None) -> date:
    """Return the date if all orders that are possible give the same one."""
    readings: dict[date, str] = {}
    for order in ("ymd", "dmy", "mdy"):
        try:
            readings.setdefault(_ordered(parts, order, century), order)
        except UnreadDateError as error:
            reason = str(error)
    if not readings:
        raise UnreadDateError(reason)
    if len(readings) > 1:
        ways = " or ".join(f"{when} ({order})" for when, order in readings.items())
        raise AmbiguousDateError(f"may be {ways}; say under writes.dates of the map which")
    return next(iter(readings))


def _year(text: str, century: int | None) -> int:
    if len(text) == 4:
        return int(text)
    if len(text) != 2:
        raise UnreadDateError("a year that has neither four nor two digits")
    if century is None:
        raise UnreadDateError("a year of two digits; say under writes.two_digit_years_from of the map what they mean")
    return century + (int(text) - century) % 100


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise UnreadDateError("a date that does not exist") from None

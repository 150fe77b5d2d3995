"""The table before and after: what was seen at each time, beside what the forecast had expected then."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, final

from lupercal.patient.record import Measurement, Patient, Visit
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.patient.unit_words import unit_in_words
from lupercal.patient.variables import variables
from lupercal.programmes.follow_up_bands import Place, place_of
from lupercal.registry.expectations import Expectation
from lupercal.report.shown import page_one_data
from lupercal.report.wording import measured, simulated
from lupercal.web.clinic.course import settled_activity
from lupercal.web.clinic.data import clinic_data

_Seen = tuple[int, Measurement]
Course = Literal["better", "same", "worse", "other", "cannot tell"]


@final
@dataclass(frozen=True, slots=True)
class BeforeAfterCell:
    """One time of one row: the value in words, empty where it is not known; the forecast's band; where it lay."""

    text: str
    expected: str = ""
    place: Place | Literal[""] = ""
    day: int | None = None


@final
@dataclass(frozen=True, slots=True)
class BeforeAfterLine:
    """One row: title, unit, one cell per time; how the last value compares with the first."""

    title: str
    note: str
    cells: tuple[BeforeAfterCell, ...]
    change: str
    course: Course


@final
@dataclass(frozen=True, slots=True)
class _Time:
    """One column: the visits that count for it, the newest last, and the day for which a forecast is asked."""

    visits: tuple[Visit, ...]
    day: float | None


def before_after(
    patient: Patient, expected: Expectation | None = None, activity: Mapping[int, Measurement] | None = None
) -> tuple[tuple[str, ...], tuple[BeforeAfterLine, ...]]:
    """Return column titles and rows: before, then each month with the visit that counts for it.

    ``activity`` is `settled_activity` where the caller has it.
    """
    windows, activity = clinic_data().before_after_windows, activity or settled_activity(patient)
    before = _Time(tuple(one for one in patient.visits if one.day <= 0), None)
    times = [before, *(_time(patient, month, window) for month, window in windows.items())]
    rows = page_one_data()["before_after"]["rows"]
    lines = tuple(_line(row["title"], row["variable"], row.get("note", ""), times, activity, expected) for row in rows)
    return ("Before", *(f"{month} month{'' if month == 1 else 's'}" for month in windows)), lines


def _line(
    title: str, name: str, note: str, times: list[_Time], activity: Mapping[int, Measurement],
    expected: Expectation | None,
) -> BeforeAfterLine:  # fmt: skip
    newest = [_newest(name, one.visits, activity) for one in times]
    unit = variables()[name].unit
    words = variables()[name].label + ("" if unit in {"1", "{score}"} else f", {unit_in_words(unit)}")
    cells = tuple(_cell(name, seen, time, expected) for seen, time in zip(newest, times, strict=True))
    change, course = _change(name, [None if one is None else one[1] for one in newest])
    return BeforeAfterLine(title, f"{words}{'; ' + note if note else ''}", cells, change, course)


def _cell(name: str, seen: _Seen | None, time: _Time, expected: Expectation | None) -> BeforeAfterCell:
    day = seen[0] if seen is not None else time.day
    band = expected.at(name, day) if expected is not None and day is not None and time.day is not None else None
    if band is None:
        return BeforeAfterCell(measured(seen[1])) if seen else BeforeAfterCell("")
    low, middle, high = (simulated(name, value) for value in band)
    forecast_words = f"{low} to {high}, middle {middle}"
    if seen is None:
        return BeforeAfterCell("", forecast_words)
    return BeforeAfterCell(measured(seen[1]), forecast_words, place_of(seen[1], band[0], band[2]), seen[0])


def _newest(
    name: str, visits: tuple[Visit, ...], activity: Mapping[int, Measurement]
) -> tuple[int, Measurement] | None:
    """Return the newest value among some visits with its day."""
    for visit in reversed(visits):
        measured_value = activity.get(visit.day) if name == "sledai_2k" else visit.values.get(name)
        if measured_value is not None:
            return visit.day, measured_value
    return None


def _change(name: str, values: list[Measurement | None]) -> tuple[str, Course]:
    first, later = values[0], [one for one in values[1:] if one is not None]
    if first is None or not later or first.censored or later[-1].censored:
        return "", "cannot tell"
    difference = later[-1].value - first.value
    change_words = "no change" if math.isclose(difference, 0, abs_tol=1e-9) else f"{difference:+.3g}"
    rule = clinic_data().better.get(name)
    if rule is None:
        return change_words, "other"
    if abs(difference) <= rule.same_within * abs(first.value):
        return change_words, "same"
    return change_words, "better" if (difference < 0) == (rule.direction == "lower") else "worse"


def _time(patient: Patient, month: int, window: int) -> _Time:
    day = month * DAYS_PER_MONTH
    near = [one for one in patient.visits if one.day > 0 and abs(one.day - round(day)) <= window]
    nearest = min(near, key=lambda one: abs(one.day - day), default=None)
    return _Time((nearest,) if nearest is not None else (), day)

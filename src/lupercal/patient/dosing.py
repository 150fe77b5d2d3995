"""A treatment as a file writes it becomes a `Treatment`: generic name, dictionary's unit, prednisone equivalents."""

from __future__ import annotations

from collections.abc import Sequence

from lupercal.errors import InputError
from lupercal.evidence.units import UnitError, convert, convertible, parse
from lupercal.patient.calendar import Calendar
from lupercal.patient.drugs import generic_name, prednisone_equivalents, pulse_limit
from lupercal.patient.record import Treatment
from lupercal.patient.schema import MAX_DAY, TreatmentRow
from lupercal.patient.variables import variables


def treatment(
    row: TreatmentRow, days: Calendar, origin: object, field: str, weight_kg: float | None = None
) -> Treatment:
    """Return the treatment a row describes.

    Glucocorticoids become ``prednisone`` (``glucocorticoid_pulse`` from the pulse limit on) with the equivalent amount,
    the original kept in the note. A drug whose dose the data dictionary holds is converted to the dictionary's unit;
    a dose per kilogram by ``weight_kg``.

    Raises
    ------
    InputError
        If the drug is unknown, amount and unit do not fit, the days contradict each other, or a dose per kilogram has
        no weight to go with.
    """
    given = generic_name(row.drug, origin, f"{field}.drug")
    start = _day(row.start_day, row.start_date, days, f"{field}.start")
    stop = _day(row.stop_day, row.stop_date, days, f"{field}.stop")
    _check_course(row, start, stop, origin, field)
    steroid = given in prednisone_equivalents()
    name = "prednisone" if steroid else given
    amount, unit = _amount(row, name, weight_kg, origin, field)
    if amount is not None and steroid:
        amount *= prednisone_equivalents()[given]
        name = "glucocorticoid_pulse" if amount >= pulse_limit() else name
    _check_range(name, amount, row, origin, field)
    return Treatment(name, amount, unit, start, stop, row.status, _note(row, given, name))


def check_courses(rows: Sequence[TreatmentRow], courses: Sequence[Treatment], origin: object) -> None:
    """Refuse two lines of one drug taken at once of which nobody can say whether they add up or one replaced the other.

    Raises
    ------
    InputError
        If a line stands twice, or a later line of the same drug began while the earlier one has no end.
    """
    current = [i for i, one in enumerate(courses) if one.status == "current" or _spans_day_0(one)]
    for j in current:
        for i in current[: current.index(j)]:
            if generic_name(rows[i].drug) == generic_name(rows[j].drug):
                _check_pair(i, j, rows, courses, origin)


def _spans_day_0(course: Treatment) -> bool:
    """Return whether the days of a course say that it is under way, whatever its status."""
    return course.start_day is not None and course.stop_day is not None and course.start_day <= 0 < course.stop_day


def _check_pair(i: int, j: int, rows: Sequence[TreatmentRow], courses: Sequence[Treatment], origin: object) -> None:
    first, other, field = courses[i], courses[j], f"treatments[{j}]"
    written = f"{rows[j].drug} {rows[j].amount:g} {rows[j].unit}" if rows[j].amount is not None else rows[j].drug
    if (first.amount, first.unit, first.start_day, first.stop_day) == (
        other.amount,
        other.unit,
        other.start_day,
        other.stop_day,
    ):
        raise InputError(
            origin, field, f"{written}, as in treatments[{i}]", "each line once; several doses as their sum"
        )
    earlier, later = sorted((first, other), key=_start)
    both_begun = first.start_day is not None and other.start_day is not None and first.start_day != other.start_day
    apart = earlier.stop_day is not None and earlier.stop_day <= _start(later)
    if both_begun and not apart and _start(later) <= 0:
        expected = (
            f"a stop_day of the earlier line (treatments[{i}]) if this dose replaced it, or one line with the sum"
        )
        raise InputError(origin, field, f"a second current line of {written}", expected)


def _start(course: Treatment) -> float:
    return float("-inf") if course.start_day is None else course.start_day


def _note(row: TreatmentRow, given: str, name: str) -> str:
    """Return the note, preceded by the drug as written where the record holds it under another name."""
    if given == name:
        return row.note
    written = given if row.amount is None else f"{given} {row.amount:g} {row.unit}"
    return f"given as {written}; {row.note}" if row.note else f"given as {written}"


def _day(day: int | None, text: str | None, days: Calendar, field: str) -> int | None:
    """Return the day something starts or stops; both day and date missing is unknown, not wrong."""
    if text is None:
        return day
    if day is not None:
        raise InputError(days.origin, f"{field}_date", text, "either a day or a date")
    placed = days.place(None, text, field, must_be_past=False, joint="_")[0]
    if placed is not None and abs(placed) > MAX_DAY:
        raise InputError(days.origin, f"{field}_date", text, f"a date within {MAX_DAY} days of day 0")
    return placed


def _check_course(row: TreatmentRow, start: int | None, stop: int | None, origin: object, field: str) -> None:
    if start is not None and stop is not None and stop < start:
        raise InputError(origin, f"{field}.stop_day", stop, f"a day not before the start, day {start}")
    if row.status == "current" and stop is not None and stop < 0:
        raise InputError(origin, f"{field}.status", "current", f"stopped or failed, as it ended on day {stop}")


def _amount(
    row: TreatmentRow, name: str, weight_kg: float | None, origin: object, field: str
) -> tuple[float | None, str | None]:
    """Return amount and unit, in the dictionary's unit where it holds the drug's dose."""
    if (row.amount is None) != (row.unit is None):
        key, fault = ("unit", "no unit") if row.unit is None else ("amount", "no amount")
        raise InputError(origin, f"{field}.{key}", fault, "amount and unit together, or neither")
    if row.amount is None or row.unit is None:
        return None, None
    held = variables().get(name)
    wanted = held.unit if held and held.group == "drug" else row.unit
    try:
        parse(row.unit)
        return convert(row.amount, row.unit, wanted), wanted
    except UnitError:
        per_kg = wanted.replace("/", "/kg/", 1)
        if "kg" not in row.unit or not convertible(row.unit, per_kg):
            raise InputError(origin, f"{field}.unit", row.unit, f"a unit that converts to {wanted}") from None
    if weight_kg is None:
        raise InputError(origin, f"{field}.unit", row.unit, f"{wanted}, or a weight among the values of a visit")
    return convert(row.amount, row.unit, per_kg) * weight_kg, wanted


def _check_range(name: str, amount: float | None, row: TreatmentRow, origin: object, field: str) -> None:
    held = variables().get(name)
    if amount is None or held is None or held.group != "drug" or held.low <= amount <= held.high:
        return
    given = f"{row.amount:g} {row.unit}"
    raise InputError(origin, f"{field}.amount", given, f"{held.low:g} to {held.high:g} {held.unit} of {name}")

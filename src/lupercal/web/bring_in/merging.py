"""Lines of an imported patient beside what is recorded already, and taking in those that were accepted."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, final

from lupercal.errors import LupercalError
from lupercal.patient.document import document_value
from lupercal.patient.read import patient_from
from lupercal.patient.record import Measurement, Patient, Treatment, Visit
from lupercal.registry.opened import Registry
from lupercal.registry.records import RecordedTreatment
from lupercal.report.patient_tables import drug_name
from lupercal.report.wording import label_with_unit, value_words

LineStanding = Literal["new", "same", "differs", "unplaced"]
KEEP, TAKE = "keep", "take"


@final
@dataclass(frozen=True, slots=True)
class ImportLine:
    """One statement of a file: its key in the form, when, what, its value, and how it stands to what is recorded.

    ``recorded`` is the value recorded already; ``unplaced`` lines have no date by which they could be placed.
    """

    key: str
    when: str
    what: str
    value: str
    standing: LineStanding
    recorded: str = ""


@final
@dataclass(frozen=True, slots=True)
class _Placed:
    """A visit of the file with the day that it has in the record (None: it cannot be placed)."""

    visit: Visit
    day: int | None


def import_lines(document: Mapping[str, Any], place: int, recorded: Patient | None) -> tuple[ImportLine, ...]:
    """Return every line of an imported patient; ``recorded`` is who is in the registry already."""
    brought = patient_from(dict(document), "imported file")
    return (*_value_lines(brought, place, recorded), *_treatment_lines(brought, place, recorded))


def chosen_lines(document: Mapping[str, Any], place: int, lines: set[str]) -> Patient:
    """Return an imported patient with only the values and treatments whose lines were accepted."""
    visits = [
        {**visit, "values": {k: v for k, v in visit.get("values", {}).items() if f"{place}.value.{n}.{k}" in lines}}
        for n, visit in enumerate(document.get("visits", ()))
    ]
    for visit in visits:
        visit["attribution"] = {k: v for k, v in visit.get("attribution", {}).items() if k in visit["values"]}
    courses = [one for n, one in enumerate(document.get("treatments", ())) if f"{place}.treatment.{n}" in lines]
    made = {**document, "visits": [one for one in visits if one["values"]], "treatments": courses}
    return patient_from(made, "imported file")


def undecided(lines: tuple[ImportLine, ...], told: Mapping[str, str]) -> tuple[ImportLine, ...]:
    """Return the lines that contradict the record and for which nobody has said yet which counts."""
    return tuple(one for one in lines if one.standing == "differs" and told.get(one.key) not in {KEEP, TAKE})


def merge(
    registry: Registry, patient: str, document: Mapping[str, Any], place: int, accepted: set[str], *, by: str, why: str
) -> int:
    """Take the accepted lines into a patient's record, all or none; return how many statements were written.

    New visits are entered, visits of a day that is recorded are amended with ``why``; what is recorded and was not
    accepted stays.
    """
    brought = patient_from(dict(document), "imported file")
    with registry.writing():
        recorded = registry.patients.whole(patient)
        written = 0
        for n, placed_visit in enumerate(_placed(brought, recorded)):
            values = {
                name: document_value(name, found) for name, found in placed_visit.visit.values.items()
                if f"{place}.value.{n}.{name}" in accepted
            }  # fmt: skip
            if values and placed_visit.day is not None:
                _write_visit(registry, patient, placed_visit, values, by=by, why=why)
                written += len(values)
        for n, course in enumerate(_shifted(brought, recorded)):
            if course is not None and f"{place}.treatment.{n}" in accepted:
                registry.patients.treatments.add(RecordedTreatment(patient=patient, treatment=course), by=by, why=why)
                written += 1
        return written


def _write_visit(
    registry: Registry, patient: str, one: _Placed, values: Mapping[str, Any], *, by: str, why: str
) -> None:
    causes = {name: cause for name, cause in one.visit.attribution.items() if name in values}
    there = next((kept for kept in registry.visits.of_patient(patient) if kept.visit.day == one.day), None)
    if there is not None:
        registry.visits.amend(there, by=by, why=why, values=values, attribution=causes)
        return
    placed: dict[str, Any] = {"date": one.visit.date} if one.visit.date else {"day": one.day}
    registry.visits.enter(patient, by=by, values=values, attribution=causes, label=one.visit.label, why=why, **placed)


def _value_lines(brought: Patient, place: int, recorded: Patient | None) -> Iterator[ImportLine]:
    there = {} if recorded is None else {visit.day: visit for visit in recorded.visits}
    placed = (_Placed(one, one.day) for one in brought.visits) if recorded is None else _placed(brought, recorded)
    for n, placing in enumerate(placed):
        before = there.get(placing.day) if placing.day is not None else None
        for name, measured in placing.visit.values.items():
            recorded_value = None if before is None else before.values.get(name)
            yield ImportLine(
                f"{place}.value.{n}.{name}", placing.visit.date or f"day {placing.visit.day}", label_with_unit(name),
                value_words(name, measured), _standing(placing.day, recorded_value, measured),
                "" if recorded_value is None else value_words(name, recorded_value),
            )  # fmt: skip


def _treatment_lines(brought: Patient, place: int, recorded: Patient | None) -> Iterator[ImportLine]:
    courses = brought.treatments if recorded is None else tuple(_shifted(brought, recorded))
    for n, (course, given) in enumerate(zip(courses, brought.treatments, strict=True)):
        amount = "" if given.amount is None else f"{given.amount:g} {given.unit or ''}".strip()
        shown = ", ".join(part for part in (amount, given.status or "") if part) or "given"
        start = "start not known" if given.start_day is None else f"from day {given.start_day}"
        standing: LineStanding = "unplaced" if course is None else "new"
        if course is not None and recorded is not None and any(_alike(course, one) for one in recorded.treatments):
            standing = "same"
        yield ImportLine(f"{place}.treatment.{n}", start, drug_name(given.drug), shown, standing)


def _standing(day: int | None, recorded_value: Measurement | None, brought_value: Measurement) -> LineStanding:
    if day is None:
        return "unplaced"
    if recorded_value is None:
        return "new"
    alike = recorded_value.comparator == brought_value.comparator and math.isclose(
        recorded_value.value, brought_value.value, rel_tol=1e-6, abs_tol=1e-9
    )
    return "same" if alike else "differs"


def _alike(one: Treatment, other: Treatment) -> bool:
    return replace(one, note="") == replace(other, note="")


def _placed(brought: Patient, recorded: Patient) -> Iterator[_Placed]:
    """Yield the visits of a file on the days of the record: by date, else by day where neither counts by dates."""
    zero = _zero(recorded)
    for visit in brought.visits:
        date = _date_of(visit, _zero(brought))
        if date is not None and zero is not None:
            yield _Placed(replace(visit, date=date.isoformat()), (date - zero).days)
        elif date is None and zero is None:
            yield _Placed(visit, visit.day)
        else:
            yield _Placed(visit, None)


def _shifted(brought: Patient, recorded: Patient) -> Iterator[Treatment | None]:
    """Yield the treatments of a file with the record's days; None where an end cannot be placed."""
    ours, theirs = _zero(recorded), _zero(brought)
    for course in brought.treatments:
        days = (course.start_day, course.stop_day)
        if days == (None, None) or (ours is None and theirs is None):
            yield course
        elif ours is None or theirs is None:
            yield None
        else:
            start, stop = (None if day is None else day + (theirs - ours).days for day in days)
            yield replace(course, start_day=start, stop_day=stop)


def _zero(patient: Patient) -> dt.date | None:
    return None if patient.reference_date is None else dt.date.fromisoformat(patient.reference_date)


def _date_of(visit: Visit, zero: dt.date | None) -> dt.date | None:
    if visit.date is not None:
        return dt.date.fromisoformat(visit.date)
    return None if zero is None else zero + dt.timedelta(days=visit.day)


def refuse_undecided(lines: tuple[ImportLine, ...], told: Mapping[str, str]) -> None:
    """Raise where a contradiction was not answered.

    Raises
    ------
    LupercalError
        Naming the first of them.
    """
    left = undecided(lines, told)
    if left:
        first = left[0]
        raise LupercalError(f"say which value counts: {first.what}, {first.when} ({len(left)} open)")

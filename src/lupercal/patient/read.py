"""Patient files: YAML or JSON in, one `Patient` or one `InputError` out.

The format, in short (``docs/reference/patient-file.md`` has a full example)::

    id: example-1                    # letters, digits, . _ -
    title: text
    sex: female | male
    age_years: 28                    # at day 0
    lupus_type: systemic
    diagnosis_year: 2019
    data_origin: clinical | published | constructed | simulated
    reference_date: 2025-03-01       # the date of day 0; needed only where visits carry dates without days
    sources: [{ref: ..., where: ...}]
    organs_involved: [kidney, skin]
    notes: [text]
    treatments: [{drug: prednisone, amount: 10, unit: mg/d, start_day: -300, status: current, note: text}]
    visits:
      - day: 0                       # or date, or both if they agree
        label: text
        values: {c3: 0.72, creatinine: {value: 71, unit: umol/L}, anti_dsdna: ">5000 IU/mL", rash: false}
        attribution: {rash: sle}
    undated:                         # values whose day is not known: shown, never used as those of a day
      - {variable: c4, value: 0.1, first_date: 2024-11-01, last_date: 2024-11-30}

Only ``id`` is required. What is not stated stays unknown. A bare number is in the data dictionary's unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from lupercal.errors import InputError
from lupercal.files.checked import validated
from lupercal.files.documents import read_document
from lupercal.patient.calendar import Calendar, calendar_date, calendar_of
from lupercal.patient.contradictions import check_person, check_years
from lupercal.patient.dosing import check_courses, treatment
from lupercal.patient.record import CaseCitation, Patient, Treatment, UndatedValue, Visit
from lupercal.patient.schema import PatientFile, TreatmentRow, UndatedRow, VisitRow
from lupercal.patient.values import known_variable, measurement


def read_patient(path: Path | str, today: date | None = None) -> Patient:
    """Read a patient file.

    Parameters
    ----------
    path
        A ``.yaml``, ``.yml`` or ``.json`` file.
    today
        The last date a visit may have; the day of the call where not given.

    Raises
    ------
    InputError
        For the first fault, naming file, field, value and what was expected.
    """
    path = Path(path)
    return patient_from(read_document(path), path, today)


def patient_from(data: Any, origin: object, today: date | None = None) -> Patient:
    """Build a patient from nested plain data, as `read_document` gives; ``origin`` names it in errors."""
    _check_kind(data, origin)
    file = validated(data, PatientFile, origin)
    days = calendar_of(file.reference_date, [(row.day, row.date) for row in file.visits], origin, today or date.today())
    _check_year(file, days, origin)
    visits = _visits(file.visits, days, origin)
    check_person(file, visits, origin)
    check_years(file, days.zero, visits, origin)
    return Patient(
        id=file.id,
        title=file.title,
        sex=file.sex,
        age_years=file.age_years,
        lupus_type=file.lupus_type,
        diagnosis_year=file.diagnosis_year,
        sources=tuple(CaseCitation(row.ref, row.where) for row in file.sources),
        organs_involved=tuple(file.organs_involved),
        treatments=_treatments(file.treatments, visits, days, origin),
        visits=visits,
        notes=tuple(file.notes),
        data_origin=file.data_origin,
        reference_date=None if days.zero is None else days.zero.isoformat(),
        undated=tuple(_undated(row, days, origin, f"undated[{i}]") for i, row in enumerate(file.undated)),
    )


_OTHER_KINDS = {
    "resourceType": "FHIR data",
    "phenotypicFeatures": "a phenopacket",
    "ODM": "an ODM document",
}
"""Keys by which another kind of file is known."""


def _check_kind(data: Any, origin: object) -> None:
    """Refuse what is no patient file at all in words of its own."""
    expected = "a patient file with id and visits (lupercal new-patient writes one)"
    if not isinstance(data, dict):
        shown = "a list" if isinstance(data, list) else "a single text or number"
        raise InputError(origin, "", shown, expected)
    for key, kind in _OTHER_KINDS.items():
        if key in data:
            raise InputError(origin, "", kind, expected)


def _treatments(
    rows: list[TreatmentRow], visits: Sequence[Visit], days: Calendar, origin: object
) -> tuple[Treatment, ...]:
    weights = [one.values["weight"] for one in visits if one.day <= 0 and "weight" in one.values]
    weight = next((one.value for one in reversed(weights) if not one.censored), None)
    courses = tuple(treatment(row, days, origin, f"treatments[{i}]", weight) for i, row in enumerate(rows))
    check_courses(rows, courses, origin)
    return courses


def _visits(rows: list[VisitRow], days: Calendar, origin: object) -> tuple[Visit, ...]:
    visits: dict[int, Visit] = {}
    for i, row in enumerate(rows):
        visit = _visit(row, days, origin, f"visits[{i}]")
        if visit.day in visits:
            stated, key = (row.day, "day") if row.day is not None else (row.date, "date")
            raise InputError(origin, f"visits[{i}].{key}", stated, "each visit on a day of its own")
        visits[visit.day] = visit
    return tuple(visits[day] for day in sorted(visits))


def _visit(row: VisitRow, days: Calendar, origin: object, field: str) -> Visit:
    day, text = days.place(row.day, row.date, field, must_be_past=True)
    values = {}
    for name, raw in row.values.items():
        place = f"{field}.values.{name}"
        values[name] = measurement(known_variable(name, origin, place), raw, origin, place)
    for name in row.attribution:
        if name not in values:
            raise InputError(origin, f"{field}.attribution", name, "the name of a value of the same visit")
    return Visit(day, text, row.label, values, dict(row.attribution))


def _undated(row: UndatedRow, days: Calendar, origin: object, field: str) -> UndatedValue:
    variable = known_variable(row.variable, origin, f"{field}.variable")
    value = measurement(variable, row.value, origin, f"{field}.value")
    first = calendar_date(row.first_date, origin, f"{field}.first_date")
    last = calendar_date(row.last_date, origin, f"{field}.last_date")
    if not first < last <= days.today:
        raise InputError(origin, f"{field}.last_date", row.last_date, f"a date after {first} and up to {days.today}")
    return UndatedValue(row.variable, value, row.first_date, row.last_date)


def _check_year(file: PatientFile, days: Calendar, origin: object) -> None:
    if file.diagnosis_year is not None and file.diagnosis_year > days.today.year:
        raise InputError(origin, "diagnosis_year", file.diagnosis_year, f"a year up to {days.today.year}")

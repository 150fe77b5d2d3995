"""What we wrote ourselves, read back as it was: head, visits, values as given, lines of treatment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from lupercal.errors import InputError
from lupercal.exchange.fhir.dates import DateInterval, date_interval
from lupercal.exchange.fhir.entries import FhirEntry
from lupercal.exchange.fhir.ledger import ImportLedger, OwnVisit
from lupercal.exchange.fhir.own import PREFIX, own_extension, own_extensions
from lupercal.exchange.fhir.wording import shown_text
from lupercal.patient.document import document_value
from lupercal.patient.record import Measurement
from lupercal.patient.values import measurement
from lupercal.patient.variables import variables

_HEAD = {
    "title": "title",
    "age-years": "age_years",
    "lupus-type": "lupus_type",
    "diagnosis-year": "diagnosis_year",
    "data-origin": "data_origin",
    "reference-date": "reference_date",
}
_TREATMENT = {
    "drug": "drug",
    "amount": "amount",
    "unit": "unit",
    "start-day": "start_day",
    "stop-day": "stop_day",
    "status": "status",
    "note": "note",
}
_NO_DAY = date(1900, 1, 1)
"""Stands where a visit has a day and no date; it is never shown."""


def read_own_head(entry: FhirEntry, ledger: ImportLedger) -> None:
    """Read the head of a patient file that was written into a Patient resource."""
    extensions = own_extensions(entry.resource)
    head = {_HEAD[name]: value for name, value in extensions if name in _HEAD and value is not None}
    lists = {
        "sources": [dict(value) for name, value in extensions if name == "source" and isinstance(value, list)],
        "organs_involved": [value for name, value in extensions if name == "organ"],
        "notes": [value for name, value in extensions if name == "note"],
    }
    head |= {name: rows for name, rows in lists.items() if rows}
    if isinstance(head.get("age_years"), int):
        head["age_years"] = float(head["age_years"])
    if head:
        ledger.head["own"] = head
        ledger.tell("used", f"{entry.place}.extension", ", ".join(head), "", "the head of a patient file")


def own_id(entry: FhirEntry | None) -> str:
    """Return the id of a patient file that was written into a Patient resource, empty where there is none."""
    rows = entry.resource.get("identifier") if entry is not None else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("system") == f"{PREFIX}patient" and isinstance(row.get("value"), str):
            return str(row["value"])
    return ""


def read_own_visit(entry: FhirEntry, ledger: ImportLedger) -> bool:
    """Read an Encounter that we wrote for a visit; return False where it is another's."""
    extension = dict(own_extensions(entry.resource))
    day, when, label = extension.get("day"), extension.get("date"), extension.get("label", "")
    if isinstance(day, bool) or not isinstance(day, int) or not isinstance(label, str):
        return False
    stated = when if isinstance(when, str) and date_interval(when) else None
    for name in filter(None, (entry.url, entry.id and f"Encounter/{entry.id}")):
        ledger.visits[name] = OwnVisit(entry.place, day, stated, label)
    shown = stated or f"day {day}"
    ledger.tell(
        "used", entry.place, entry.title, "", f"visit {shown_text(shown)}{': ' if label else ''}{shown_text(label)}"
    )
    return True


def own_place(resource: Mapping[str, Any], ledger: ImportLedger) -> tuple[str, DateInterval] | None:
    """Return the visit of ours that a resource belongs to and its day; None where it belongs to none."""
    encounter = resource.get("encounter")
    name = encounter.get("reference") if isinstance(encounter, dict) else None
    visit = ledger.visits.get(name) if isinstance(name, str) else None
    if visit is None or not isinstance(name, str):
        return None
    stated = date_interval(visit.date) if visit.date else None
    if stated is not None:
        return name, stated
    reference = ledger.head.get("own", {}).get("reference_date")
    zero = date_interval(reference) if isinstance(reference, str) else None
    try:
        when = (zero.low if zero else _NO_DAY) + timedelta(days=visit.day + (0 if zero else 36525))
    except OverflowError:
        return None
    return name, DateInterval(when, when)


def as_given(element: Any, name: str, value: Measurement) -> Measurement:
    """Return a value as its first source gave it, where we kept that and it still reads to the same number."""
    given = own_extension(element, "given") if "extension" in element else None
    if not isinstance(given, str):
        return value
    stored = Measurement(value.value, value.comparator, given)
    try:
        back = measurement(variables()[name], document_value(name, stored), "", "")
    except InputError:
        return value
    return back if back == stored else value


def own_line(resource: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the line of a patient file that we wrote into a treatment; None where it is another's."""
    parts = own_extension(resource, "treatment")
    if not isinstance(parts, list):
        return None
    row = {_TREATMENT[name]: value for name, value in parts if name in _TREATMENT}
    if isinstance(row.get("amount"), int) and not isinstance(row.get("amount"), bool):
        row["amount"] = float(row["amount"])
    return row if isinstance(row.get("drug"), str) else None

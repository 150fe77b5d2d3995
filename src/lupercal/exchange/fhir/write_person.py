"""A patient's head as Patient and Condition."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from lupercal.exchange.fhir.own import PREFIX, address, compound, concept_of, extension, refer_to
from lupercal.patient.record import Patient

TERMS = "http://terminology.hl7.org/CodeSystem/"
SNOMED = "http://snomed.info/sct"
_TYPES = {
    "systemic": ("55464009", "Systemic lupus erythematosus"),
    "discoid": ("200938002", "Discoid lupus erythematosus"),
    "subacute_cutaneous": ("239891002", "Subacute cutaneous lupus erythematosus"),
    "drug_induced": ("80258006", "Drug-induced lupus erythematosus"),
}
"""Types of lupus with a code in the table ``codes/conditions.yaml``."""


def person_address(patient: Patient) -> str:
    """Return the fullUrl of the Patient resource."""
    return address(patient.id, "patient")


def date_of_day(patient: Patient, day: int | None) -> str | None:
    """Return the date of a day, None where day 0 has no date or the day lies outside the calendar."""
    if day is None or patient.reference_date is None:
        return None
    try:
        return (date.fromisoformat(patient.reference_date) + timedelta(days=day)).isoformat()
    except OverflowError:
        return None


def person_resource(patient: Patient) -> dict[str, Any]:
    """Return the Patient resource: id and sex; what FHIR has no element for as extensions. No name is known here."""
    made: dict[str, Any] = {
        "resourceType": "Patient",
        "extension": list(_head(patient)),
        "identifier": [{"system": f"{PREFIX}patient", "value": patient.id}],
    }
    return made | ({"gender": patient.sex} if patient.sex else {})


def _head(patient: Patient) -> Iterator[dict[str, Any]]:
    """Yield the head of the record as extensions."""
    stated = (
        ("title", "String", patient.title),
        ("age-years", "Decimal", patient.age_years),
        ("lupus-type", "Code", patient.lupus_type),
        ("diagnosis-year", "Integer", patient.diagnosis_year),
        ("data-origin", "Code", patient.data_origin),
        ("reference-date", "Date", patient.reference_date),
    )
    yield from (extension(name, kind, value) for name, kind, value in stated if _said(value))
    yield from (extension("organ", "Code", organ) for organ in patient.organs_involved)
    yield from (extension("note", "String", note) for note in patient.notes if note.strip())
    for source in patient.sources:
        where = [extension("where", "String", source.where)] if _said(source.where) else []
        yield compound("source", [extension("ref", "String", source.ref), *where])


def _said(value: Any) -> bool:
    return value is not None and bool(str(value).strip())


def lupus_condition(patient: Patient) -> dict[str, Any] | None:
    """Return the diagnosis as a Condition, None where the type of lupus is not known."""
    if patient.lupus_type is None:
        return None
    code = _TYPES.get(patient.lupus_type)
    our_coding = (f"{PREFIX}lupus-type", patient.lupus_type, "")
    codings = [(SNOMED, *code), our_coding] if code else [our_coding]
    made: dict[str, Any] = {
        "resourceType": "Condition",
        "clinicalStatus": concept_of((f"{TERMS}condition-clinical", "active", "Active")),
        "verificationStatus": concept_of((f"{TERMS}condition-ver-status", "confirmed", "Confirmed")),
        "code": concept_of(*codings),
        "subject": refer_to(person_address(patient)),
    }
    return made | ({"onsetDateTime": str(patient.diagnosis_year)} if patient.diagnosis_year else {})

"""Small FHIR resources, invented for the tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from lupercal.exchange.fhir.read import FhirImport, Settings, fhir_patient
from lupercal.exchange.import_report import ImportItem
from lupercal.patient.record import Treatment

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
RXNORM, ATC = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://www.whocc.no/atc"
UCUM = "http://unitsofmeasure.org"
TERMS = "http://terminology.hl7.org/CodeSystem/"
TODAY = date(2026, 1, 1)
Resource = dict[str, Any]


def coded(system: str, code: str, display: str = "", text: str = "") -> Resource:
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]} | ({"text": text} if text else {})


def person(name: str = "p", /, **more: Any) -> Resource:
    return {"resourceType": "Patient", "id": name, "gender": "female", "birthDate": "1992-04-15"} | more


def quantity(value: Any, unit: str = "", **more: Any) -> Resource:
    return {"value": value} | ({"unit": unit, "system": UCUM, "code": unit} if unit else {}) | more


def observation(
    code: str, value: Any = None, unit: str = "", day: str | None = "2025-03-03", /, **more: Any
) -> Resource:
    made: Resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": coded(LOINC, code),
        "subject": {"reference": "Patient/p"},
    }
    made |= {"effectiveDateTime": day} if day else {}
    made |= {"valueQuantity": quantity(value, unit)} if value is not None else {}
    return {name: one for name, one in (made | more).items() if one is not None}


def condition(
    code: Resource, clinical: str | None = "active", verified: str | None = "confirmed", **more: Any
) -> Resource:
    made: Resource = {"resourceType": "Condition", "code": code, "subject": {"reference": "Patient/p"}}
    made |= {"clinicalStatus": coded(f"{TERMS}condition-clinical", clinical)} if clinical else {}
    made |= {"verificationStatus": coded(f"{TERMS}condition-ver-status", verified)} if verified else {}
    return made | more


def dosage(
    value: float, unit: str = "mg", frequency: int = 1, period: float = 1, of: str = "d", **more: Any
) -> Resource:
    repeat = {"frequency": frequency, "period": period, "periodUnit": of} | more.pop("repeat", {})
    return {"doseAndRate": [{"doseQuantity": quantity(value, unit)}], "timing": {"repeat": repeat}} | more


def statement(code: Resource, *dosages: Resource, status: str = "active", **more: Any) -> Resource:
    made = {
        "resourceType": "MedicationStatement",
        "status": status,
        "medicationCodeableConcept": code,
        "subject": {"reference": "Patient/p"},
    }
    return made | ({"dosage": list(dosages)} if dosages else {}) | more


def request(code: Resource, *dosages: Resource, status: str = "active", **more: Any) -> Resource:
    made = {
        "resourceType": "MedicationRequest",
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": code,
        "subject": {"reference": "Patient/p"},
    }
    return made | ({"dosageInstruction": list(dosages)} if dosages else {}) | more


PREDNISONE = coded(RXNORM, "8640", "prednisone")
SLE = coded(SNOMED, "55464009", "Systemic lupus erythematosus")


def bundle(*resources: Resource, kind: str = "collection", **more: Any) -> Resource:
    rows = []
    for k, resource in enumerate(resources):
        named = resource if "id" in resource else resource | {"id": f"r{k}"}
        rows.append({"fullUrl": f"urn:uuid:00000000-0000-4000-8000-{k:012d}", "resource": named})
    return {"resourceType": "Bundle", "type": kind, "entry": rows} | more


def imported(*resources: Resource, settings: Settings | None = None, **more: Any) -> FhirImport:
    """Return what becomes of a bundle of one person and these resources."""
    whole = bundle(person(), *resources, **more)
    return fhir_patient(whole, "test.json", settings or Settings(today=TODAY))


def value(done: FhirImport, name: str, day: str = "2025-03-03") -> float | None:
    """Return a variable of a day, None where it is unknown."""
    found = [visit.values[name].value for visit in done.patient.visits if visit.date == day and name in visit.values]
    return found[0] if found else None


def item(done: FhirImport, entry: int = 1) -> ImportItem:
    """Return the verdict on an entry of the bundle; the person is entry 0."""
    return next(one for one in done.report.items if one.place == f"Bundle.entry[{entry}].resource")


def treatment(done: FhirImport, drug: str) -> Treatment:
    return next(one for one in done.patient.treatments if one.drug == drug)

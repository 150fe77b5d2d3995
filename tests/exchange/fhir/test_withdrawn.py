"""What was entered in error takes with it what rests on it, and a transaction what it asks to delete."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from lupercal.exchange.fhir.read import FhirImport, Settings, fhir_patient

ABOUT = {"subject": {"reference": "Patient/p"}}
PREDNISONE = {"text": "prednisone"}


def c3(**more: Any) -> dict[str, Any]:
    code = {"coding": [{"system": "http://loinc.org", "code": "4485-9"}]}
    value = {"value": 0.7, "unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"}
    return {"resourceType": "Observation", "id": "c3", "status": "final", "code": code, "valueQuantity": value,
            "effectiveDateTime": "2025-03-03", **ABOUT, **more}  # fmt: skip


def drug(**more: Any) -> dict[str, Any]:
    return {"resourceType": "MedicationStatement", "status": "active", **ABOUT, **more}


def wrong(kind: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": "w", "status": "entered-in-error", **ABOUT, **more}


def imported(*rows: dict[str, Any], kind: str = "collection") -> FhirImport:
    entries = [{"resource": {"resourceType": "Patient", "id": "p"}}, *rows]
    document = {"resourceType": "Bundle", "type": kind, "entry": entries}
    return fhir_patient(document, "b", Settings(today=date(2026, 1, 1)))


@pytest.mark.parametrize(
    ("error", "resting"),
    [
        (wrong("DiagnosticReport", result=[{"reference": "Observation/c3"}]), c3()),
        (wrong("Observation", hasMember=[{"reference": "Observation/c3/_history/2"}]), c3()),
        (wrong("Observation"), c3(derivedFrom=[{"reference": "Observation/w"}])),
        (wrong("Encounter"), c3(encounter={"reference": "Encounter/w/_history/1"})),
        (wrong("ServiceRequest"), c3(basedOn=[{"reference": "ServiceRequest/w"}])),
        (wrong("Medication", code=PREDNISONE), drug(medicationReference={"reference": "Medication/w"})),
        (
            wrong("MedicationRequest"),
            drug(medicationCodeableConcept=PREDNISONE, derivedFrom=[{"reference": "MedicationRequest/w"}]),
        ),
        (
            {"resourceType": "Basic"},
            drug(medicationReference={"reference": "#w"}, contained=[wrong("Medication", code=PREDNISONE)]),
        ),
    ],
)
def test_it_does_not_count_and_is_named(error: dict[str, Any], resting: dict[str, Any]) -> None:
    done = imported({"resource": error}, {"resource": resting})
    assert not done.patient.visits
    assert not done.patient.treatments
    (told,) = [one for one in done.report.items if one.place == "Bundle.entry[2].resource"]
    assert told.verdict in {"left_out", "refused"}
    assert "withdrawn" in told.reason or "in error" in told.reason
    sound = error | {"status": "final", "contained": []}
    again = imported(
        {"resource": sound}, {"resource": {key: value for key, value in resting.items() if key != "contained"}}
    )
    if error["resourceType"] not in {"Medication", "Basic", "MedicationRequest"}:
        assert again.patient.visits


@pytest.mark.parametrize("url", ["Observation/c3", "https://server.example/fhir/Observation/c3", "Observation/c3?x=1"])
def test_a_transaction_deletes_by_its_address(url: str) -> None:
    rows = ({"resource": c3(), "request": {"method": "PUT", "url": "Observation/c3"}},
            {"request": {"method": "DELETE", "url": url}})  # fmt: skip
    done = imported(*rows, kind="transaction")
    assert not done.patient.visits
    assert any("delete" in one.reason for one in done.report.items if one.place == "Bundle.entry[1].resource")
    assert imported(rows[0], kind="transaction").patient.visits

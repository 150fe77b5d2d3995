"""Bundles with anything anywhere: a refusal in one sentence, or a patient that reads back; never a traceback."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from lupercal.errors import InputError
from lupercal.exchange.fhir.read import Settings, fhir_patient
from lupercal.exchange.fhir.write_bundle import fhir_bundle
from lupercal.exchange.import_report import report_text
from lupercal.files.documents import parse_yaml
from lupercal.patient.cases import read_case
from lupercal.patient.document import patient_text
from lupercal.patient.read import patient_from
from tests.exchange.fhir.build import (
    ATC,
    LOINC,
    PREDNISONE,
    SLE,
    bundle,
    coded,
    condition,
    dosage,
    observation,
    person,
    quantity,
    request,
    statement,
)

TODAY = date(2026, 1, 1)
JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    7,
    1e308,
    10**30,
    "",
    "x",
    "2025-13-45",
    "2025-03-03",
    "Patient/q",
    "final",
    "mg",
    [],
    {},
    [[]],
    [None],
    {"a": {}},
    {"reference": 7},
    {"reference": "Patient/p"},
    {"coding": 7},
    {"coding": [7]},
    {"coding": [{"code": 7}]},
    {"value": "7"},
    {"value": 7},
    {"start": 7},
    ["x"],
    [{}],
    "<script>alert(1)</script>",
    "\ud800",
    "\u0000",
    "a" * 5000,
    1e-320,
    -0.0,
)


def whole() -> dict[str, Any]:
    """Return a bundle with something of every kind that is read."""
    pressure = observation(
        "85354-9", component=[{"code": coded(LOINC, "8480-6"), "valueQuantity": quantity(128, "mm[Hg]")}]
    )
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": "Patient/p"},
        "result": [{"reference": "Observation/r1"}],
    }
    given = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medicationCodeableConcept": coded(ATC, "L01FA01"),
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2025-01-01",
        "dosage": {"dose": quantity(1, "g")},
    }
    vaccine = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": coded("http://hl7.org/fhir/sid/cvx", "03"),
        "patient": {"reference": "Patient/p"},
        "occurrenceDateTime": "2025-02-20",
    }
    cells = {
        "resourceType": "Procedure",
        "status": "completed",
        "code": coded("http://snomed.info/sct", "302497006"),
        "subject": {"reference": "Patient/p"},
        "performedDateTime": "2025-02-20",
    }
    taper = request(
        PREDNISONE,
        dosage(20, sequence=1),
        dosage(10, sequence=2),
        contained=[{"resourceType": "Medication", "id": "m"}],
    )
    return bundle(
        person(identifier=[{"system": "urn:mrn", "value": "7"}], link=[{"type": "refer"}]),
        condition(SLE, onsetDateTime="2019"),
        observation(
            "4485-9", 0.85, "g/L", referenceRange=[{"low": quantity(0.9, "g/L"), "high": quantity(1.8, "g/L")}]
        ),
        observation("5048-4", valueRatio={"numerator": {"value": 1}, "denominator": {"value": 320}}),
        pressure,
        report,
        given,
        observation("5196-1", valueCodeableConcept=coded("http://snomed.info/sct", "260385009")),
        vaccine,
        cells,
        taper,
        statement(PREDNISONE, dosage(5, period=2), effectivePeriod={"start": "2024-01-01"}),
        statement(coded(ATC, "L04AX01")),
    )


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every node below the top."""
    for key, inner in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*path, key)
        yield from places(inner, (*path, key))


def spoilt(document: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return a document with one to four nodes replaced, removed, copied or renamed."""
    made = copy.deepcopy(document)
    for _ in range(chance.randint(1, 4)):
        *path, last = chance.choice(list(places(made)))
        parent: Any = made
        for key in path:
            parent = parent[key]
        how = chance.random()
        if how < 0.6:
            parent[last] = copy.deepcopy(chance.choice(JUNK))
        elif how < 0.75:
            del parent[last]
        elif isinstance(parent, list):
            parent.append(copy.deepcopy(parent[last]))
        else:
            parent[
                chance.choice(["modifierExtension", "valueQuantity", "status", "resourceType", "id", "extension"])
            ] = parent[last]
    return made


def check(document: dict[str, Any]) -> bool:
    """Read a document; return whether it was accepted. Whatever is accepted is whole, and its report can be written."""
    try:
        done = fhir_patient(document, "hostile.json", Settings(today=TODAY))
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both ways are right; this is what both must keep
        return False
    assert "<script" not in report_text(done.report)
    text = patient_text(done.patient)
    assert patient_from(parse_yaml(text, "text"), "text", TODAY) == done.patient
    back = fhir_patient(json.loads(json.dumps(fhir_bundle(done.patient))), "back.json", Settings(today=TODAY))
    assert back.patient == done.patient
    return True


@pytest.mark.parametrize("seed", range(30))
def test_anything_anywhere(seed: int) -> None:
    chance = random.Random(seed)
    accepted = sum(check(spoilt(whole(), chance)) for _ in range(10))
    assert accepted > 0


@pytest.mark.parametrize("seed", range(10))
def test_anything_anywhere_in_what_we_wrote(seed: int) -> None:
    chance = random.Random(1000 + seed)
    written = json.loads(json.dumps(fhir_bundle(read_case("ccar-1"))))
    assert sum(check(spoilt(written, chance)) for _ in range(5)) >= 0

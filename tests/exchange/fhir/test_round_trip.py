"""Out and in again changes nothing, and others' validators accept what goes out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.errors import InputError
from lupercal.exchange.fhir.read import Settings, fhir_patient
from lupercal.exchange.fhir.write_bundle import fhir_bundle, fhir_bundle_text
from lupercal.files.documents import parse_yaml
from lupercal.patient.cases import case_names, read_case
from lupercal.patient.document import patient_text
from lupercal.patient.drugs import drug_classes
from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient
from lupercal.patient.variables import Variable, variables
from tests.exchange.fhir.build import (
    PREDNISONE,
    SLE,
    bundle,
    condition,
    dosage,
    imported,
    observation,
    person,
    quantity,
    statement,
)

TODAY = date(2026, 1, 1)


def back(patient: Patient, **more: Any) -> Patient:
    """Return a patient written as a bundle and read again."""
    text = fhir_bundle_text(fhir_bundle(patient, **more))
    return fhir_patient(json.loads(text), "bundle.json", Settings(today=TODAY)).patient


@pytest.mark.parametrize("name", case_names())
def test_shipped_cases_come_back_as_they_were(name: str) -> None:
    patient = read_case(name)
    assert back(patient) == patient
    assert patient_text(back(patient)) == patient_text(patient)


def test_a_case_comes_back_with_scores_beside_it() -> None:
    from lupercal.visits.patient_scores import patient_scores

    patient = read_case("example-nephritis")
    scores = patient_scores(patient)
    written = fhir_bundle(patient, scores)
    coded = [one["resource"]["code"]["coding"][0]["code"] for one in written["entry"] if "method" in one["resource"]]
    assert "sledai_2k" in coded
    assert back(patient, scores=scores) == patient


def test_what_a_hospital_sent_comes_back_from_our_own_bundle() -> None:
    first = imported(
        condition(SLE, onsetDateTime="2019"),
        observation("2890-2", 2400, "mg/g"),
        observation("4485-9", 0.85, "g/L", referenceRange=[{"low": {"value": 90, "unit": "mg/dL"}}]),
        observation("32677-7", valueQuantity=quantity(5, "[IU]/mL", comparator="<")),
        observation("29463-7", 140, "[lb_av]", "2025-01-03"),
        statement(PREDNISONE, dosage(5, period=2)),
    ).patient
    assert back(first) == first
    assert patient_text(back(first)) == patient_text(first)


def raw_value(variable: Variable) -> st.SearchStrategy[Any]:
    """Draw a value as a patient file may write it."""
    if variable.kind == "flag":
        return st.booleans()
    top = min(variable.high, variable.bare_high or variable.high)
    if variable.kind == "score":
        return st.integers(int(variable.low), int(top))
    number = st.floats(max(variable.low, 0.001), top).map(lambda x: float(f"{x:.6g}"))
    bound = st.sampled_from(["<", "<=", ">", ">="])
    stated = st.tuples(bound, number).map(lambda pair: f"{pair[0]}{pair[1]:.6f} {variable.unit}")
    return number.filter(lambda x: variable.low <= x <= top) | stated


NAMES = [name for name in variables() if name not in {"age", "sex_female", "pregnant", "breastfeeding"}]
TEXT = st.text(st.characters(codec="latin-1", categories=("L", "N", "P")), min_size=1, max_size=20)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a patient file that its reader accepts."""
    zero = draw(st.none() | st.dates(date(2015, 1, 1), date(2020, 1, 1)))
    made: dict[str, Any] = {"id": draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True))}
    made |= {"reference_date": zero.isoformat()} if zero else {}
    made["title"] = draw(TEXT)
    made["notes"] = draw(st.lists(TEXT, max_size=2))
    made["sex"] = draw(st.none() | st.sampled_from(["female", "male"]))
    made["age_years"] = draw(st.none() | st.floats(0, 120))
    made["lupus_type"] = draw(st.none() | st.sampled_from(["systemic", "discoid", "overlap"]))
    made["organs_involved"] = draw(st.lists(st.sampled_from(["kidney", "skin", "brain"]), unique=True))
    made["visits"] = [
        draw(visits(day, zero)) for day in draw(st.lists(st.integers(-900, 900), max_size=4, unique=True))
    ]
    made["treatments"] = draw(st.lists(treatments(), max_size=3, unique_by=lambda one: one["drug"]))
    return {name: one for name, one in made.items() if one is not None}


@st.composite
def visits(draw: st.DrawFn, day: int, zero: date | None) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(NAMES), max_size=6, unique=True))
    values = {name: draw(raw_value(variables()[name])) for name in names}
    causes = draw(st.dictionaries(st.sampled_from(names), st.sampled_from(["sle", "other"]))) if names else {}
    dated = zero is not None and draw(st.booleans())
    placed = {"date": (zero + timedelta(days=day)).isoformat()} if dated and zero else {"day": day}
    return placed | {"label": draw(TEXT), "values": values, "attribution": causes}


@st.composite
def treatments(draw: st.DrawFn) -> dict[str, Any]:
    drug = draw(st.sampled_from([name for name in drug_classes() if name not in variables()]))
    start, stop = sorted((draw(st.integers(-900, 0)), draw(st.integers(-900, 900))))
    made = {"drug": drug, "note": draw(TEXT), "status": draw(st.sampled_from(["stopped", "failed", None]))}
    made |= draw(st.sampled_from([{}, {"amount": 2.5, "unit": "mg"}, {"amount": 7.0, "unit": "mg/kg"}]))
    made |= draw(st.sampled_from([{}, {"start_day": start}, {"start_day": start, "stop_day": stop}]))
    return {name: one for name, one in made.items() if one is not None}


@given(documents())
@settings(max_examples=20, deadline=None)
def test_any_patient_comes_back_as_it_was(document: dict[str, Any]) -> None:
    try:
        patient = patient_from(document, "drawn", TODAY)
    except InputError:  # two drawn statements may contradict each other
        return
    assert back(patient) == patient
    text = patient_text(patient)
    assert patient_from(parse_yaml(text, "text"), "text", TODAY) == patient
    assert patient_text(back(patient)) == text


def r4b_errors(written: dict[str, Any]) -> str:
    """Return what fhir.resources says against a bundle, empty where it says nothing."""
    kind = import_module("fhir.resources.R4B.bundle").Bundle
    try:
        kind.model_validate(json.loads(json.dumps(written)))
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", case_names())
def test_an_independent_reader_accepts_what_goes_out(name: str) -> None:
    pytest.importorskip("fhir.resources", reason="fhir.resources is not installed")
    from lupercal.api.exchange import export_fhir

    assert r4b_errors(export_fhir(name, programmes=("erlangen", "ozek.msc"), start="2025-06-01")) == ""
    assert r4b_errors({"resourceType": "Bundle", "type": "nonsense", "entry": 7}) != ""


@given(documents())
@settings(max_examples=5, deadline=None)
def test_an_independent_reader_accepts_any_patient(document: dict[str, Any]) -> None:
    pytest.importorskip("fhir.resources", reason="fhir.resources is not installed")
    try:
        patient = patient_from(document, "drawn", TODAY)
    except InputError:
        return
    assert r4b_errors(fhir_bundle(patient)) == ""


def test_a_day_0_of_ones_own_is_kept() -> None:
    patient = replace(read_case("example-nephritis"), reference_date="2025-03-03")
    assert back(patient) == patient
    assert any(one["resource"].get("effectiveDateTime") for one in fhir_bundle(patient)["entry"])


def test_a_forged_line_of_ours_is_checked_like_a_file() -> None:
    forged = {
        "url": "urn:lupercal:treatment",
        "extension": [{"url": "urn:lupercal:drug", "valueCode": "<script>alert(1)"}],
    }
    whole = bundle(person(), statement(PREDNISONE, extension=[forged]), observation("777-3", 98, "10*9/L"))
    done = fhir_patient(whole, "x.json", Settings(today=TODAY))
    assert not done.patient.treatments
    assert any(one.verdict == "refused" and "generic name" in one.reason for one in done.report.items)
    assert not any("<script" in one.reason + one.found for one in done.report.items)

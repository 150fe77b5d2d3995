"""Observations: units, bounds, status, dates, panels, limits; what does not count is named with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exchange.fhir.build import (
    LOINC,
    SNOMED,
    Resource,
    coded,
    imported,
    item,
    observation,
    quantity,
    value,
)


@pytest.mark.parametrize(
    ("code", "number", "unit", "name", "expected"),
    [
        ("2890-2", 2400, "mg/g", "upcr", 2.4),
        ("34366-5", 271.5, "mg/mmol", "upcr", 2.4),
        ("2160-0", 71, "umol/L", "creatinine", 0.803),
        ("14682-9", 71, "umol/L", "creatinine", 0.803),
        ("4485-9", 72, "mg/dL", "c3", 0.72),
        ("777-3", 210000, "/uL", "platelets", 210),
        ("718-7", 7.32, "mmol/L", "hemoglobin", 11.796),
        ("5130-0", 180, "U/mL", "anti_dsdna_arbitrary", 180),
        ("5130-0", 180, "[IU]/mL", "anti_dsdna", 180),
        ("16782-5", 30, "[IU]/mL", "anti_dsdna_farr", 30),
        ("29463-7", 140, "[lb_av]", "weight", 63.5),
        ("8310-5", 98.6, "[degF]", "temperature", 37.0),
    ],
)
def test_units_become_those_of_the_dictionary(code: str, number: float, unit: str, name: str, expected: float) -> None:
    assert value(imported(observation(code, number, unit)), name) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"status": "entered-in-error"}, "entered in error"),
        ({"status": "cancelled"}, "cancelled"),
        ({"status": "preliminary"}, "preliminary"),
        ({"status": "registered"}, "not yet measured"),
        ({"status": "unknown"}, "status unknown"),
        ({"status": None}, "no status"),
        ({"status": 7}, "status 7"),
        ({"effectiveDateTime": None}, "no date"),
        ({"effectiveDateTime": None, "issued": "2025-03-03T08:00:00Z"}, "release"),
        ({"effectiveDateTime": "2025-02-30"}, "no date that exists"),
        ({"effectiveDateTime": "2031-01-01"}, "to come"),
        ({"effectiveDateTime": "1850-01-01"}, "1850"),
        ({"effectiveDateTime": "03.03.2025"}, "no date that exists"),
        ({"effectiveInstant": "2025-03-03T08:00:00Z"}, "several dates"),
        ({"subject": {"reference": "Patient/q"}}, "about Patient/q"),
        ({"subject": None}, "whom it is about"),
        ({"subject": {"reference": "Group/p"}}, "about Group/p"),
        ({"focus": [{"reference": "Patient/child"}]}, "focus"),
        ({"modifierExtension": [{"url": "http://x.org/not", "valueBoolean": True}]}, "modifier"),
        ({"implicitRules": "http://x.org/rules"}, "implicit rules"),
        ({"valueQuantity": {"value": 3000}}, "no unit"),
        ({"valueQuantity": quantity(3000, "mg/L")}, "does not convert"),
        ({"valueQuantity": {"value": 3000, "unit": "mg/g", "system": LOINC, "code": "mg/g"}}, "not UCUM"),
        ({"valueQuantity": quantity(3000, "mg/g") | {"unit": "g/g"}}, "neither is taken"),
        ({"valueQuantity": quantity("3000", "mg/g")}, "instead of a number"),
        ({"valueQuantity": quantity(None, "mg/g")}, "no value"),
        ({"valueQuantity": quantity(True, "mg/g")}, "instead of a number"),
        ({"valueQuantity": quantity(1e300, "mg/g")}, "no measurement"),
        ({"valueQuantity": quantity(-3000, "mg/g")}, "expected"),
        ({"valueQuantity": quantity(3, "mg/g", comparator="ad")}, "comparator"),
        ({"valueQuantity": quantity(3, "mg/g", comparator="!=")}, "comparator"),
        ({"valueQuantity": [quantity(3000, "mg/g")]}, "an object"),
        ({"valueQuantity": None, "valueString": "3000 mg/g"}, "text is not read"),
        ({"valueQuantity": None, "valueRange": {"low": quantity(1, "g/g")}}, "a range"),
        ({"valueQuantity": None, "valueRatio": {"numerator": quantity(1), "denominator": quantity(2)}}, "a ratio"),
        ({"valueQuantity": None, "valueInteger": 3000}, "no unit"),
        ({"valueQuantity": None, "valueBoolean": True}, "yes or no"),
        ({"valueQuantity": None}, "no value"),
        ({"valueString": "3000"}, "several values"),
        ({"dataAbsentReason": coded("x", "error", "Error")}, "no value: Error"),
        ({"code": coded(LOINC, "2890-2", "C3 complement")}, "neither is taken"),
        ({"code": {"text": "UPCR"}}, "a text alone"),
        ({"code": {"coding": [{"code": "2890-2"}]}}, "no code of a known system"),
        ({"code": {"coding": [{"system": LOINC, "code": "4485-9"}, {"system": LOINC, "code": "2890-2"}]}}, "the same"),
        ({"code": coded(LOINC, "5347-0", "Anti-dsDNA")}, "no lupus test"),
        ({"code": coded(LOINC, "12277-0")}, "qualitative"),
        ({"code": coded(LOINC, "11013-0")}, "unknown method"),
        ({"code": coded("urn:lupercal:instrument", "sledai_2k")}, "computed"),
    ],
)  # fmt: skip
def test_what_does_not_count_is_named_with_its_reason(changed: Resource, reason: str) -> None:
    done = imported(observation("2890-2", 3000, "mg/g", **changed))
    assert not done.patient.visits
    assert item(done).verdict in {"left_out", "refused"}
    assert reason in item(done).reason


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">="])
def test_bounds_become_censored_values(sign: str) -> None:
    done = imported(observation("32677-7", valueQuantity=quantity(5, "[IU]/mL", comparator=sign)))
    found = done.patient.visits[0].values["anti_dsdna"]
    assert (found.value, found.comparator, found.censored) == (5, sign, True)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"value": 70.7, "unit": "µmol/l"}, "read by text"),
        ({"value": 0.8, "code": "mg/dL"}, "without a system"),
        (quantity(0.8, "mg/dL", comparator="="), "none of FHIR"),
    ],
)
def test_what_is_oddly_written_is_used_with_a_warning(written: Resource, told: str) -> None:
    done = imported(observation("2160-0", valueQuantity=written))
    assert value(done, "creatinine") == pytest.approx(0.8, abs=0.001)
    assert item(done).verdict == "warned"
    assert told in item(done).reason


def test_a_method_of_another_family_of_assays_keeps_the_value_out() -> None:
    done = imported(observation("33800-4", 60, "[IU]/mL", method={"text": "Farr radioimmunoassay"}))
    assert not done.patient.visits
    assert "anti_dsdna_farr" in item(done).reason


def test_a_titre_is_read_as_a_ratio_or_a_number() -> None:
    ratio = {"numerator": {"value": 1}, "denominator": {"value": 320}}
    assert value(imported(observation("5048-4", valueRatio=ratio)), "ana_titer") == 320
    assert value(imported(observation("34187-5", 160, "{titer}")), "anti_dsdna_crithidia") == 160
    assert value(imported(observation("5048-4", valueRatio=ratio | {"numerator": {"value": 2}})), "ana_titer") is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("260373001", 1.0), ("10828004", 1.0), ("260385009", 0.0), ("82334004", None), ("84387000", None)],
)
def test_coded_answers_are_yes_no_or_unknown(answer: str, expected: float | None) -> None:
    done = imported(observation("5196-1", valueCodeableConcept=coded(SNOMED, answer)))
    assert value(done, "hepatitis_b") == expected


def test_components_members_and_limits() -> None:
    pressure = observation("85354-9", component=[
        {"code": coded(LOINC, "8480-6"), "valueQuantity": quantity(128, "mm[Hg]")},
        {"code": coded(LOINC, "8462-4"), "dataAbsentReason": coded("x", "unknown")},
        {"code": coded(LOINC, "8462-4"), "valueQuantity": quantity(79, "mm[Hg]"), "modifierExtension": [{"url": "u"}]},
    ])  # fmt: skip
    c3 = observation("4485-9", 0.85, "g/L", referenceRange=[{"low": {"value": 90, "unit": "mg/dL"}}])
    c4 = observation("4498-2", 0.12, "g/L", referenceRange=[{"text": "0.10 - 0.40"}])
    dna = observation("32677-7", 40, "[IU]/mL", referenceRange=[{"high": {"value": 30}}])
    two = observation(
        "777-3", 98, "10*9/L", referenceRange=[{"low": quantity(150, "10*9/L")}, {"low": quantity(1, "/uL")}]
    )
    panel = observation("58410-2", hasMember=[{"reference": "Observation/r1"}])
    done = imported(pressure, c3, c4, dna, two, panel)
    assert value(done, "systolic_pressure") == 128
    assert value(done, "diastolic_pressure") is None
    assert value(done, "c3_lln") == pytest.approx(0.9)
    assert value(done, "anti_dsdna_uln") == 30
    assert value(done, "c4_lln") is None
    assert value(done, "platelets_lln") is None
    assert "group" in item(done, 6).reason


def platelets(number: float, when: str, **more: Any) -> Resource:
    return observation("777-3", number, "10*9/L", when, **more)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([platelets(98, "2025-03-03T08:00:00Z"), platelets(110, "2025-03-03T16:00:00Z")], 110),
        ([platelets(110, "2025-03-03T16:00:00Z"), platelets(98, "2025-03-03T08:00:00Z")], 110),
        ([platelets(98, "2025-03-03"), platelets(98, "2025-03-03")], 98),
        ([platelets(98, "2025-03-03"), platelets(110, "2025-03-03")], None),
        ([platelets(98, "2025-03-03"), platelets(110, "2025-03-03T08:00:00Z")], None),
        ([platelets(98, "2025-03-03"), platelets(110, "2025-03-03", status="corrected")], 110),
        ([platelets(98, "2025-03-03T20:00:00Z"), platelets(110, "2025-03-03T08:00:00Z", status="amended")], 110),
        ([platelets(98, "2025-03-03T09:00:00+02:00"), platelets(110, "2025-03-03T08:00:00Z")], 110),
    ],
)
def test_one_value_a_day_and_a_tie_is_a_conflict(rows: list[Resource], expected: float | None) -> None:
    done = imported(*rows)
    assert value(done, "platelets") == expected
    told = [one for one in done.report.items if one.place.startswith(("Bundle.entry[1]", "Bundle.entry[2]"))]
    assert len(told) == 2
    if expected is None:
        assert all("conflict" in one.reason and "98" in one.reason and "110" in one.reason for one in told)


def test_results_of_a_withdrawn_report_do_not_count() -> None:
    report = {"resourceType": "DiagnosticReport", "status": "entered-in-error", "code": {"text": "x"},
              "subject": {"reference": "Patient/p"}, "result": [{"reference": "Observation/r1"}],
              "conclusion": "Platelets 12"}  # fmt: skip
    done = imported(platelets(98, "2025-03-03"), report)
    assert value(done, "platelets") is None
    assert "withdrawn" in item(done, 1).reason


def test_a_day_is_that_of_the_place_where_it_was_written() -> None:
    assert value(imported(platelets(98, "2025-03-03T23:30:00-05:00")), "platelets", "2025-03-03") == 98

"""A value whose day is not known: an interval that a visit counts where it lies within its window, else kept apart."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.api.exchange import export_fhir
from lupercal.errors import InputError
from lupercal.exchange.fhir.read import FhirImport, Settings, fhir_patient
from lupercal.patient.document import patient_document, patient_text
from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient
from lupercal.rules.record_notes import undated_notes

TODAY = date(2026, 11, 28)


def c3(number: float, **when: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/p"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "4485-9"}]},
        "valueQuantity": {"value": number, "unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"}, **when,
    }  # fmt: skip


def c4(number: float, **when: Any) -> dict[str, Any]:
    return c3(number, **when) | {"code": {"coding": [{"system": "http://loinc.org", "code": "4498-2"}]}}


def imported(*observations: dict[str, Any]) -> FhirImport:
    rows = [{"resource": {"resourceType": "Patient", "id": "p"}}, *({"resource": one} for one in observations)]
    return fhir_patient({"resourceType": "Bundle", "type": "collection", "entry": rows}, "b", Settings(today=TODAY))


VISIT = c4(0.1, effectiveDateTime="2025-03-20")


@pytest.mark.parametrize(
    ("when", "first", "last"),
    [
        ({"effectiveDateTime": "2025-03"}, "2025-03-01", "2025-03-31"),
        ({"effectiveDateTime": "2024"}, "2024-01-01", "2024-12-31"),
        ({"effectiveDateTime": "2026-11"}, "2026-11-01", "2026-11-28"),
        ({"effectivePeriod": {"start": "2025-03-01", "end": "2025-03-21"}}, "2025-03-01", "2025-03-21"),
        ({"effectivePeriod": {"start": "2025-03-21", "end": "2025-03-22"}}, "2025-03-21", "2025-03-22"),
    ],
)
def test_it_is_kept_with_its_interval_and_in_no_visit(when: dict[str, Any], first: str, last: str) -> None:
    done = imported(VISIT, c3(0.7, **when))
    (kept,) = done.patient.undated
    assert (kept.variable, kept.measurement.value, kept.first_date, kept.last_date) == ("c3", 0.7, first, last)
    assert [list(visit.values) for visit in done.patient.visits] == [["c4"]]
    (told,) = [one for one in done.report.items if "undated" in one.became]
    assert told.verdict == "warned"
    assert first in undated_notes(done.patient)[0]


def test_a_visit_counts_it_where_its_window_holds_every_day_of_it() -> None:
    period = {"start": "2025-03-18T08:00:00Z", "end": "2025-03-19T08:00:00Z"}
    done = imported(VISIT, c3(0.7, effectivePeriod=period))
    assert not done.patient.undated
    (visit,) = done.patient.visits
    assert (visit.date, visit.values["c3"].value) == ("2025-03-20", 0.7)
    assert any(one.verdict == "warned" and "within the days" in one.reason for one in done.report.items)


def test_a_value_of_the_day_and_a_rival_interval_are_never_replaced() -> None:
    period = {"start": "2025-03-18", "end": "2025-03-19"}
    own = imported(VISIT, c3(0.9, effectiveDateTime="2025-03-20"), c3(0.7, effectivePeriod=period))
    assert own.patient.visits[0].values["c3"].value == 0.9
    assert len(own.patient.undated) == 1
    two = imported(VISIT, c3(0.9, effectivePeriod=period), c3(0.7, effectivePeriod=period))
    assert "c3" not in two.patient.visits[0].values
    assert len(two.patient.undated) == 2


def test_what_is_to_come_is_refused() -> None:
    done = imported(VISIT, c3(0.7, effectiveDateTime="2027-03"))
    assert not done.patient.undated
    assert any("to come" in one.reason for one in done.report.items if one.verdict == "refused")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("2025-02", "2024", "2025-03", "2019-12")), st.integers(30, 200), st.sampled_from(("", "<"))
        ),
        max_size=4,
    )
)
def test_file_and_bundle_give_it_back(rows: list[tuple[str, int, str]]) -> None:
    made = []
    for when, number, sign in rows:
        one = c3(number / 100, effectiveDateTime=when)
        one["valueQuantity"] |= {"comparator": sign} if sign else {}
        made.append(one)
    first = imported(VISIT, *made).patient
    assert len(first.undated) == len(rows)
    assert patient_from(patient_document(first), "x", TODAY) == first
    again = fhir_patient(json.loads(json.dumps(export_fhir(first, scores=False))), "b", Settings(today=TODAY)).patient
    assert patient_text(again) == patient_text(first)


def test_a_file_may_state_one_within_a_visits_window_and_a_bundle_keeps_it_apart() -> None:
    row = {"variable": "c3", "value": "<0.7 g/L", "first_date": "2025-03-17", "last_date": "2025-03-19"}
    document = {"id": "p", "reference_date": "2025-03-20", "visits": [{"date": "2025-03-20", "values": {"c4": 0.1}}]}
    stated = patient_from(document | {"undated": [row]}, "x", TODAY)
    assert fhir_patient(export_fhir(stated, scores=False), "b", Settings(today=TODAY)).patient == stated


@pytest.mark.parametrize(
    ("change", "field"),
    [({"last_date": "2025-03-01"}, "last_date"), ({"last_date": "2031-01-01"}, "last_date"),
     ({"first_date": "2025-02-30"}, "first_date"), ({"variable": "c9"}, "variable"), ({"value": "much"}, "value")],
)  # fmt: skip
def test_a_faulty_row_is_refused_by_name(change: dict[str, Any], field: str) -> None:
    row = {"variable": "c3", "value": 0.7, "first_date": "2025-03-01", "last_date": "2025-03-31"} | change
    with pytest.raises(InputError, match=field):
        patient_from({"id": "p", "undated": [row]}, "x", TODAY)


def test_nobody_has_one_by_default() -> None:
    assert Patient(id="p").undated == ()

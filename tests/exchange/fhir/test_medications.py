"""Treatments: doses by day, what is no treatment, and orders that may be one."""

from __future__ import annotations

import pytest

from lupercal.exchange.fhir.orders import OrderAnswers
from lupercal.exchange.fhir.read import Settings
from tests.exchange.fhir.build import (
    ATC,
    PREDNISONE,
    RXNORM,
    TODAY,
    Resource,
    coded,
    dosage,
    imported,
    item,
    observation,
    quantity,
    request,
    statement,
    treatment,
)

HCQ = coded(RXNORM, "5521", "hydroxychloroquine")


@pytest.mark.parametrize(
    ("dose", "daily"),
    [
        (dosage(10), 10),
        (dosage(5, period=2), 2.5),
        (dosage(5, frequency=2), 10),
        (dosage(70, period=1, of="wk"), 10),
        (dosage(0.01, "g"), 10),
        (dosage(5) | {"timing": {"code": coded("x", "BID")}}, 10),
        (dosage(5) | {"timing": {"repeat": {"when": ["MORN", "EVE"]}}}, 10),
        (dosage(5) | {"timing": {"repeat": {"timeOfDay": ["08:00:00", "20:00:00"]}}}, 10),
        (dosage(35) | {"timing": {"repeat": {"dayOfWeek": ["mon", "thu"]}}}, 10),
        (dosage(5) | {"asNeededBoolean": True}, None),
        (dosage(5) | {"asNeededCodeableConcept": {"text": "pain"}}, None),
        (dosage(5) | {"timing": {}}, None),
        (dosage(5, repeat={"frequencyMax": 3}), None),
        (dosage(5, repeat={"period": 0}), None),
        (dosage(2, "{tbl}"), None),
        ({"text": "20 mg for 5 days then 15 mg"}, None),
        ({"doseAndRate": [{"doseRange": {"low": quantity(5, "mg"), "high": quantity(10, "mg")}}]}, None),
        (dosage(5) | {"doseAndRate": [{"doseQuantity": quantity(5, "mg", comparator="<")}]}, None),
        (dosage(-5), None),
    ],
)  # fmt: skip
def test_a_dose_is_told_by_day_or_left_open(dose: Resource, daily: float | None) -> None:
    found = treatment(imported(statement(PREDNISONE, dose)), "prednisone")
    assert found.amount == pytest.approx(daily) if daily is not None else found.amount is None


def test_a_taper_is_read_at_its_step_of_day_0() -> None:
    def step(number: int, dose: float, start: str, end: str) -> Resource:
        return dosage(dose, repeat={"boundsPeriod": {"start": start, "end": end}}, sequence=number)

    steps = (step(1, 20, "2025-02-20", "2025-02-28"), step(2, 15, "2025-03-01", "2025-03-31"))
    seen = observation("777-3", 98, "10*9/L")
    assert treatment(imported(request(PREDNISONE, *steps), seen), "prednisone").amount == 15
    undated = (dosage(20, sequence=1), dosage(15, sequence=2))
    assert treatment(imported(request(PREDNISONE, *undated), seen), "prednisone").amount is None


def test_doses_of_one_record_taken_side_by_side_add_up() -> None:
    both = (dosage(10, repeat={"when": ["MORN"]}), dosage(5, repeat={"when": ["EVE"]}))
    assert treatment(imported(statement(PREDNISONE, *both)), "prednisone").amount == 15


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (statement(PREDNISONE, status="entered-in-error"), "entered in error"),
        (statement(PREDNISONE, status="intended"), "intended"),
        (statement(PREDNISONE, status="not-taken"), "not taken"),
        (request(PREDNISONE, status="draft"), "draft"),
        (request(PREDNISONE, status="cancelled"), "cancelled"),
        (request(PREDNISONE, intent="proposal"), "proposal"),
        (request(PREDNISONE, intent="plan"), "plan"),
        (request(PREDNISONE, doNotPerform=True), "not to give"),
        (statement(PREDNISONE, status="nonsense"), "nonsense"),
        (statement(coded(RXNORM, "6851", "mycophenolate mofetil")), "neither is taken"),
        (statement(PREDNISONE, subject={"reference": "Patient/q"}), "about Patient/q"),
        (statement(PREDNISONE, modifierExtension=[{"url": "u"}]), "modifier"),
        (statement({}) | {"medicationReference": {"reference": "Medication/none"}}, "does not say which drug"),
    ],
)  # fmt: skip
def test_what_is_no_treatment_is_named_with_its_reason(record: Resource, reason: str) -> None:
    done = imported(record)
    assert not done.patient.treatments
    assert reason in item(done).reason


def test_names_codes_old_and_new_and_contained_medications() -> None:
    contained = statement({}, contained=[{"resourceType": "Medication", "id": "m", "code": HCQ}])
    del contained["medicationCodeableConcept"]
    contained["medicationReference"] = {"reference": "#m"}
    done = imported(
        statement(coded(ATC, "L04AA26")), statement({"text": "Decortin H"}), contained, statement({"text": "ibuprofen"})
    )
    assert {one.drug for one in done.patient.treatments} == {"belimumab", "prednisone", "hydroxychloroquine"}
    assert "before 2024" in item(done, 1).reason
    assert "prednisolone" in treatment(done, "prednisone").note
    assert "ibuprofen" in done.patient.notes[0]


def test_failure_is_read_from_a_whole_reason_only() -> None:
    done = imported(
        statement(coded(ATC, "L04AX01"), status="stopped", statusReason=[{"text": "Lack of efficacy"}]),
        statement(coded(ATC, "L04AX03"), status="stopped", statusReason=[{"text": "no lack of efficacy"}]),
    )
    assert treatment(done, "azathioprine").status == "failed"
    assert treatment(done, "methotrexate").status == "stopped"


def test_partial_dates_of_treatment_are_kept_in_words() -> None:
    done = imported(statement(HCQ, effectivePeriod={"start": "2023-05"}), observation("777-3", 98, "10*9/L"))
    found = treatment(done, "hydroxychloroquine")
    assert found.start_day is None
    assert "between 2023-05-01 and 2023-05-31" in found.note


def test_distinct_steroids_add_up_and_are_listed() -> None:
    hydrocortisone = coded(ATC, "H02AB09", "hydrocortisone")
    done = imported(statement(PREDNISONE, dosage(10)), statement(hydrocortisone, dosage(20)))
    assert [(one.amount, one.status) for one in done.patient.treatments] == [(10, "current"), (5, "current")]
    told = next(one for one in done.report.items if one.place == "treatments")
    assert "15 mg/d" in told.reason


@pytest.mark.parametrize(
    "pair",
    [
        (statement(PREDNISONE, dosage(10)), request(PREDNISONE, dosage(10))),
        (statement(PREDNISONE, dosage(10)), statement(PREDNISONE, dosage(5))),
        (statement(PREDNISONE, dosage(10)), statement(coded(ATC, "H02AB04"), dosage(8))),
        (statement(HCQ, dosage(200)), request(HCQ, dosage(400), authoredOn="2025-01-01")),
        (statement(PREDNISONE, dosage(10)), request({"text": "Decortin H"})),
    ],
)
def test_what_may_be_one_order_is_asked_and_never_added(pair: tuple[Resource, Resource]) -> None:
    done = imported(*pair)
    assert len(done.patient.treatments) == 2
    assert not done.patient.current_treatments()
    assert all("conflict" in item(done, k).reason and "one order or several?" in item(done, k).reason for k in (1, 2))


def test_a_person_may_answer_what_was_asked() -> None:
    pair = (statement(PREDNISONE, dosage(10)), statement(PREDNISONE, dosage(5)))
    names = frozenset({"MedicationStatement/r1", "MedicationStatement/r2"})
    apart = imported(*pair, settings=Settings(today=TODAY, orders=OrderAnswers((names,))))
    assert [one.amount for one in apart.patient.current_treatments()] == [10, 5]
    same = OrderAnswers((), (("MedicationStatement/r2", "MedicationStatement/r1"),))
    one = imported(*pair, settings=Settings(today=TODAY, orders=same))
    assert [each.amount for each in one.patient.current_treatments()] == [5]


def test_morning_and_evening_orders_are_distinct() -> None:
    pair = (
        statement(PREDNISONE, dosage(10, repeat={"when": ["MORN"]})),
        statement(PREDNISONE, dosage(5, repeat={"when": ["EVE"]})),
    )
    assert [one.amount for one in imported(*pair).patient.current_treatments()] == [10, 5]


def test_a_statement_that_follows_an_order_is_that_order() -> None:
    done = imported(
        request(PREDNISONE, dosage(10)),
        statement(PREDNISONE, dosage(10), basedOn=[{"reference": "MedicationRequest/r1"}]),
    )
    assert [one.amount for one in done.patient.current_treatments()] == [10]
    assert "counted once" in item(done, 1).reason


def test_infusions_are_gathered_and_cells_set_day_0() -> None:
    def given(code: Resource, day: str) -> Resource:
        return {"resourceType": "MedicationAdministration", "status": "completed", "medicationCodeableConcept": code,
                "subject": {"reference": "Patient/p"}, "effectiveDateTime": day,
                "dosage": {"dose": quantity(1000, "mg")}}  # fmt: skip

    rituximab = coded(ATC, "L01FA01")
    cells = given(coded(ATC, "L01XL04"), "2025-06-01")
    done = imported(given(rituximab, "2025-01-01"), given(rituximab, "2025-01-15"), cells | {"dosage": {}})
    found = treatment(done, "rituximab")
    assert (found.amount, found.unit, found.start_day, found.stop_day) == (1000, "mg", -151, -137)
    assert done.patient.reference_date == "2025-06-01"
    assert treatment(done, "cd19_car_t").start_day == 0


def test_what_is_applied_locally_is_no_systemic_glucocorticoid() -> None:
    def by(code: str) -> Resource:
        return dosage(10, route=coded("http://snomed.info/sct", code))

    assert not imported(statement(PREDNISONE, by("54485002"))).patient.treatments
    assert imported(statement(PREDNISONE, by("26643006"))).patient.treatments


def test_a_medication_is_known_by_its_only_ingredient() -> None:
    medication = {"resourceType": "Medication", "id": "m", "ingredient": [{"itemCodeableConcept": HCQ}]}
    taken = statement({}) | {"medicationReference": {"reference": "Medication/m"}}
    del taken["medicationCodeableConcept"]
    assert treatment(imported(medication, taken), "hydroxychloroquine")

"""Doses add up or are refused; what is passed over is told by name."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.course.background import background_of
from lupercal.errors import InputError
from lupercal.patient.drugs import prednisone_equivalents
from lupercal.patient.read import patient_from
from lupercal.patient.record import Patient
from lupercal.programmes.plan import plan
from lupercal.rules.record_notes import record_notes
from lupercal.therapy.current import drugs_of, person_of


def person(*treatments: dict[str, Any], visits: list[dict[str, Any]] | None = None, **head: Any) -> Patient:
    rows = [{"unit": "mg/d", "status": "current", **one} for one in treatments]
    rows = [one if "amount" in one else {k: v for k, v in one.items() if k != "unit"} for one in rows]
    visits = [{"day": 0, "values": {"c3": 0.7}}] if visits is None else visits
    return patient_from({"id": "p", "treatments": rows, "visits": visits, **head}, "file")


@pytest.mark.parametrize(
    ("lines", "mg"),
    [
        ([("prednisone", 40), ("hydrocortisone", 20)], 45),
        ([("prednisolone", 10), ("methylprednisolone", 8)], 20),
        ([("dexamethasone", 1.5), ("cortisone", 25), ("prednisone", 5)], 20),
        ([("prednisone", 20), ("prednisone", 10)], 30),
    ],
)
def test_glucocorticoids_add_up_as_prednisone(lines: list[tuple[str, float]], mg: float) -> None:
    drugs = drugs_of(person(*({"drug": name, "amount": amount} for name, amount in lines)))
    assert drugs.doses == pytest.approx({"prednisone": mg})
    assert f"Prednisone {mg:g} mg/d is the sum of" in drugs.notes[0]


@given(st.dictionaries(st.sampled_from(sorted(prednisone_equivalents())), st.floats(0.5, 9), min_size=1))
def test_the_order_of_lines_changes_nothing_and_no_line_is_lost(lines: dict[str, float]) -> None:
    rows = [{"drug": name, "amount": amount} for name, amount in lines.items()]
    total = math.fsum(amount * prednisone_equivalents()[name] for name, amount in lines.items())
    first, second = drugs_of(person(*rows)), drugs_of(person(*reversed(rows)))
    assert first.doses["prednisone"] == pytest.approx(total)
    assert second.doses["prednisone"] == pytest.approx(total)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([{"drug": "prednisone", "amount": 40}, {"drug": "prednisone", "amount": 40}], "each line once"),
        (
            [{"drug": "mmf", "amount": 2, "unit": "g/d"}, {"drug": "mycophenolate", "amount": 2, "unit": "g/d"}],
            "each line once",
        ),
        (
            [
                {"drug": "prednisone", "amount": 40, "start_day": -60},
                {"drug": "prednisone", "amount": 10, "start_day": -5},
            ],
            "a stop_day of the earlier line",
        ),
    ],
)
def test_two_lines_that_may_be_one_are_refused(lines: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(InputError, match=words):
        person(*lines)


PLANNED = {"drug": "prednisone", "amount": 10, "start_day": -100, "stop_day": 90, "status": None}


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (PLANNED, PLANNED, "each line once"),
        (PLANNED, PLANNED | {"status": "stopped"}, "each line once"),
        (PLANNED, PLANNED | {"amount": 40, "start_day": -5}, "a stop_day of the earlier line"),
        (PLANNED | {"status": "failed"}, {"drug": "prednisone", "amount": 40, "start_day": -5}, "a stop_day of the"),
    ],
)
def test_lines_that_overlap_by_their_days_are_refused_whatever_their_status(
    first: dict[str, Any], second: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        person(first, second)


def test_courses_that_follow_each_other_are_not_refused() -> None:
    past = PLANNED | {"stop_day": -20}
    assert drugs_of(person(past, past | {"start_day": -20, "stop_day": 90})).doses == {"prednisone": 10}


@pytest.mark.parametrize("status", ["current", "stopped", "failed"])
def test_an_end_after_day_0_is_told(status: str) -> None:
    drugs = drugs_of(person(PLANNED | {"status": status}))
    assert "that it ends on day 90 is not represented" in " ".join(drugs.notes)


def test_daily_doses_do_not_add_up_to_a_pulse() -> None:
    lines = ({"drug": "methylprednisolone", "amount": 125}, {"drug": "prednisone", "amount": 200})
    with pytest.raises(InputError, match="a pulse as one line of its own"):
        drugs_of(person(*lines))


def test_a_pulse_is_not_called_unknown() -> None:
    told = background_of(person({"drug": "methylprednisolone", "amount": 1, "unit": "g/d"})).in_words
    assert (
        "glucocorticoid: glucocorticoid pulse is taken, but no dose of it can be used; drawn from the population"
        in told
    )


def test_a_sum_nobody_takes_is_refused() -> None:
    lines = ({"drug": "hydroxychloroquine", "amount": 800}, {"drug": "hydroxychloroquine", "amount": 700})
    with pytest.raises(InputError, match="1500 mg/d in 2 lines"):
        drugs_of(person(*lines))


@pytest.mark.parametrize(
    ("line", "taken", "word"),
    [
        ({"start_day": 90}, False, "begins on day 90"),
        ({"start_day": 1}, False, "begins on day 1"),
        ({"start_day": 0}, True, ""),
        ({"start_day": -90, "stop_day": 0}, False, "ends on day 0"),
        ({"start_day": -90, "stop_day": 30}, True, ""),
        ({"start_day": -90, "stop_day": 30, "status": "stopped"}, True, ""),
        ({"start_day": -90, "stop_day": -30, "status": "stopped"}, False, ""),
        ({"start_day": -90, "status": "failed"}, False, ""),
    ],
)
def test_only_what_is_taken_on_day_0_is_background(line: dict[str, Any], taken: bool, word: str) -> None:
    found = background_of(person({"drug": "prednisone", "amount": 40, **line}))
    assert ("prednisone" in found.known) == taken
    assert word in " ".join(found.in_words)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"drug": "chloroquine", "amount": 250}, "Chloroquine 250 mg/d"),
        ({"drug": "mycophenolic_acid", "amount": 1440}, "Mycophenolic acid 1440 mg/d"),
        ({"drug": "belimumab", "amount": 200, "unit": "mg/wk"}, "Belimumab 200 mg/wk"),
        ({"drug": "ramipril", "amount": 5}, "Acei or arb 5 mg/d"),
        ({"drug": "hydroxychloroquine"}, "Hydroxychloroquine is taken without a stated dose"),
        ({"drug": "tacrolimus", "amount": 3, "unit": "mg/d", "start_day": 10}, "Tacrolimus 3 mg/d begins on day 10"),
    ],
)
def test_a_drug_without_a_usable_dose_is_told_by_name_everywhere(line: dict[str, Any], told: str) -> None:
    patient = person(line)
    assert told in " ".join(background_of(patient).in_words)
    assert told in " ".join(plan(patient, "erlangen").warnings)
    assert told in " ".join(record_notes(patient))


def test_a_family_that_is_taken_is_not_called_unknown() -> None:
    told = background_of(person({"drug": "chloroquine", "amount": 250})).in_words
    assert "antimalarial: chloroquine is taken, but no dose of it can be used; drawn from the population" in told


@pytest.mark.parametrize(
    ("visits", "dose", "word"),
    [
        ([{"day": 0, "values": {"prednisone": 10}}], 10, "the visit counts"),
        ([{"day": -30, "values": {"prednisone": 10}}, {"day": 0}], 45, "the list counts"),
        ([{"day": 0, "values": {"prednisone": 45}}], 45, "is the sum of"),
    ],
)
def test_a_visit_that_contradicts_the_list_is_told(visits: list[dict[str, Any]], dose: float, word: str) -> None:
    lines = ({"drug": "prednisone", "amount": 40}, {"drug": "hydrocortisone", "amount": 20})
    drugs = drugs_of(person(*lines, visits=visits))
    assert drugs.doses["prednisone"] == dose
    assert word in drugs.notes[-1]


def test_values_of_an_earlier_visit_stand_and_are_told() -> None:
    visits = [{"day": -60, "values": {"weight": 52, "height": 160, "prednisone": 15}}, {"day": 0, "values": {"c3": 1}}]
    patient = person(visits=visits)
    assert (person_of(patient).weight_kg, person_of(patient).height_cm) == (52, 160)
    assert drugs_of(patient).doses == {"prednisone": 15}
    told = " ".join(record_notes(patient))
    for word in ("Body weight 52 kg is that of day -60", "Body height 160 cm", "Prednisone 15 mg/d is that of day -60"):
        assert word in told


@pytest.mark.parametrize(
    ("value", "day", "word"), [("<60", 0, "only as a bound"), (60, 30, "only later"), (60, 1, "only later")]
)
def test_a_weight_that_cannot_be_used_is_told(value: Any, day: int, word: str) -> None:
    patient = person(visits=[{"day": day, "values": {"weight": value}}])
    assert person_of(patient).weight_kg is None
    assert word in " ".join(record_notes(patient))


def test_a_dose_per_kilogram_needs_a_weight_and_uses_it() -> None:
    line = {"drug": "prednisone", "amount": 0.5, "unit": "mg/kg/d"}
    assert drugs_of(person(line, visits=[{"day": -3, "values": {"weight": 60}}])).doses == {"prednisone": 30}
    with pytest.raises(InputError, match="or a weight among the values of a visit"):
        person(line)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"sledai_2k": 0, "arthritis": True, "seizure": True}, "recorded as 0, but its items come to 12 to"),
        ({"sledai_2k": 100, "seizure": False, "psychosis": False}, "recorded as 100, but its items come to 0 to"),
        ({"clinical_sledai": 2, "vasculitis": True}, "recorded as 2, but its items come to 8 to"),
        (
            {"proteinuria": False, "upcr": 1.5},
            "Proteinuria is recorded as absent, but Urine protein-creatinine ratio is",
        ),
        ({"fever": True, "temperature": 36.5}, "Fever is recorded as present, but Body temperature is 36.5 Cel"),
    ],
)
def test_a_total_against_its_items_is_told(values: dict[str, Any], told: str) -> None:
    assert told in " ".join(record_notes(person(visits=[{"day": 0, "values": values}])))


def test_what_agrees_is_not_told() -> None:
    values = {"sledai_2k": 8, "seizure": True, "proteinuria": False, "upcr": 0.1, "prednisone": 10, "weight": 60}
    assert record_notes(person({"drug": "prednisone", "amount": 10}, visits=[{"day": 0, "values": values}])) == ()


@pytest.mark.parametrize(
    ("head", "values", "word"),
    [
        ({"sex": "F"}, {"sex_female": False}, "female, as the head of the file"),
        ({"sex": "male"}, {"sex_female": True}, "male, as the head of the file"),
        ({"age_years": 30}, {"age": 55}, "age_years is 30"),
        ({"sex": "male"}, {"pregnant": True}, "false, as sex is male"),
        (
            {"age_years": 20, "diagnosis_year": 1990, "reference_date": "2025-01-01"},
            {"c3": 1},
            "a year from 2005 on",
        ),
    ],
)
def test_a_person_stated_twice_must_be_one(head: dict[str, Any], values: dict[str, Any], word: str) -> None:
    with pytest.raises(InputError, match=word):
        person(visits=[{"day": 0, "values": values}], **head)

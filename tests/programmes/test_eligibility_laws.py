"""Laws of eligibility: more knowledge never unsettles, order and the calendar do not matter, unknown is never met."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lupercal.errors import InputError
from lupercal.patient.record import Patient
from lupercal.programmes.eligibility import Eligibility, eligibilities, eligibility
from lupercal.programmes.records import Programme
from lupercal.programmes.registry import programmes
from tests.programmes.people import ASKED, built, documents, value_of

PROGRAMMES = tuple(programmes().values())
every_programme = pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda one: one.id)
quick = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def answers(result: Eligibility) -> dict[str, str]:
    return {one.criterion.id: one.answer for one in result.findings}


def known(document: dict[str, Any]) -> set[str]:
    return {name for visit in document.get("visits", []) for name in visit["values"]}


def with_value(document: dict[str, Any], name: str, value: Any, day: int) -> dict[str, Any]:
    visits = [{**v, "values": dict(v["values"])} for v in document["visits"]]
    at = next((visit for visit in visits if visit["day"] == day), None)
    if at is None:
        visits.append({"day": day, "values": {name: value}})
    else:
        at["values"][name] = value
    return {**document, "visits": visits}


def is_one_person(document: dict[str, Any]) -> bool:
    """Return whether a record is read: one that contradicts itself (a pregnant man) is refused."""
    try:
        built(document)
    except InputError:
        return False
    return True


@given(document=documents(), data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_adding_what_was_unknown_never_turns_eligible_into_cannot_tell(
    document: dict[str, Any], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([n for n in ASKED if n not in known(document)] or ASKED))
    more = with_value(document, name, data.draw(value_of(name)), data.draw(st.integers(-200, 40)))
    assume(is_one_person(document) and is_one_person(more))
    pairs = zip(eligibilities(built(document), PROGRAMMES), eligibilities(built(more), PROGRAMMES), strict=True)
    assert not any(one.status == "criteria met" and other.status == "cannot tell yet" for one, other in pairs)


AGREED = (
    "stable_for_treatment",
    "stay_possible",
    "organ_function_sufficient",
    "diagnosis_by_specialist",
    "own_cells_unaffected",
)
EXCLUDED = (
    "pregnant",
    "infection_active",
    "hepatitis_b",
    "hepatitis_c",
    "hiv",
    "malignancy",
    "live_vaccine_4_weeks",
    "prior_gene_modified_cells",
    "active_cns_lupus",
)
FULL: dict[str, Any] = {
    "id": "full",
    "lupus_type": "systemic",
    "sex": "female",
    "age_years": 30,
    "organs_involved": ["kidney", "skin"],
    "visits": [
        {
            "day": 0,
            "values": {
                "sledai_2k": 14,
                "failed_immunosuppressants": 3,
                "lvef": 62,
                "oxygen_saturation": 98,
                "egfr": 90,
                "platelets": 200,
                "neutrophils": 3,
                "lymphocytes": 1.1,
                "hemoglobin": 11,
                **dict.fromkeys(AGREED, True),
                **dict.fromkeys(EXCLUDED, False),
            },
        }
    ],
}


@every_programme
def test_a_full_record_can_meet_every_programme(programme: Programme) -> None:
    assert eligibility(built(FULL), programme).status == "criteria met"


@every_programme
@given(data=st.data())
@quick
def test_more_about_an_eligible_patient_never_unsettles(programme: Programme, data: st.DataObject) -> None:
    document: dict[str, Any] = FULL
    for _ in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from([n for n in ASKED if n not in known(document)] or ["rash"]))
        document = with_value(document, name, data.draw(value_of(name)), data.draw(st.integers(-400, 0)))
    assert eligibility(built(document), programme).status != "cannot tell yet"


@pytest.mark.slow
@given(document=documents(), more=documents())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_telling_more_about_the_person_never_unsettles(document: dict[str, Any], more: dict[str, Any]) -> None:
    told = {**{k: v for k, v in more.items() if k != "visits"}, **{k: v for k, v in document.items() if v}}
    told["treatments"] = [*document["treatments"], *more["treatments"]]
    for base in (document, {**document, "visits": FULL["visits"]}):
        assume(is_one_person({**told, "visits": base["visits"]}) and is_one_person(base))
        after = eligibilities(built({**told, "visits": base["visits"]}), PROGRAMMES)
        pairs = zip(eligibilities(built(base), PROGRAMMES), after, strict=True)
        assert not any(one.status == "criteria met" and other.status == "cannot tell yet" for one, other in pairs)


@every_programme
@given(document=documents(), data=st.data())
@quick
def test_the_order_of_criteria_does_not_matter(
    programme: Programme, document: dict[str, Any], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(programme.criteria))))
    patient = built(document)
    one, other = eligibility(patient, programme), eligibility(patient, programme.reordered(tuple(order)))
    assert (one.status, one.next_tests, answers(one)) == (other.status, other.next_tests, answers(other))


@every_programme
def test_of_an_unknown_patient_nothing_is_met_and_what_counts_so_is_told_apart(programme: Programme) -> None:
    result = eligibility(Patient(id="nobody"), programme)
    assert not result.answered("met")
    assert {one.criterion.id for one in result.findings if one.answer == "counted as met"} == {
        criterion.id for criterion in programme.criteria if criterion.missing == "pass"
    }
    assert all(one.by_default for one in result.answered("counted as met"))
    assert result.safety.verdict == "clarify first"


@every_programme
@given(document=documents())
@quick
def test_what_is_met_rests_on_data_or_on_the_rule(programme: Programme, document: dict[str, Any]) -> None:
    for one in eligibility(built(document), programme).findings:
        assert one.answer == "unknown" or one.data or one.by_default
        assert one.reason


@every_programme
@given(document=documents(), shift=st.integers(-3000, 3000))
@quick
def test_shifting_all_days_changes_nothing(programme: Programme, document: dict[str, Any], shift: int) -> None:
    patient = built(document)
    moved = replace(
        patient,
        age_years=None if patient.age_years is None else patient.age_years - shift / 365.25,
        visits=tuple(replace(visit, day=visit.day + shift) for visit in patient.visits),
        treatments=tuple(
            replace(t, start_day=None if t.start_day is None else t.start_day + shift) for t in patient.treatments
        ),
    )
    assert answers(eligibility(patient, programme, 0)) == answers(eligibility(moved, programme, shift))


@pytest.mark.parametrize("zero", ["2020-02-29", "2024-03-31", "1999-12-31", "2023-10-29"])
def test_the_date_of_day_zero_changes_nothing(zero: str) -> None:
    dated, plain = built({**FULL, "reference_date": zero}), built(FULL)
    assert [answers(one) for one in eligibilities(dated, PROGRAMMES)] == [
        answers(one) for one in eligibilities(plain, PROGRAMMES)
    ]


@every_programme
@given(document=documents())
@quick
def test_the_list_of_tests_is_enough_and_none_is_superfluous(programme: Programme, document: dict[str, Any]) -> None:
    result = eligibility(built(document), programme)
    assert bool(result.next_tests) == (result.status == "cannot tell yet")
    for test in result.next_tests:
        assert {result.finding(name).answer for name in test.criteria} == {"unknown"}
    helped = {name for test in result.next_tests for name in test.criteria}
    unknown = {f.criterion.id for f in result.findings if f.decides and f.answer == "unknown"}
    assert helped == (unknown if result.next_tests else set())
    numbers = [len(test.criteria) for test in result.next_tests]
    assert numbers == sorted(numbers, reverse=True)
    assert len({test.name for test in result.next_tests}) == len(result.next_tests)

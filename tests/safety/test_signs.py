"""A danger stated to be absent against a finding that speaks for it: never clear, in one patient as in a table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.patient.read import patient_from
from lupercal.programmes.plan import plan
from lupercal.rules.evaluate import Evaluator
from lupercal.rules.facts import facts_of
from lupercal.safety.judge import Safety, SafetyFinding, safety_of
from lupercal.safety.records import GRAVITY, SafetySign
from lupercal.safety.screen import VERDICTS, screen_safety
from lupercal.therapy.registry import regimens
from tests.safety.cases import HARMLESS, document

SIGNS: list[tuple[str, dict[str, Any], str]] = [
    ("infection", {"infection": True}, "Infection present on day 0"),
    ("infection", {"infection_admission": True}, "In hospital"),
    ("infection", {"infection_treatment": 3}, "Treatment of the infection"),
    ("oxygen", {"oxygen_flow": 3}, "Oxygen by nasal cannula 3 L/min"),
    ("liver_enzymes", {"alt": 400}, "400 U/L"),
    ("kidney_severe", {"creatinine": "530 umol/L"}, "creatinine"),
    ("kidney_severe", {"end_stage_kidney_disease": True}, "End-stage"),
    ("neutrophils_very_low", {"leukocytes": "<0.4"}, "Leukocytes < 0.4"),
    ("nervous_system", {"seizure": True}, "Seizure"),
    ("macrophage_activation", {"hemophagocytosis": True}, "Hemophagocytosis"),
]
LASTING = {
    "hiv": "hiv", "hepatitis_b": "hepatitis_b_past", "hepatitis_b_core": "hepatitis_b_past", "malignancy": "malignancy",
    "prior_gene_modified_cells": "gene_modified_cells_before", "allergy_to_product": "allergy",
    "live_vaccine_4_weeks": "live_vaccine", "thrombosis_recent": "thrombosis", "active_cns_lupus": "nervous_system",
}  # fmt: skip
"""Findings that do not pass within three weeks, and the danger each speaks for."""
ALL_SIGNS = {"crp": 200, "temperature": 39.5, "fever": True, **{k: v for _, one, _ in SIGNS for k, v in one.items()}}


def car_t(record: dict[str, Any]) -> Safety:
    return safety_of(patient_from(record, "signs"), "cd19_car_t")


def at_days(*visits: tuple[int, dict[str, Any], dict[str, str]]) -> dict[str, Any]:
    rows = [{"day": day, "values": values, "attribution": causes} for day, values, causes in visits]
    return {**document(HARMLESS), "visits": rows}


def is_open_for(found: SafetyFinding, sign: str) -> bool:
    return found.verdict == "clarify first" and found.danger == "not known" and sign in found.text and bool(found.open)


@pytest.mark.parametrize(("rule", "values", "sign"), SIGNS)
def test_a_sign_beside_a_stated_absence_is_never_clear(rule: str, values: dict[str, Any], sign: str) -> None:
    assert car_t(document(HARMLESS)).finding(rule).verdict == "none found"
    assert is_open_for(car_t(document({**HARMLESS, **values})).finding(rule), sign)


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_not_undone_by_a_later_no(name: str) -> None:
    record = at_days((-20, {**HARMLESS, name: True}, {}), (0, HARMLESS, {}))
    found = car_t(record).finding(LASTING[name])
    assert (found.verdict, found.danger) == ("clarify first", "not known")
    assert "on day -20" in found.text


def test_a_finding_put_down_to_infection_is_a_sign_of_infection() -> None:
    values = {**HARMLESS, "temperature": 39.2, "seizure": False}
    assert car_t(at_days((0, values, {"temperature": "infection"}))).finding("infection").verdict == "clarify first"
    assert car_t(at_days((0, values, {"temperature": "sle"}))).finding("infection").verdict == "none found"
    assert car_t(at_days((0, values, {"seizure": "infection"}))).finding("infection").verdict == "none found"


@pytest.mark.parametrize("values", [{"temperature": 39}, {"fever": True}, {"crp": "180 mg/L"}])
def test_fever_or_protein_after_the_last_look_for_infection_opens_it_again(values: dict[str, Any]) -> None:
    assert car_t(at_days((-3, HARMLESS, {}), (0, values, {}))).finding("infection").verdict == "clarify first"
    assert car_t(at_days((-3, values, {}), (0, HARMLESS, {}))).finding("infection").verdict == "none found"


def test_a_recovered_kidney_is_not_held_against_an_older_creatinine() -> None:
    record = at_days((-40, {**HARMLESS, "egfr": 12, "creatinine": 5}, {}), (0, HARMLESS, {}))
    assert car_t(record).finding("kidney_severe").verdict == "none found"


def test_a_current_antibody_counts_from_its_first_day() -> None:
    drug = {"drug": "MabThera", "status": "current", "start_day": 0}
    found = car_t(document(HARMLESS, treatments=[drug])).finding("b_cell_depletion_recent")
    assert (found.verdict, found.danger) == ("clarify first", "present")


@given(st.sets(st.sampled_from(sorted(ALL_SIGNS))), st.sampled_from(sorted(regimens())), st.sampled_from([-3, 0]))
@settings(max_examples=60, deadline=None)
def test_signs_never_open_a_door_and_a_table_is_judged_alike(signs: set[str], therapy: str, day: int) -> None:
    later = {name: ALL_SIGNS[name] for name in signs}
    both, apart = at_days((0, {**HARMLESS, **later}, {})), at_days((min(day, -1), HARMLESS, {}), (0, later, {}))
    patient = patient_from(apart if day else both, "signs")
    alone, column = safety_of(patient, therapy), screen_safety(Evaluator(facts_of(patient)), therapy)
    before = safety_of(patient_from(document(HARMLESS), "signs"), therapy)
    assert GRAVITY[alone.verdict] >= GRAVITY[before.verdict]
    assert [VERDICTS[code] for code in column.codes[:, 0]] == [one.verdict for one in alone.findings]


def test_a_sign_is_a_rule_or_a_cause() -> None:
    with pytest.raises(ValueError, match="not both"):
        SafetySign(rule="fever", attributed="infection")
    with pytest.raises(ValueError, match="not both"):
        SafetySign()


def test_the_record_names_the_sign() -> None:
    patient = patient_from(document({**HARMLESS, "infection": True}), "signs")
    [infection] = [
        one for one in safety_of(patient, "msc_umbilical").record()["clarify first"] if one["id"] == "infection"
    ]
    assert infection["signs"] == ["Infection present on day 0"]


def test_a_plan_tells_of_a_stop_recorded_after_its_day_of_decision() -> None:
    record = at_days((0, HARMLESS, {}), (20, {**HARMLESS, "pregnant": True}, {}))
    made = plan(patient_from(record, "signs"), "erlangen", "2027-01-10")
    assert any("stop on day 20: Pregnancy" in one for one in made.warnings)
    assert not plan(patient_from(document(HARMLESS), "signs"), "erlangen", "2027-01-10").warnings

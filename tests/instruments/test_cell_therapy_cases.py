"""Instruments of a cell-therapy unit by hand: typical, boundary, missing, contradictory."""

from __future__ import annotations

from pathlib import Path

import pytest

from lupercal.errors import InputError
from lupercal.instruments import Status, score
from lupercal.instruments.dose_limiting_toxicity import read_dlt_protocols
from tests.instruments.cases import (
    COMPLETE,
    CONFLICT,
    ERROR,
    MISSING,
    NAN,
    NOT_EVALUABLE,
    PARTIAL,
    Case,
    Visit,
    check,
    same,
)

LABS = {"ldh": 250.0, "creatinine": 0.8, "platelets": 200.0, "crp": 20.0}
EASIX: list[Case] = [
    ("easix", LABS, 1.0, COMPLETE),
    ("easix_simplified", LABS, 1.25, COMPLETE),
    ("easix_modified", LABS, 2.5, COMPLETE),  # 20 mg/L are 2 mg/dL
    ("easix", LABS | {"platelets": 20.0}, 10.0, COMPLETE),
    ("easix", LABS | {"creatinine": NAN}, NAN, PARTIAL),
    ("easix_modified", LABS | {"creatinine": NAN}, 2.5, COMPLETE),
    ("easix", LABS | {"platelets": 0.0}, NAN, NOT_EVALUABLE),
    ("easix", LABS | {"platelets": 1.0}, 200.0, COMPLETE),
    ("easix", LABS | {"ldh": 250_000.0}, NAN, ERROR),
    ("easix", {}, NAN, MISSING),
]


@check(EASIX)
def test_easix(name: str, columns: Visit, value: float, status: Status) -> None:
    same(name, columns, value, status)


def test_easix_of_a_censored_value_has_bounds() -> None:
    found = score("easix_modified", LABS | {"crp": NAN, "crp@low": 0.0, "crp@high": 4.0})
    assert Status(int(found.status)) == PARTIAL
    assert (float(found.low), float(found.high)) == (0.0, 0.5)


HLH = {"temperature": 39.0, "splenomegaly": 1.0, "hemoglobin": 8.0, "platelets": 40.0, "neutrophils": 3.0}
HLH |= {"triglycerides_mmol": 1.0, "fibrinogen": 3.0, "hemophagocytosis": 0.0, "low_nk_activity": 0.0}
HLH |= {"ferritin": 12_000.0, "scd25": 1000.0, "age": 30.0}
LIMITS = HLH | {"temperature": 38.5, "fibrinogen": 1.5, "ferritin": 500.0, "scd25": 2400.0, "splenomegaly": 0.0}
HLH_CASES: list[Case] = [
    ("hlh_2004_count", HLH, 4, COMPLETE),
    ("hlh_2004", HLH, 0, COMPLETE),
    ("hlh_2004", HLH | {"fibrinogen": 1.2}, 1, COMPLETE),
    ("hlh_2004_count", LIMITS, 5, COMPLETE),
    (
        "hlh_2004_count",
        LIMITS | {"temperature": 38.4, "fibrinogen": 1.6, "ferritin": 499.0, "scd25": 2399.0},
        1,
        COMPLETE,
    ),
    ("hlh_2004_count", HLH | {"hemoglobin": 9.0}, 3, COMPLETE),
    ("hlh_2004_count", HLH | {"hemoglobin": 9.5, "age": 0.05}, 4, COMPLETE),
    ("hlh_2004", HLH | {"scd25": NAN}, NAN, PARTIAL),
    ("hlh_2004", HLH | {"scd25": NAN, "fibrinogen": 1.2}, 1, COMPLETE),
    ("hlh_2004", {"hlh_mutation": 1.0}, 1, COMPLETE),
    ("hlh_2004", HLH | {"platelets": 40_000.0}, NAN, ERROR),
    ("hlh_2004_count", HLH | {"thrombocytopenia": 0.0}, 4, COMPLETE),
    ("hlh_2004_count", HLH | {"ferritin": NAN}, NAN, PARTIAL),
    ("hlh_2004_count", HLH | {"temperature": 102.2}, NAN, ERROR),
]


@check(HLH_CASES)
def test_hlh_2004(name: str, columns: Visit, value: float, status: Status) -> None:
    same(name, columns, value, status)


def test_hlh_2004_says_that_cytokine_release_meets_it() -> None:
    assert score("hlh_2004", HLH | {"days_since_infusion": 5.0}).warnings["not_after_cell_therapy"].all()


WELL = {"crs_grade_worst": 1.0, "crs_days_grade_3": 0.0, "icans_grade_worst": 0.0, "icans_days_grade_3": 0.0}
WELL |= {"organ_toxicity_grade_worst": 2.0, "organ_toxicity_days_grade_3": 0.0, "days_anc_le_500": 5.0}
WELL |= {"death_in_dlt_window": 0.0, "days_since_infusion": 28.0}
DLT = "dose_limiting_toxicity"
DLT_CASES: list[Case] = [
    (DLT, WELL, 0, COMPLETE),
    (DLT, WELL | {"crs_grade_worst": 4.0}, 1, COMPLETE),
    (DLT, WELL | {"crs_grade_worst": 3.0, "crs_days_grade_3": 3.0}, 0, COMPLETE),
    (DLT, WELL | {"crs_grade_worst": 3.0, "crs_days_grade_3": 3.5}, 1, COMPLETE),
    (DLT, WELL | {"days_anc_le_500": 13.0}, 0, COMPLETE),
    (DLT, WELL | {"days_anc_le_500": 14.0}, 1, COMPLETE),
    (DLT, WELL | {"days_since_infusion": 27.0}, NAN, PARTIAL),
    (DLT, WELL | {"days_since_infusion": NAN}, NAN, PARTIAL),
    (DLT, WELL | {"icans_grade_worst": NAN}, NAN, PARTIAL),
    (DLT, {"days_since_infusion": 5.0, "icans_grade_worst": 4.0}, 1, COMPLETE),
    (DLT, WELL | {"crs_days_grade_3": 2.0}, NAN, CONFLICT),
    (DLT, WELL | {"organ_toxicity_grade_worst": 5.0}, NAN, CONFLICT),
    (DLT, WELL | {"organ_toxicity_grade_worst": 30.0}, NAN, ERROR),
]


@check(DLT_CASES)
def test_dose_limiting_toxicity(name: str, columns: Visit, value: float, status: Status) -> None:
    same(name, columns, value, status)


def test_the_definition_is_that_of_the_protocol() -> None:
    passing = WELL | {"crs_grade_worst": 3.0, "crs_days_grade_3": 1.0}
    assert score(DLT, passing).value == 0
    assert score(DLT, passing, protocol="dlt_28_days_any_grade_3").value == 1
    with pytest.raises(InputError, match="dlt_28_days"):
        score(DLT, passing, protocol="another")


def test_a_trial_brings_its_own_definition(tmp_path: Path) -> None:
    path = tmp_path / "protocol.yaml"
    rule = '[{id: crs, text: any, when: [[COLUMN, ">=", 2]]}]'
    text = f"mine: {{title: Mine, window_days: 42, source: protocol 1.0, criteria: {rule}}}"
    path.write_text(text.replace("COLUMN", "crs_grade_worst"))
    mine = read_dlt_protocols(path)["mine"]
    seen = WELL | {"days_since_infusion": 42.0}
    assert [float(score(DLT, seen | {"crs_grade_worst": g}, protocol=mine).value) for g in (1.0, 2.0)] == [0, 1]
    assert "assumed_protocol" not in score(DLT, seen, protocol=mine).warnings
    path.write_text(text.replace("COLUMN", "crs_grad"))
    with pytest.raises(InputError, match="crs_grad"):
        read_dlt_protocols(path)


INFECTION = {"infection": 1.0, "infection_treatment": 0.0, "infection_admission": 0.0}
INFECTION |= {"infection_life_threatening": 0.0, "infection_death": 0.0}
INFECTED = "ctcae_v5_infection"
INFECTION_CASES: list[Case] = [
    (INFECTED, INFECTION, 1, COMPLETE),
    (INFECTED, dict.fromkeys(INFECTION, 0.0), 0, COMPLETE),
    (INFECTED, INFECTION | {"infection_treatment": 2.0}, 2, COMPLETE),
    (INFECTED, INFECTION | {"infection_treatment": 3.0}, 3, COMPLETE),
    (INFECTED, INFECTION | {"infection_treatment": 1.0, "infection_admission": 1.0}, 3, COMPLETE),
    (INFECTED, INFECTION | {"infection_life_threatening": 1.0}, 4, COMPLETE),
    (INFECTED, {"infection_death": 1.0}, 5, COMPLETE),
    (INFECTED, INFECTION | {"infection_life_threatening": NAN}, NAN, PARTIAL),
    (INFECTED, INFECTION | {"infection": 0.0, "infection_treatment": 2.0}, NAN, CONFLICT),
    (INFECTED, INFECTION | {"infection_treatment": 30.0}, NAN, ERROR),
]


@check(INFECTION_CASES)
def test_infection_grade(name: str, columns: Visit, value: float, status: Status) -> None:
    same(name, columns, value, status)


CHILD = {"age": 8.0, "capd": 0.0, "icans_arousable": 1.0, "icans_consciousness": 0.0, "icans_seizure": 0.0}
CHILD |= {"icans_motor": 0.0, "icans_oedema": 0.0, "sedated": 0.0}
CHILDREN: list[Case] = [
    ("astct_icans", CHILD, 0, COMPLETE),
    ("astct_icans", CHILD | {"capd": 1.0}, 1, COMPLETE),
    ("astct_icans", CHILD | {"capd": 8.0, "icans_consciousness": 2.0}, 2, COMPLETE),
    ("astct_icans", CHILD | {"capd": 8.0}, 1, COMPLETE),
    ("astct_icans", CHILD | {"capd": 9.0}, 3, COMPLETE),
    ("astct_icans", CHILD | {"capd": 20.0, "icans_arousable": 0.0, "icans_consciousness": 4.0}, 4, COMPLETE),
    ("astct_icans", CHILD | {"age": 11.9, "ice": 2.0}, 0, COMPLETE),  # delirium counts, not ICE
    ("astct_icans", CHILD | {"age": 12.0, "capd": 20.0, "ice": 10.0}, 0, COMPLETE),
    ("astct_icans", CHILD | {"capd": NAN}, NAN, PARTIAL),
    ("astct_icans", CHILD | {"sedated": 1.0}, NAN, NOT_EVALUABLE),
    ("astct_icans", CHILD | {"icans_arousable": 0.0}, NAN, CONFLICT),
    ("astct_icans", CHILD | {"capd": 33.0}, NAN, ERROR),
]


@check(CHILDREN)
def test_neurotoxicity_of_children(name: str, columns: Visit, value: float, status: Status) -> None:
    same(name, columns, value, status)

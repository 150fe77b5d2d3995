"""Hand-made cases of the instruments a CAR-T unit and trials ask for: typical, boundary, missing, contradictory."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lupercal.errors import InputError
from lupercal.instruments import Instrument, Status, instrument, score
from lupercal.instruments.dose_limiting_toxicity import read_dlt_protocols
from lupercal.instruments.inputs import describe
from lupercal.instruments.revised_flare_index import RATINGS
from lupercal.instruments.sledai_items import DESCRIPTORS
from lupercal.instruments.tables import instrument_document
from lupercal.report.pages.instruments import unconfirmed, what_is_open

COMPLETE, PARTIAL, MISSING = Status.COMPLETE, Status.PARTIAL, Status.MISSING
NOT_EVALUABLE, ERROR, CONFLICT = Status.NOT_EVALUABLE, Status.ERROR, Status.CONFLICT
NAN = float("nan")

Case = tuple[str, dict[str, Any], float, Status]


def check(cases: list[Case]) -> Any:
    """Return the parameters of a test, each case named by instrument and number."""
    names = [f"{case[0]}-{n}" for n, case in enumerate(cases, start=1)]
    return pytest.mark.parametrize(("name", "columns", "value", "status"), cases, ids=names)


def same(name: str, columns: dict[str, Any], value: float, status: Status) -> None:
    found = score(name, columns)
    assert Status(int(found.status)) == status
    assert float(found.value) == pytest.approx(value, nan_ok=True)


LABS = {"ldh": 250.0, "creatinine": 0.8, "platelets": 200.0, "crp": 20.0}
EASIX: list[Case] = [
    ("easix", LABS, 1.0, COMPLETE),
    ("easix_simplified", LABS, 1.25, COMPLETE),
    ("easix_modified", LABS, 2.5, COMPLETE),  # 20 mg/L are 2 mg/dL
    ("easix", LABS | {"platelets": 20.0}, 10.0, COMPLETE),
    ("easix", LABS | {"creatinine": NAN}, NAN, PARTIAL),
    ("easix_modified", LABS | {"creatinine": NAN}, 2.5, COMPLETE),
    ("easix", LABS | {"platelets": 0.0}, NAN, NOT_EVALUABLE),
    ("easix", LABS | {"ldh": 250_000.0}, NAN, ERROR),
    ("easix", {}, NAN, MISSING),
]


@check(EASIX)
def test_easix(name: str, columns: dict[str, Any], value: float, status: Status) -> None:
    same(name, columns, value, status)


def test_easix_of_a_censored_value_has_bounds() -> None:
    found = score("easix_modified", LABS | {"crp": NAN, "crp@low": 0.0, "crp@high": 4.0})
    assert (found.status, found.low, found.high) == (PARTIAL, 0.0, 0.5)


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
]


@check(HLH_CASES)
def test_hlh_2004(name: str, columns: dict[str, Any], value: float, status: Status) -> None:
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
def test_dose_limiting_toxicity(name: str, columns: dict[str, Any], value: float, status: Status) -> None:
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
def test_infection_grade(name: str, columns: dict[str, Any], value: float, status: Status) -> None:
    same(name, columns, value, status)


QUIET = {"urine_rbc": 2.0, "urine_rbc@response": 2.0, "acanthocytes": 0.0, "urinary_casts": 0.0, "upcr": 0.3}
QUIET |= {"upcr@response": 0.3, "creatinine": 0.8, "creatinine@response": 0.8}
RELAPSE = "kdigo_2012_relapse"
RELAPSE_CASES: list[Case] = [
    (RELAPSE, QUIET, 0, COMPLETE),
    (RELAPSE, QUIET | {"urine_rbc": 16.0, "acanthocytes": 2.0}, 1, COMPLETE),
    (RELAPSE, QUIET | {"urine_rbc": 15.0, "acanthocytes": 2.0}, 0, COMPLETE),
    (RELAPSE, QUIET | {"urinary_casts": 1.0}, 1, COMPLETE),
    (RELAPSE, QUIET | {"creatinine": 1.0}, 2, COMPLETE),
    (RELAPSE, QUIET | {"creatinine": 0.99}, 0, COMPLETE),
    (RELAPSE, QUIET | {"creatinine": 1.9}, 3, COMPLETE),
    (RELAPSE, QUIET | {"creatinine": 2.3, "creatinine@response": 2.0}, 0, COMPLETE),
    (RELAPSE, QUIET | {"creatinine": 3.5, "creatinine@response": 2.0}, 2, COMPLETE),
    (RELAPSE, QUIET | {"upcr": 1.0}, 2, COMPLETE),
    (RELAPSE, QUIET | {"upcr": 1.9, "upcr@response": 0.5}, 0, COMPLETE),
    (RELAPSE, QUIET | {"upcr": 2.4, "upcr@response": 1.2}, 2, COMPLETE),
    (RELAPSE, QUIET | {"upcr": 5.5}, 3, COMPLETE),
    (RELAPSE, QUIET | {"upcr@response": NAN}, 0, COMPLETE),  # 0.3 g/g is a relapse from nothing
    (RELAPSE, QUIET | {"upcr": NAN}, NAN, PARTIAL),
    (RELAPSE, QUIET | {"creatinine": 800.0}, NAN, ERROR),
]


@check(RELAPSE_CASES)
def test_kdigo_relapse(name: str, columns: dict[str, Any], value: float, status: Status) -> None:
    same(name, columns, value, status)


FREE = {"end_stage_kidney_disease": 0.0, "creatinine": 0.9, "creatinine@baseline": 0.8, "kidney_worsening": 0.0}
FREE |= {"kidney_treatment_failure": 0.0, "death": 0.0}
BLISS = "renal_event_bliss"
BLISS_CASES: list[Case] = [
    (BLISS, FREE, 0, COMPLETE),
    (BLISS, FREE | {"creatinine": 1.6}, 1, COMPLETE),
    (BLISS, FREE | {"creatinine": 1.59}, 0, COMPLETE),
    (BLISS, {"death": 1.0}, 1, COMPLETE),
    (BLISS, {"dialysis": 1.0}, 1, COMPLETE),
    (BLISS, FREE | {"kidney_worsening": NAN}, NAN, PARTIAL),
    (BLISS, FREE | {"dialysis": 1.0}, NAN, CONFLICT),
]


@check(BLISS_CASES)
def test_renal_event_bliss(name: str, columns: dict[str, Any], value: float, status: Status) -> None:
    same(name, columns, value, status)


WELL_CONTROLLED = dict.fromkeys(DESCRIPTORS, 0.0) | {"pga": 0.2, "prednisone": 0.0, "on_immunosuppressant": 0.0}
WELL_CONTROLLED |= {"on_biologic": 0.0, "on_antimalarial": 1.0, "on_investigational": 0.0, "new_activity": 0.0}
WELL_CONTROLLED |= {"hemolytic_anemia": 0.0, "gastrointestinal_activity": 0.0}
TREATED = WELL_CONTROLLED | {"prednisone": 5.0, "on_immunosuppressant": 1.0}
SEROLOGIC = WELL_CONTROLLED | {"low_complement": 1.0}
DORIS_CASES: list[Case] = [
    ("doris_2017_clinical_on", TREATED, 1, COMPLETE),
    ("doris_2017_clinical_off", TREATED, 0, COMPLETE),
    ("doris_2017_clinical_off", SEROLOGIC, 1, COMPLETE),
    ("doris_2017_complete_off", SEROLOGIC, 0, COMPLETE),
    ("doris_2017_complete_off", WELL_CONTROLLED, 1, COMPLETE),
    ("doris_2017_complete_on", TREATED, 1, COMPLETE),
    ("doris_2017_clinical_on", TREATED | {"prednisone": 5.1}, 0, COMPLETE),
    ("doris_2017_clinical_on", TREATED | {"pga": 0.5}, 1, COMPLETE),
    ("doris_2017_clinical_on", TREATED | {"pga": 0.6}, 0, COMPLETE),
    ("doris_2017_clinical_on", TREATED | {"stable_maintenance": 0.0}, 0, COMPLETE),
    ("doris_2017_clinical_on", TREATED | {"leukopenia": 1.0, "leukopenia@attributed_to": 2.0}, 1, COMPLETE),
    ("doris_2017_clinical_on", TREATED | {"pga": NAN}, NAN, PARTIAL),
    ("doris_2017_clinical_off", WELL_CONTROLLED | {"on_biologic": NAN}, NAN, PARTIAL),
    ("doris_2017_clinical_off", WELL_CONTROLLED | {"azathioprine": 100.0}, NAN, CONFLICT),
    ("doris_2017_complete_on", TREATED | {"c3": 0.4, "c3_lln": 0.9}, NAN, CONFLICT),
    ("doris_2017_complete_on", TREATED | {"prednisone": 5000.0}, NAN, ERROR),
    ("lldas_5", TREATED, 1, COMPLETE),
    ("lldas_5", TREATED | {"prednisone": 7.5}, 0, COMPLETE),
    ("lldas", TREATED | {"prednisone": 7.5}, 1, COMPLETE),
    ("lldas_5", TREATED | {"arthritis": 1.0}, 1, COMPLETE),
    ("lldas_5", TREATED | {"arthritis": 1.0, "new_activity": NAN}, NAN, PARTIAL),
    ("lldas_5", TREATED | {"active_joints": 5.0}, NAN, CONFLICT),
    ("doris_drug_free", TREATED, 0, COMPLETE),
    ("doris_drug_free", WELL_CONTROLLED, 0, COMPLETE),  # hydroxychloroquine is a drug
    ("doris_drug_free", WELL_CONTROLLED | {"on_antimalarial": 0.0}, 1, COMPLETE),
    ("doris_drug_free", WELL_CONTROLLED | {"on_antimalarial": NAN}, NAN, PARTIAL),
    ("doris_drug_free", WELL_CONTROLLED | {"on_antimalarial": 0.0, "hydroxychloroquine": 200.0}, NAN, CONFLICT),
    ("lldas_drug_free", WELL_CONTROLLED | {"on_antimalarial": 0.0, "arthritis": 1.0}, 1, COMPLETE),
    ("lldas_drug_free", WELL_CONTROLLED | {"on_antimalarial": 0.0, "pga": 1.1}, 0, COMPLETE),
    ("doris_sustained", TREATED, NAN, PARTIAL),  # one visit cannot show it
    ("doris_sustained", TREATED | {"rash": 1.0}, 0, COMPLETE),
]


@check(DORIS_CASES)
def test_states_by_name(name: str, columns: dict[str, Any], value: float, status: Status) -> None:
    same(name, columns, value, status)


def test_a_pga_of_exactly_one_half_is_flagged_and_a_setting() -> None:
    at_limit = TREATED | {"pga": 0.5}
    assert score("doris_2017_clinical_on", at_limit).warnings["pga_at_limit"].all()
    assert score("doris_2017_clinical_on", at_limit, pga_comparator="<").value == 0


SERIES: list[tuple[list[float], list[float], list[float]]] = [
    # days, rash at each visit, whether remission is sustained
    ([-10, 30, 90, 180, 212], [1, 0, 0, 0, 0], [0, 0, 0, 0, 1]),
    ([-10, 30, 90, 180, 211], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
    ([-10, 30, 90, 180, 212], [1, 0, 1, 0, 0], [0, 0, 0, 0, 0]),
    ([-10, 30, 90, 180, 212], [1, 0, NAN, 0, 0], [0, 0, 0, 0, NAN]),
    ([-10, 30, 160, 212, 300], [1, 0, 0, 0, 0], [0, 0, 0, NAN, NAN]),  # 130 days without a visit
    ([30, 90, 180, 212], [0, 0, 0, 0], [NAN, NAN, NAN, 1]),  # it may have begun before the first visit
]


@pytest.mark.parametrize("name", ["doris_sustained", "doris_drug_free_sustained", "lldas_sustained"])
@pytest.mark.parametrize(("days", "rash", "held"), SERIES)
def test_a_state_is_sustained_over_visits(name: str, days: list[float], rash: list[float], held: list[float]) -> None:
    number = len(days)
    columns: dict[str, Any] = {c: np.full(number, v) for c, v in (WELL_CONTROLLED | {"on_antimalarial": 0.0}).items()}
    columns |= {"day": np.array(days), "rash": np.array(rash)}
    if name.startswith("lldas"):
        columns["pga"] = np.where(columns["rash"] == 1, 2.0, np.where(columns["rash"] == 0, 0.2, np.nan))
    found = score(name, columns, over_visits=True)
    assert found.value.tolist() == pytest.approx(held, nan_ok=True)


def test_a_forgotten_visit_never_makes_a_state_sustained() -> None:
    rng = np.random.default_rng(11)
    days = np.cumsum(rng.integers(20, 110, (200, 9)), axis=-1).astype(float)
    rash = (rng.random((200, 9)) < 0.2).astype(float)
    columns: dict[str, Any] = {c: np.full(rash.shape, v) for c, v in WELL_CONTROLLED.items()} | {"rash": rash}
    full = score("doris_sustained", columns | {"day": days}, over_visits=True)
    forgotten = columns | {"rash": np.where(rng.random(rash.shape) < 0.3, np.nan, rash), "day": days}
    partly = score("doris_sustained", forgotten, over_visits=True)
    assert (partly.low <= full.low).all()
    assert (partly.high >= full.high).all()
    assert (full.value == 1).any()


def test_a_state_is_held_for_more_than_no_time() -> None:
    with pytest.raises(InputError, match="held_days"):
        score("doris_sustained", TREATED, held_days=0.0)


SKIN = {"clasi_activity": 6.0, "clasi_activity@baseline": 20.0}
SKIN_CASES: list[Case] = [
    ("clasi_70", SKIN, 1, COMPLETE),
    ("clasi_70", SKIN | {"clasi_activity": 7.0}, 0, COMPLETE),
    ("clasi_50", SKIN | {"clasi_activity": 10.0}, 1, COMPLETE),
    ("clasi_70", SKIN | {"clasi_activity@baseline": 9.0}, NAN, NOT_EVALUABLE),
    ("clasi_70", SKIN | {"clasi_activity": NAN}, NAN, PARTIAL),
    ("clasi_70", SKIN | {"clasi_activity": 71.0}, NAN, ERROR),
    ("clasi_70", {}, NAN, MISSING),
]


@check(SKIN_CASES)
def test_clasi_responses(name: str, columns: dict[str, Any], value: float, status: Status) -> None:
    same(name, columns, value, status)


BEFORE = {f"{name}@baseline": 0.0 for name in DESCRIPTORS}
ACTIVE = BEFORE | {"arthritis@baseline": 1.0, "rash@baseline": 1.0, "proteinuria@baseline": 1.0}  # 4 + 2 + 4
STILL = dict.fromkeys(DESCRIPTORS, 0.0) | {"arthritis": 1.0, "rash": 1.0, "proteinuria": 1.0}
HALVED = {"arthritis_improved_50": 1.0, "rash_improved_50": 0.0, "proteinuria_improved_50": 1.0}
STEADY = {"pga": 1.0, "pga@baseline": 1.5, "new_bilag_a": 0.0, "new_bilag_b": 0.0, "treatment_failure": 0.0}
RESPONDER_CASES: list[Case] = [
    ("s2k_ri_50", ACTIVE | STILL | HALVED, 6, COMPLETE),
    ("s2k_ri_50", ACTIVE | STILL | HALVED | {"rash": 0.0}, 4, COMPLETE),
    ("s2k_ri_50", ACTIVE | STILL | HALVED | {"fever": 1.0}, 7, COMPLETE),  # new: all of its points
    ("s2k_ri_50", ACTIVE | STILL | HALVED | {"arthritis_improved_50": NAN}, NAN, PARTIAL),
    ("s2k_ri_50", ACTIVE | STILL | HALVED | {"proteinuria@attributed_to": 3.0}, 4, COMPLETE),
    ("s2k_ri_50", ACTIVE | STILL | HALVED | {"fever": 0.0, "temperature": 39.0}, NAN, CONFLICT),
    ("sri_50", ACTIVE | STILL | HALVED | STEADY, 1, COMPLETE),  # 10 to 6, while SLEDAI-2K stays 10
    ("sri_4", ACTIVE | STILL | STEADY, 0, COMPLETE),
    ("sri_50", ACTIVE | STILL | HALVED | STEADY | {"arthritis_improved_50": 0.0}, 0, COMPLETE),
    ("sri_50", ACTIVE | STILL | HALVED | STEADY | {"pga": 1.8}, 0, COMPLETE),
    ("sri_50", ACTIVE | STILL | HALVED | STEADY | {"new_bilag_b": 2.0}, 0, COMPLETE),
    ("sri_50", ACTIVE | STILL | HALVED | STEADY | {"pga": NAN}, NAN, PARTIAL),
    ("sri_50", BEFORE | {"rash@baseline": 1.0} | STILL | HALVED | STEADY, NAN, NOT_EVALUABLE),
    ("sri_50", ACTIVE | STILL | HALVED | STEADY | {"rescue_medication": 1.0}, NAN, CONFLICT),
]


@check(RESPONDER_CASES)
def test_responder_indices(name: str, columns: dict[str, Any], value: float, status: Status) -> None:
    same(name, columns, value, status)


ORGANS = dict.fromkeys(RATINGS, 0.0)
FLARES: list[Case] = [
    ("revised_flare_index", ORGANS, 0, COMPLETE),
    ("revised_flare_index", ORGANS | {"sfi_r_renal": 1.0, "sfi_r_hematologic": 2.0}, 2, COMPLETE),
    ("revised_flare_index", ORGANS | {"sfi_r_neurologic": 3.0, "sfi_r_renal": NAN}, 3, COMPLETE),
    ("revised_flare_index", ORGANS | {"sfi_r_renal": NAN}, NAN, PARTIAL),
    ("revised_flare_index", ORGANS | {"sfi_r_hematologic": 3.0, "sfi_r_hematologic@attributed_to": 2.0}, 0, COMPLETE),
    ("revised_flare_index", ORGANS | {"sfi_r_renal": 4.0}, NAN, ERROR),
    ("revised_flare_index", {}, NAN, MISSING),
]


@check(FLARES)
def test_revised_flare_index(name: str, columns: dict[str, Any], value: float, status: Status) -> None:
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
def test_neurotoxicity_of_children(name: str, columns: dict[str, Any], value: float, status: Status) -> None:
    same(name, columns, value, status)


@pytest.mark.parametrize("name", ["iec_hs_grade", "rifle", "easy_bilag", "crr_modified"])
def test_what_cannot_be_computed_is_listed_with_its_reason(name: str) -> None:
    found = score(name, {"upcr": np.array([0.1, 5.0])})
    assert (found.status == NOT_EVALUABLE).all()
    assert found.warnings["not_available"].all()
    assert "Not available" in instrument(name).definition


@pytest.mark.parametrize("one", unconfirmed(), ids=str)
def test_the_mark_is_wherever_the_result_is(one: Instrument) -> None:
    assert what_is_open(one)
    ranges = {name: describe(name) for name in one.inputs}
    steps = {name: (what.high - what.low) * 0.1 if what.kind == "number" else 1.0 for name, what in ranges.items()}
    found = one.score({name: np.array([what.low, what.low + steps[name]]) for name, what in ranges.items()})
    assert (found.warnings["unconfirmed_rule"] == (found.status != MISSING)).all()
    assert (found.status != MISSING).any()


def test_the_list_of_what_is_open_names_no_confirmed_instrument() -> None:
    names = [one.name for one in unconfirmed()]
    idle = [p for p in instrument_document("unconfirmed") if not any(fnmatchcase(name, p) for name in names)]
    assert not idle

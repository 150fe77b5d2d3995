"""Kidney relapse and events by hand: typical, boundary, missing, contradictory."""

from __future__ import annotations

from lupercal.instruments import Status
from tests.instruments.cases import COMPLETE, CONFLICT, ERROR, NAN, PARTIAL, Case, Visit, check, same

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
    (RELAPSE, QUIET | {"upcr": 2.2, "upcr@response": 1.2}, 0, COMPLETE),
    (RELAPSE, QUIET | {"upcr": 1.5, "upcr@response": 0.8}, 0, COMPLETE),
    (RELAPSE, QUIET | {"upcr": 5.5}, 3, COMPLETE),
    (RELAPSE, QUIET | {"upcr@response": NAN}, 0, COMPLETE),  # 0.3 g/g is a relapse from nothing
    (RELAPSE, QUIET | {"upcr": NAN}, NAN, PARTIAL),
    (RELAPSE, QUIET | {"creatinine": 800.0}, NAN, ERROR),
]


@check(RELAPSE_CASES)
def test_kdigo_relapse(name: str, columns: Visit, value: float, status: Status) -> None:
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
def test_renal_event_bliss(name: str, columns: Visit, value: float, status: Status) -> None:
    same(name, columns, value, status)


MPERR = "perr_modified"
MPERR_CASES: list[Case] = [
    (MPERR, {"upcr": 0.4, "egfr": 90.0, "egfr@baseline": 95.0}, 1, COMPLETE),
    (MPERR, {"upcr": 0.7, "egfr": 60.0, "egfr@baseline": 120.0}, 1, COMPLETE),
    (MPERR, {"upcr": 0.71, "egfr": 90.0, "egfr@baseline": 95.0}, 0, COMPLETE),
    (MPERR, {"upcr": 0.4, "egfr": 40.0, "egfr@baseline": 50.0}, 1, COMPLETE),  # 20 % below it
    (MPERR, {"upcr": 0.4, "egfr": 39.0, "egfr@baseline": 50.0}, 0, COMPLETE),
    (MPERR, {"upcr": 0.4, "egfr": 90.0, "egfr@baseline": 95.0, "treatment_failure": 1.0}, 1, COMPLETE),  # no part of it
    (MPERR, {"upcr": 0.4, "egfr": 90.0, "egfr@baseline": 95.0, "dialysis": 1.0}, 0, COMPLETE),
    (MPERR, {"upcr": 0.4, "egfr": 55.0}, NAN, PARTIAL),
    (MPERR, {"upcr": NAN, "egfr": 90.0, "egfr@baseline": 95.0}, NAN, PARTIAL),
    (MPERR, {"upcr": 0.4, "egfr": 95000.0, "egfr@baseline": 95.0}, NAN, ERROR),
    (MPERR, {"upcr": 0.4, "egfr": 95.0, "egfr@baseline": 95.0, "creatinine": 6.0}, NAN, CONFLICT),
]
LUNAR = "crr_modified_lunar"
NORMAL = {"upcr": 0.3, "creatinine": 0.9, "creatinine@baseline": 0.8, "creatinine_uln": 1.1}
LUNAR_CASES: list[Case] = [
    (LUNAR, NORMAL, 1, COMPLETE),
    (LUNAR, NORMAL | {"upcr": 0.5}, 0, COMPLETE),
    (LUNAR, NORMAL | {"creatinine": 1.1, "creatinine@baseline": 2.0}, 1, COMPLETE),  # normal now
    (LUNAR, NORMAL | {"creatinine": 1.2, "creatinine@baseline": 1.1}, 1, COMPLETE),  # 9 % above a normal baseline
    (LUNAR, NORMAL | {"creatinine": 1.15, "creatinine@baseline": 1.0}, 0, COMPLETE),  # 15 % and no longer normal
    (LUNAR, NORMAL | {"creatinine": 1.2, "creatinine@baseline": 1.19}, 0, COMPLETE),  # never normal
    (LUNAR, NORMAL | {"hematuria": 1.0}, 1, COMPLETE),  # no sediment in it
    (LUNAR, NORMAL | {"creatinine_uln": NAN}, NAN, PARTIAL),
    (LUNAR, NORMAL | {"upcr": 300.0}, NAN, ERROR),
    (LUNAR, NORMAL | {"dialysis": 1.0}, 0, COMPLETE),
]
TULIP = "crr_tulip_ln"
WELL = {"upcr": 0.6, "egfr": 90.0, "egfr@baseline": 90.0, "treatment_failure": 0.0}
TULIP_CASES: list[Case] = [
    (TULIP, WELL, 1, COMPLETE),
    (TULIP, WELL | {"upcr": 0.7}, 1, COMPLETE),
    (TULIP, WELL | {"upcr": 0.71}, 0, COMPLETE),
    (TULIP, WELL | {"egfr": 40.0, "egfr@baseline": 49.0}, 1, COMPLETE),
    (TULIP, WELL | {"egfr": 40.0, "egfr@baseline": 50.0}, 0, COMPLETE),  # a fall of 20 % is one
    (TULIP, WELL | {"treatment_failure": 1.0}, 0, COMPLETE),
    (TULIP, WELL | {"treatment_failure": NAN}, NAN, PARTIAL),
    (TULIP, WELL | {"rescue_medication": 1.0}, NAN, CONFLICT),
    ("crr_tulip_ln_0_5", WELL, 0, COMPLETE),
    ("crr_tulip_ln_0_5", WELL | {"upcr": 0.5}, 1, COMPLETE),
]


@check([*MPERR_CASES, *LUNAR_CASES, *TULIP_CASES])
def test_responses_with_other_conditions(name: str, columns: Visit, value: float, status: Status) -> None:
    same(name, columns, value, status)

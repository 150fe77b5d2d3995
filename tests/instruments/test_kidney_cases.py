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

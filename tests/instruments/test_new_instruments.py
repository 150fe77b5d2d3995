"""Hand-made cases of the instruments a CAR-T unit and trials ask for: typical, boundary, missing, contradictory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lupercal.instruments import Status, score

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

"""Every published or derived case is a test of its own, named by its id and its source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lupercal.files.documents import read_document
from tests.instruments.adapter import HANDLERS, answer

CASES: list[Mapping[str, Any]] = read_document(Path(__file__).with_name("vectors.yaml"))
TOLERANCE = {"egfr": 0.05, "mg_mmol_exact": 0.05, "upcr_mg_mmol": 0.05, "upcr_g_g_upper": 1e-9}


def _name(case: Mapping[str, Any]) -> str:
    return f"{case['id']}-{re.sub(r'[^A-Za-z0-9.:/]+', '_', case['source'])[:70]}"


def test_all_cases_are_here() -> None:
    assert len(CASES) == 256
    assert len({case["id"] for case in CASES}) == 256
    assert {case["instrument"] for case in CASES} <= set(HANDLERS)
    assert all(case["source"] for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_case(case: Mapping[str, Any]) -> None:
    found = answer(case)
    for key, expected in case["expected"].items():
        if isinstance(expected, float):
            assert found[key] == pytest.approx(expected, abs=TOLERANCE.get(key, 1e-9)), key
        else:
            assert found[key] == expected, key

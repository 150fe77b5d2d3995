"""Golden eligibility: one file per shipped case and programme; ``python -m tests.programmes.write_golden`` makes them.

A change of these files is a change of what Lupercal says of a patient: it belongs into the changelog.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lupercal.patient.cases import case_names, read_case
from lupercal.programmes.eligibility import Eligibility, eligibilities
from lupercal.programmes.registry import programmes

FOLDER = Path(__file__).with_name("golden") / "eligibility"


def golden(result: Eligibility) -> dict[str, Any]:
    """Return what is kept of a result."""
    return {
        "status": result.status,
        "criteria": {
            one.criterion.id: {"answer": one.answer, "rests on": [datum.text for datum in one.data]}
            for one in result.findings
        },
        "to find out next": [test.name for test in result.next_tests],
    }


def results() -> dict[str, Eligibility]:
    """Return every case in every programme, by the name of its file."""
    return {
        f"{name}.{one.programme.id}.json": one
        for name in case_names()
        for one in eligibilities(read_case(name), programmes().values())
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, one in results().items():
        text = json.dumps(golden(one), indent=2, ensure_ascii=False) + "\n"
        (FOLDER / file).write_text(text, encoding="utf-8")

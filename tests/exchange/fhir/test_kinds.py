"""One small bundle for each kind of trap, with what must come out of it and nothing else: ``kinds.ndjson``."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lupercal.errors import InputError
from lupercal.exchange.fhir.read import Settings, fhir_patient
from lupercal.patient.record import Patient

KINDS = [json.loads(line) for line in Path(__file__).with_name("kinds.ndjson").read_text(encoding="utf-8").splitlines()]


def values(patient: Patient) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for visit in patient.visits:
        for name, one in visit.values.items():
            found.setdefault(name, []).append(f"{one.comparator if one.censored else ''}{one.value:.6g}")
    return found


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind["name"])
def test_only_what_is_right_comes_out_and_every_entry_is_named(kind: dict[str, Any]) -> None:
    codes = {(system, code): (name, unit) for system, code, name, unit in kind.get("codes", ())}
    settings = Settings(today=date(2026, 11, 28), codes=codes)
    if "refused" in kind:
        with pytest.raises(InputError) as caught:
            fhir_patient(kind["bundle"], kind["name"], settings)
        assert all(name in str(caught.value) for name in kind["refused"])
        return
    done = fhir_patient(kind["bundle"], kind["name"], settings)
    assert values(done.patient) == kind["values"]
    drugs = sorted([[one.drug, one.amount, one.unit, one.status] for one in done.patient.treatments], key=repr)
    assert drugs == kind["treatments"]
    assert done.patient.lupus_type == kind["lupus_type"]
    told = " ".join(f"{one.found} {one.reason} {one.became}" for one in done.report.items).lower()
    assert all(word.lower() in told for word in kind["said"])
    places = [one.place for one in done.report.items]
    for number in range(len(kind["bundle"]["entry"])):
        assert any(f"entry[{number}]" in place for place in places)
    assert "<script>alert" not in told

"""A site's map: own codes, FHIRPath, answers; what is wrong with it is told in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lupercal.cli.main import status
from lupercal.errors import InputError
from lupercal.exchange.fhir.read import FhirImport, fhir_patient, site_settings
from tests.exchange.fhir.build import (
    PREDNISONE,
    bundle,
    coded,
    condition,
    dosage,
    item,
    observation,
    person,
    quantity,
    statement,
    value,
)

pytest.importorskip("fhirpathpy", reason="fhirpathpy is not installed")
LAB = "https://lab.example.net/codes"
RULE = {
    "variable": "anti_dsdna",
    "where": f"code.coding.exists(system = '{LAB}' and code = 'DNA')",
    "value": "valueString",
    "unit": "IU/mL",
}


def mapped(tmp_path: Path, *resources: dict[str, Any], **rows: Any) -> FhirImport:
    file = tmp_path / "map.yaml"
    file.write_text(yaml.safe_dump({"format": "lupercal fhir map 1", **rows}), encoding="utf-8")
    return fhir_patient(bundle(person(), *resources), "test.json", site_settings(file))


def local(code: str, **more: Any) -> dict[str, Any]:
    return observation("x") | {"code": coded(LAB, code)} | more


def test_own_codes_and_a_unit_that_stands_in(tmp_path: Path) -> None:
    codes = [{"system": LAB, "code": "KREA", "variable": "creatinine", "unit": "umol/L"}]
    done = mapped(tmp_path, local("KREA", valueQuantity={"value": 71}), codes=codes)
    assert value(done, "creatinine") == pytest.approx(0.803, abs=0.001)
    assert "by the site's map" in item(done).reason
    stated = mapped(tmp_path, local("KREA", valueQuantity=quantity(0.8, "mg/dL")), codes=codes)
    assert value(stated, "creatinine") == 0.8


def test_own_drugs(tmp_path: Path) -> None:
    drugs = [{"system": LAB, "code": "PRED", "drug": "prednisolone"}]
    done = mapped(tmp_path, statement(coded(LAB, "PRED"), dosage(10)), drugs=drugs)
    assert done.patient.treatments[0].note == "given as prednisolone 10 mg/d"


@pytest.mark.parametrize(
    ("written", "expected", "sign"),
    [("30", 30, "="), ("<30", 30, "<"), ("> 200", 200, ">"), ("negative", None, ""), ("", None, "")],
)
def test_a_path_leads_to_a_value(tmp_path: Path, written: str, expected: float | None, sign: str) -> None:
    done = mapped(tmp_path, local("DNA", valueString=written), values=[RULE])
    assert value(done, "anti_dsdna") == expected
    if expected is not None:
        assert done.patient.visits[0].values["anti_dsdna"].comparator == sign
    else:
        assert "by the site's map" in item(done).reason


def test_a_rule_changes_nothing_about_what_counts(tmp_path: Path) -> None:
    for spoilt in ({"status": "cancelled"}, {"subject": {"reference": "Patient/q"}}, {"effectiveDateTime": "2025-03"}):
        assert value(mapped(tmp_path, local("DNA", valueString="30", **spoilt), values=[RULE]), "anti_dsdna") is None


def test_findings_of_other_resources(tmp_path: Path) -> None:
    rule = {
        "variable": "rash",
        "resource": "Condition",
        "where": "code.text = 'Rash'",
        "value": "true",
        "date": "recordedDate",
    }
    done = mapped(tmp_path, condition({"text": "Rash"}, recordedDate="2025-03-03"), values=[rule])
    assert value(done, "rash") == 1


def test_answers_about_orders(tmp_path: Path) -> None:
    pair = (statement(PREDNISONE, dosage(10)), statement(PREDNISONE, dosage(5)))
    names = ["MedicationStatement/r1", "MedicationStatement/r2"]
    assert len(mapped(tmp_path, *pair, orders={"distinct": [names]}).patient.current_treatments()) == 2
    same = {"same": [{"keep": names[1], "drop": names[0]}]}
    assert [one.amount for one in mapped(tmp_path, *pair, orders=same).patient.current_treatments()] == [5]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ({"codes": [{"system": LAB, "code": "x", "variable": "creatinin"}]}, "creatinine"),
        ({"codes": [{"system": LAB, "code": "x", "variable": "creatinine", "unit": "g/g"}]}, "converts"),
        ({"codes": [{"system": LAB, "code": "x"}]}, "variable"),
        ({"drugs": [{"system": LAB, "code": "x", "drug": "prednison"}]}, "prednisone"),
        ({"values": [RULE | {"where": "code.coding.exists("}]}, "FHIRPath"),
        ({"values": [RULE | {"variable": "dna"}]}, "variable"),
        ({"format": "1"}, "lupercal fhir map 1"),
        ({"sites": "x"}, "site"),
    ],
)
def test_a_wrong_map_is_told_in_one_sentence(tmp_path: Path, rows: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        mapped(tmp_path, **rows)
    assert "\n" not in str(error.value)


def test_the_command_takes_a_map(tmp_path: Path) -> None:
    import json

    (tmp_path / "m.yaml").write_text(
        yaml.safe_dump({"format": "lupercal fhir map 1", "values": [RULE]}), encoding="utf-8"
    )
    (tmp_path / "b.json").write_text(json.dumps(bundle(person(), local("DNA", valueString="30"))), encoding="utf-8")
    arguments = [
        "import",
        "fhir",
        str(tmp_path / "b.json"),
        "--map",
        str(tmp_path / "m.yaml"),
        "-o",
        str(tmp_path / "p.yaml"),
    ]
    assert status(arguments) == 0
    assert "anti_dsdna" in (tmp_path / "p.yaml").read_text(encoding="utf-8")

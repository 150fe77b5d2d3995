"""Material of others that lies beside the project on some machines: read or refused, every file, in one sentence."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from lupercal.errors import InputError
from lupercal.exchange.fhir.json_text import read_json
from lupercal.exchange.fhir.read import FhirImport, Settings, read_fhir
from lupercal.exchange.import_report import report_text
from lupercal.files.documents import read_text
from tests.exchange.fhir.build import LOINC, SNOMED, coded, condition, imported, observation, statement, value

SHARED = Path(__file__).parents[4] / "shared"
pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the folder with material of others is not beside the project"
)
SUITE = sorted((SHARED / "acceptance" / "json").rglob("*.json"))
FHIR = sorted((SHARED / "acceptance" / "fhir").rglob("*.json"))
SID = "http://hl7.org/fhir/sid/"
HOSTILE = SHARED / "known_answers" / "fhir_hostile"


def parsed(path: Path) -> bool:
    try:
        read_json(read_text(path), path)
    except InputError as error:
        return "\n" in str(error)  # a refusal in more than one line counts as none
    return True


def test_json_suite() -> None:
    files = [path for path in SUITE if path.parent.name == "test_parsing"]
    assert len(files) > 200
    assert [path.name for path in files if path.name[0] == "y" and not parsed(path)] == []
    assert [path.name for path in files if path.name[0] == "n" and parsed(path)] == []
    assert all(parsed(path) in {True, False} for path in files)


def test_nothing_of_the_json_suite_is_a_patient() -> None:
    for path in SUITE:
        with pytest.raises(InputError):
            read_fhir(path)


def test_fhir_files_are_read_or_refused() -> None:
    listed = csv.DictReader(
        (SHARED / "acceptance/fhir/fhir-test-cases/index.csv").read_text(encoding="utf-8").splitlines()
    )
    faulty = {row["file"] for row in listed if row["java_validator_errors"] not in {"", "0"}}
    read = 0
    for path in FHIR:
        try:
            done = read_fhir(path)
        except InputError:
            continue
        read += 1
        assert done.patient.lupus_type is None, path.name
        assert "<script" not in report_text(done.report)
        if path.name in faulty and not done.empty:
            assert done.report.of("warned"), path.name
    assert read > 150


def hostile(name: str) -> FhirImport:
    return read_fhir(HOSTILE / name, Settings())


def values(done: FhirImport, name: str) -> list[float]:
    return [visit.values[name].value for visit in done.patient.visits if name in visit.values]


def told(done: FhirImport, found: str) -> Any:
    return next(one for one in done.report.items if found in one.found)


def test_units_agree() -> None:
    done = hostile("h01_units_agree.json")
    assert len(done.patient.visits) == 3
    for name, expected, near in (("upcr", 2.4, 0.005), ("c3", 0.72, 1e-12), ("creatinine", 0.8, 0.005),
                                 ("platelets", 210, 1e-12), ("hemoglobin", 11.8, 0.02)):  # fmt: skip
        assert values(done, name) == [pytest.approx(expected, abs=near)] * 3
    assert {"k2", "k3"} == {one.found.split()[0][-2:] for one in done.report.of("warned")}


def test_families_of_assays_stay_apart() -> None:
    done = hostile("h02_dsdna_families.json")
    assert values(done, "anti_dsdna") == [244]
    assert values(done, "anti_dsdna_arbitrary") == [180]
    assert values(done, "anti_dsdna_crithidia") == [160]
    assert all(told(done, name).reason for name in ("d4", "d5", "d6"))


def test_only_what_is_final_counts() -> None:
    done = hostile("h04_status.json")
    assert (values(done, "upcr"), values(done, "c3"), values(done, "creatinine")) == ([0.9], [0.9], [0.9])
    assert values(done, "platelets") == []
    assert all(told(done, name).reason for name in ("s1", "s3", "s5", "s7"))


def test_panels_and_limits() -> None:
    done = hostile("h06_panels.json")
    expected = {"platelets": 110, "systolic_pressure": 128, "diastolic_pressure": 79, "c3": 0.85, "c3_lln": 0.9,
                "anti_dsdna": 40, "anti_dsdna_uln": 30, "c4": 0.12}  # fmt: skip
    assert {name: one.value for name, one in done.patient.visits[0].values.items()} == pytest.approx(expected)


def test_drugs() -> None:
    done = hostile("h08_drugs.json")
    lines = {(one.drug, one.amount, one.unit, one.status) for one in done.patient.treatments}
    assert ("hydroxychloroquine", 400, "mg/d", "current") in lines
    assert ("prednisone", 2.5, "mg/d", None) in lines
    assert "mycophenolate_mofetil" in {one.drug for one in done.patient.treatments if one.status == "failed"}
    assert {"rituximab", "belimumab"}.isdisjoint(one.drug for one in done.patient.treatments)
    assert any("methylprednisolone 8 mg/d" in one.note and one.amount == 10 for one in done.patient.treatments)
    assert "cisplatin" in done.patient.notes[0]
    assert any("conflict" in one.reason for one in done.report.items if one.place == "treatments")


def test_a_course_of_nephritis() -> None:
    done = hostile("h13_nephritis_course.json")
    assert [visit.date for visit in done.patient.visits] == ["2025-01-07", "2025-02-04", "2025-03-04", "2025-04-01"]
    assert values(done, "upcr") == pytest.approx([2.4, 1.9, 1.3, 0.7])
    assert done.patient.organs_involved == ("kidney",)
    doses = {one.drug: (one.amount, one.unit) for one in done.patient.treatments}
    assert doses == {
        "prednisone": (20, "mg/d"),
        "mycophenolate_mofetil": (2, "g/d"),
        "hydroxychloroquine": (400, "mg/d"),
    }


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader((SHARED / "acceptance" / "codes.csv").read_text(encoding="utf-8").splitlines()))


def test_every_code_of_the_list_has_a_verdict() -> None:
    systems = {"SNOMED CT": SNOMED, "ICD-10 / ICD-10-CM": f"{SID}icd-10-cm", "ICD-9-CM": f"{SID}icd-9-cm"}
    systems["ICD-11"] = "http://id.who.int/icd/release/11/mms"
    for row in rows():
        code, kind = row["code"], row["concept"]
        if row["system"] == "LOINC":
            done = imported(observation(code, 5, "mg/dL", code=None) | {"code": coded(LOINC, code, row["display"])})
            assert "no variable of the data dictionary" not in done.report.items[-1].reason, code
        elif row["system"] in systems:
            done = imported(condition(coded(systems[row["system"]], code, row["display"])))
            plain = kind.startswith(("SLE", "lupus nephritis", "NPSLE", "APS in SLE"))
            assert done.patient.lupus_type in (
                {"systemic", None} if plain else {None, "drug_induced", "discoid", "systemic"}
            )
            assert not (kind.startswith("EXCLUDE") and done.patient.lupus_type == "systemic"), code
        else:
            system = (
                "http://www.nlm.nih.gov/research/umls/rxnorm"
                if row["system"] == "RxNorm"
                else "http://www.whocc.no/atc"
            )
            done = imported(statement(coded(system, code)))
            assert done.patient.treatments or done.patient.notes, code
            assert row["system"] != "ATC (old)" or done.report.of("warned"), code


def test_code_traps_are_warned() -> None:
    trap = imported(observation("5347-0", 5, "[IU]/mL") | {"code": coded(LOINC, "5347-0", "Anti-dsDNA")})
    assert value(trap, "anti_dsdna") is None
    assert "unrelated neighbour" in told(trap, "r1").reason
    mislabelled = imported(condition(coded(SNOMED, "201436003", "Systemic lupus erythematosus")))
    assert mislabelled.patient.lupus_type is None
    assert "drug-induced" in told(mislabelled, "r1").reason

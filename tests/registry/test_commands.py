"""The registry at the command line: a patient's whole way, and what is refused is said in one line."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lupercal.cli.main import status
from lupercal.patient.read import read_patient
from lupercal.registry.making import make_registry
from lupercal.registry.opened import open_registry
from tests.registry.ways import enrolled

Said = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an empty registry in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LUPERCAL_REGISTRY", raising=False)
    make_registry(tmp_path / "registry.db").close()
    return tmp_path


def said(capsys: Said, *arguments: str, code: int = 0) -> str:
    """Run a command of the registry and return what it says."""
    assert status(["registry", *arguments]) == code, capsys.readouterr().err
    told = capsys.readouterr()
    if code:
        assert told.err.startswith("lupercal: ")
        assert told.err.count("\n") == 1
    return (told.err if code else told.out).strip()


def written(folder: Path, name: str, fields: dict[str, Any]) -> str:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(fields), encoding="utf-8")
    return str(path)


def test_a_patient_goes_the_whole_way(here: Path, capsys: Said) -> None:
    patient = said(capsys, "add", "example-nephritis", "--by", "clerk")

    def move(state: str) -> str:
        return said(capsys, "move", patient, state, "--why", "next step", "--by", "doctor")

    def record(what: str, **fields: Any) -> None:
        said(capsys, "record", patient, what, written(here, what, fields), "--by", "doctor")

    def product(step: str, by: str, *more: str, **fields: Any) -> str:
        file = ("--file", written(here, step, fields)) if fields else ()
        return said(capsys, "product", "BAG-1", step, "--by", by, *more, *file)

    record("screening", date="2026-01-05", complete=True)
    record("consent", purpose="treatment", document="v3", given_on="2026-01-05")
    record("visit", day=-5, values={"c3": 0.7, "upcr": "<0.3"}, label="before collection")
    assert "screened" in move("screened")
    assert "criteria met" in said(capsys, "judge", patient, "-p", "erlangen", "--by", "doctor")
    move("criteria-met")
    said(capsys, "plan", patient, "-p", "erlangen", "--start", "2026-03-02", "--by", "doctor")
    move("planned")
    product("order", "doctor", "--patient", patient, product="cd19_car_t")
    product("collect", "nurse", "--patient", patient, at="apheresis")
    move("collected")
    product("make", "maker", manufacturer="Cell works", batch="B1", gmp_certificate="G1")
    product("release", "qualified person", values={"viability": "92 %"})
    move("released")
    move("prepared")
    product("present", "nurse", "--patient", patient)
    refused = said(capsys, "product", "BAG-1", "infuse", "--by", "Nurse", "--patient", patient, code=1)
    assert "second person" in refused
    assert product("infuse", "doctor", "--patient", patient) == "BAG-1: infused"
    move("infused")
    move("follow-up")
    record("adverse-event", term="cytokine release syndrome", scale="ASTCT", grade=1, began_on="2026-03-04")
    shown = json.loads(said(capsys, "show", patient, "--json", "--history"))
    assert [one["after"] for one in shown["moves"]][-1] == "follow_up"
    assert shown["products"][0]["confirmed_by"] == "doctor"
    assert len(shown["adverse_events"]) == len(shown["consents"]) == 1
    assert {"enrol", "move", "infuse"} <= {one["entry"]["action"] for one in shown["audit"]}
    due = json.loads(said(capsys, "due", "--today", "2026-04-20", "--json"))
    assert {"overdue", "due", "alert"} <= {one["kind"] for one in due["items"]}
    seen = ("acknowledge", patient, "crs_1", "--note", "watched in hospital", "--today", "2026-04-20", "--by", "doctor")
    assert said(capsys, *seen).startswith("CRS of grade 1: cytokine release syndrome, ASTCT grade 1, day 2")
    assert "none stands" in said(capsys, *seen, code=2)
    assert "alert" not in {
        one["kind"] for one in json.loads(said(capsys, "due", "--today", "2026-04-20", "--json"))["items"]
    }
    assert "The audit is whole" in said(capsys, "verify")


def test_what_is_refused_is_said_in_one_line(here: Path, capsys: Said) -> None:
    patient = said(capsys, "add", "example-nephritis")
    assert "no complete screening" in said(capsys, "move", patient, "screened", "--why", "now", code=1)
    assert "one of" in said(capsys, "move", patient, "cured", "--why", "now", code=2)
    assert "there is no patient" in said(capsys, "show", "p-nobody", code=2)
    assert "already" in said(capsys, "add", "example-nephritis", code=1)
    assert "known key" in said(capsys, "record", patient, "consent", written(here, "c", {"purposes": "x"}), code=2)
    assert "at most 5" in said(
        capsys, "record", patient, "adverse-event",
        written(here, "a", {"term": "x", "scale": "CTCAE", "grade": 9, "began_on": "2026-01-01"}), code=2,
    )  # fmt: skip
    assert "another database" in said(capsys, "init", str(other_database(here)), code=2)
    assert "mysql" in said(capsys, "list", "-r", "mysql://host/x", code=2)
    assert "secret" not in said(capsys, "list", "-r", "postgresql://me:secret@localhost:1/x", code=2)


def other_database(folder: Path) -> Path:
    import sqlite3

    path = folder / "other.db"
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE mine (x)")
    raw.commit()
    raw.close()
    return path


def test_names_are_listed_only_where_asked_for(here: Path, capsys: Said) -> None:
    who = written(here, "who", {"given_name": "Ayşe", "family_name": "Yılmaz", "birth_date": "1991-02-03"})
    patient = said(capsys, "add", "example-nephritis", "--identity", who)
    assert "Yılmaz" not in said(capsys, "list") + said(capsys, "show", patient) + said(capsys, "list", "--json")
    assert "Yılmaz" in said(capsys, "list", "--names")
    assert "Yılmaz" in said(capsys, "show", patient, "--names")
    with open_registry(here / "registry.db") as registry:
        assert {"search", "read"} <= {one.action for one in registry.audit.entries()}
    assert "none" in said(capsys, "list", "--state", "planned")


def test_backup_erasure_and_export(here: Path, capsys: Said) -> None:
    patient = said(capsys, "add", "example-nephritis", "--by", "clerk")
    said(capsys, "export", patient, "-o", "all.zip", "--why", "request")
    with zipfile.ZipFile(here / "all.zip") as archive:
        names = set(archive.namelist())
        (here / "out.yaml").write_bytes(archive.read("patient.yaml"))
        assert "example-nephritis" in archive.read("identity.json").decode()
    assert names == {
        "README.txt", "patient.yaml", "patient.fhir.json", "identity.json", "records.json", "values.csv", "audit.csv",
    }  # fmt: skip
    assert read_patient(here / "out.yaml").id == patient
    assert "is there already" in said(capsys, "export", patient, "-o", "all.zip", code=2)
    said(capsys, "backup", "backup.db")
    said(capsys, "verify", "--export-head", "head.json")
    assert "not erased" in refused_without_yes(capsys, patient)
    assert "Erased" in said(capsys, "erase", patient, "--why", "request of 2 March", "--yes")
    assert "there is no patient" in said(capsys, "show", patient, code=2)
    assert "whole" in said(capsys, "verify", "--head", "head.json")
    told = said(capsys, "restore", "backup.db", "again.db", "--ring", "registry.db.keys")
    assert f"Forgotten again: {patient}" in told
    assert "whole" in said(capsys, "verify", "-r", "again.db")


def refused_without_yes(capsys: Said, patient: str) -> str:
    import io
    import sys

    kept, sys.stdin = sys.stdin, io.StringIO("n\n")
    try:
        assert status(["registry", "erase", patient, "--why", "request"]) == 1
    finally:
        sys.stdin = kept
    return capsys.readouterr().err


def test_a_bent_audit_is_status_1(here: Path, capsys: Said) -> None:
    import sqlite3

    said(capsys, "add", "example-nephritis")
    raw = sqlite3.connect(here / "registry.db")
    raw.execute("DROP TRIGGER audit_no_update")
    raw.execute("UPDATE audit SET changed_by = 'somebody' WHERE seq = 2")
    raw.commit()
    raw.close()
    assert "audit row 2" in said(capsys, "verify", code=1)


def test_pseudonymised_files_hold_nothing_of_the_person(here: Path, capsys: Said) -> None:
    with open_registry(here / "registry.db") as registry:
        patient = enrolled(registry, "erlangen-first-car-t")
        registry.patients.change(registry.patients.find(patient), by="clerk")
    said(capsys, "pseudonymise", "-o", "out", "--key-file", "codes.json")
    codes = json.loads((here / "codes.json").read_text(encoding="utf-8"))
    (file,) = (here / "out").glob("*.yaml")
    text = file.read_text(encoding="utf-8")
    assert codes == {patient: file.stem}
    assert patient not in text
    assert not any(word in text for word in ("title", "note", "label", "date", "diagnosis_year"))
    made = read_patient(file)
    with open_registry(here / "registry.db") as registry:
        whole = registry.patients.whole(patient)
    assert [visit.day for visit in made.visits] == [visit.day for visit in whole.visits]
    assert {name: one.value for name, one in made.visits[0].values.items()} == {
        name: one.value for name, one in whole.visits[0].values.items()
    }

"""Wherever a case is asked for, a registered patient can be named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import lupercal as lp
from lupercal.cli.main import status
from lupercal.errors import InputError
from lupercal.registry.cases import is_registered
from lupercal.registry.opened import Registry
from tests.registry.ways import enrolled

COMMANDS = (
    ("assess", "{case}", "--json"),
    ("eligibility", "{case}", "-p", "erlangen", "--json"),
    ("plan", "{case}", "-p", "erlangen", "--json"),
    ("follow-up", "{case}", "-p", "erlangen", "--today", "2026-03-05", "--start", "2026-03-02", "--json"),
)


@pytest.fixture
def named(on_file: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setenv("LUPERCAL_REGISTRY", str(on_file.address.file))
    return on_file


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one[0])
def test_a_command_says_the_same_of_a_registered_patient(
    named: Registry, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    patient = enrolled(named)
    said = []
    for case in ("example-nephritis", f"reg:{patient}"):
        assert status([part.format(case=case) for part in command]) == 0
        said.append(json.loads(capsys.readouterr().out.replace(patient, "example-nephritis")))
    assert said[0] == said[1]


def test_a_patient_is_named_by_id_by_local_id_and_with_the_place(named: Registry) -> None:
    patient = enrolled(named)
    place = named.address.file
    for case in (patient, f"reg:{patient}", "reg:example-nephritis", f"reg:{patient}@{place}"):
        assert replace(lp.read_patient(case), id="x") == replace(lp.read_patient("example-nephritis"), id="x")
    looks = [one for one in named.audit.entries(patient=patient) if one.action == "read"]
    assert len(looks) == 4


@pytest.mark.parametrize(
    ("command", "ending"),
    [(("export", "fhir", "{case}"), "json"), (("export", "table", "{case}"), "csv"),
     (("export", "table", "{case}", "--part", "persons"), "csv")],
)  # fmt: skip
def test_a_registered_patient_is_exported_as_a_case_is(
    named: Registry, command: tuple[str, ...], ending: str, tmp_path: Path
) -> None:
    patient = enrolled(named)
    written = tmp_path / f"out.{ending}"
    assert status([*(part.format(case=f"reg:{patient}") for part in command), "-o", str(written)]) == 0
    assert patient in written.read_text(encoding="utf-8")


def test_every_command_that_takes_a_case_says_that_it_takes_a_registered_one() -> None:
    page = (Path(lp.__file__).parents[2] / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    rows = [row for row in page.splitlines() if row.startswith("| `CASE")]
    assert len(rows) == 8
    assert all("reg:ID" in row for row in rows)


@pytest.mark.slow
def test_a_forecast_takes_it_too(named: Registry) -> None:
    patient = enrolled(named)
    made = lp.forecast(f"reg:{patient}", ["standard_care"], virtual_patients=8, months=1)
    assert made.request.path is None
    assert made.forecast.patient.id == patient


@pytest.mark.parametrize(
    ("case", "said"),
    [("reg:", "reg:ID"), ("reg:p-nobody2345", "no patient"), ("reg:x@/nowhere/registry.db", "no such file")],
)  # fmt: skip
def test_what_is_not_there_is_said_in_a_sentence(
    named: Registry, case: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(["assess", case]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_files_and_shipped_cases_come_first() -> None:
    assert not any(map(is_registered, ("example-nephritis", "patient.yaml", "p-1.yaml", "p-8f3k2m9qd", Path("p-1"))))


def test_without_a_registry_the_sentence_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LUPERCAL_REGISTRY", raising=False)
    with pytest.raises(InputError, match=r"registry\.db"):
        lp.read_patient("reg:p-8f3k2m9qd4")

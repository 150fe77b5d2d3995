"""``lupercal assess``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from lupercal import RESEARCH_USE_ONLY
from lupercal.cli.assess import command as assess
from lupercal.errors import InputError
from lupercal.instruments import registry
from lupercal.instruments.sledai_items import DESCRIPTORS
from lupercal.patient.cases import case_names

app = typer.Typer()
app.command()(assess)
WIDE = {"COLUMNS": "220"}


def test_all_visits_are_explained() -> None:
    result = CliRunner().invoke(app, ["example-nephritis", "--full"], env=WIDE)
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "Day 0" in said
    assert "SLE Disease Activity Index 2000 (SLEDAI-2K): 14 of 105" in said
    assert "upcr 2.4 g/g" in said
    assert said.endswith(RESEARCH_USE_ONLY)


def test_without_full_it_is_the_table_alone() -> None:
    short = CliRunner().invoke(app, ["example-nephritis"], env=WIDE).output
    full = CliRunner().invoke(app, ["example-nephritis", "--full"], env=WIDE).output
    assert "14 of 105" in short
    assert "upcr 2.4 g/g" not in short
    assert "Open for want of data" in short
    assert "--full" in short
    assert len(short.splitlines()) < len(full.splitlines()) / 4


def test_one_instrument_can_be_asked_for() -> None:
    result = CliRunner().invoke(app, ["example-nephritis", "-i", "lldas"], env=WIDE)
    assert "Lupus low disease activity state (LLDAS): no" in result.output
    assert "SELENA" not in result.output


def test_both_scores_stand_side_by_side_where_a_cause_is_named(tmp_path: Path) -> None:
    flags = "".join(f"      {name}: {str(name in {'rash', 'leukopenia'}).lower()}\n" for name in DESCRIPTORS)
    text = f"id: p\nvisits:\n  - day: 8\n    values:\n{flags}    attribution: {{leukopenia: treatment}}\n"
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, [str(path), "-i", "sledai_2k"], env=WIDE)
    assert "(SLEDAI-2K): 2 of 105" in result.output
    assert "With every finding counted, whatever its cause: 3 of 105" in result.output
    record = json.loads(CliRunner().invoke(app, [str(path), "-i", "sledai_2k", "--json"]).output)
    assert record["visits"][0]["scores"][0]["as_recorded"] == {"value": 3.0, "low": 3.0, "high": 3.0}


@pytest.mark.parametrize("case", case_names())
def test_every_case_as_json(case: str) -> None:
    result = CliRunner().invoke(app, [case, "--json"])
    record = json.loads(result.output)
    assert record["notice"] == RESEARCH_USE_ONLY
    names = [score["instrument"] for score in record["visits"][0]["scores"]]
    assert names == [one.name for one in registry.instruments()]
    for visit in record["visits"]:
        for score in visit["scores"]:
            assert score["version"]
            assert score["source"]
            assert (score["value"] is None) == (score["status"] != "complete")


@pytest.mark.parametrize("arguments", [["nobody"], ["example-nephritis", "-i", "nothing"], ["none.yaml"]])
def test_mistakes_are_named(arguments: list[str]) -> None:
    assert isinstance(CliRunner().invoke(app, arguments).exception, InputError)


def test_an_equation_for_another_age_is_no_fault_of_the_file() -> None:
    said = " ".join(CliRunner().invoke(app, ["example-nephritis"], env=WIDE).output.split())
    assert "impossible" not in said
    assert "For another age: eGFR, bedside Schwartz; eGFR, CKiD" in said
    named = CliRunner().invoke(app, ["example-nephritis", "-i", "bedside_schwartz"], env=WIDE).output
    assert "outside the range of the equation" in " ".join(named.split())

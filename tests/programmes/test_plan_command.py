"""``lupercal plan``: the table, the files, JSON, and what is refused."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from lupercal import RESEARCH_USE_ONLY
from lupercal.cli.plan import command
from lupercal.errors import InputError

app = typer.Typer()
app.command()(command)
WIDE = {"COLUMNS": "300"}


def test_the_table_says_what_when_on_what_basis() -> None:
    result = CliRunner().invoke(
        app, ["erlangen-first-car-t", "--programme", "erlangen", "--start", "2021-03-15", "--full"], env=WIDE
    )
    assert result.exit_code == 0, result.output
    for told in ("day −5", "2021-03-10 09:00", "Fludarabine 25 mg/m²", "mackensen_2022", "project default"):
        assert told in result.output
    assert "Body weight is not known; 65 kg is assumed." in result.output
    assert "Criteria: " in result.output
    assert result.output.rstrip().endswith(RESEARCH_USE_ONLY)


def test_without_a_start_the_missing_calendar_is_said(tmp_path: Path) -> None:
    arguments = ["ozek-case-1", "-p", "ozek.msc", "-o", str(tmp_path)]
    result = CliRunner().invoke(app, arguments, env=WIDE)
    assert "no calendar file" in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["doses.json", "plan.json", "plan.md"]


def test_files_and_json(tmp_path: Path) -> None:
    arguments = [
        "example-nephritis",
        "-p",
        "gencell.msc_45_days",
        "--start",
        "2025-01-31",
        "-o",
        str(tmp_path),
        "--json",
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert json.loads(result.output) == json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert (tmp_path / "plan.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    assert [dose["given"] for dose in json.loads(result.output)["doses"]["doses"] if "msc" in dose["product"]] == [
        62e6
    ] * 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["nobody", "-p", "sheba"],
        ["ozek-case-1", "-p", "ozek"],
        ["ozek-case-1", "-p", "nobody"],
        ["ozek-case-1", "-p", "sheba", "--start", "31.1.2025"],
        ["ozek-case-1", "-p", "sheba", "-o", "/dev/null/x"],
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, InputError)
    assert "\n" not in str(result.exception)

"""``lupercal instruments``."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from lupercal.cli.instruments import command as instruments
from lupercal.errors import InputError
from lupercal.instruments import registry

app = typer.Typer()
app.command()(instruments)


def test_all_are_listed() -> None:
    result = CliRunner().invoke(app, [], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert all(one.name in result.output for one in registry.instruments())


@pytest.mark.parametrize("name", ["sledai_2k", "bilag_2004_renal", "sle_das", "egfr"])
def test_one_is_shown_with_its_terms(name: str) -> None:
    result = CliRunner().invoke(app, [name], env={"COLUMNS": "300"})
    one = registry.instrument(name)
    assert result.exit_code == 0
    for text in (one.title, one.missing_rule, one.source, one.licence, *one.inputs):
        assert text in result.output


def test_json_is_json() -> None:
    records = json.loads(CliRunner().invoke(app, ["--json"]).output)
    assert len(records) == len(registry.instruments())
    assert all(record["source"] and record["licence"] for record in records)


def test_an_unknown_name_is_met_with_the_nearest() -> None:
    result = CliRunner().invoke(app, ["sledai2k"])
    assert isinstance(result.exception, InputError)
    assert "sledai_2k" in str(result.exception)

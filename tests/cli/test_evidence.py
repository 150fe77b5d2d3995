"""``lupercal evidence``: within the columns of the terminal."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from lupercal.cli.evidence import command as evidence

app = typer.Typer()
app.command()(evidence)


@pytest.mark.parametrize("arguments", [[], ["mackensen_2022"]])
def test_no_line_is_wider_than_the_terminal(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    assert max(map(len, result.output.splitlines())) <= 80

"""Only the command that is asked for is read, and nobody can tell."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from lupercal.cli.main import app
from lupercal.cli.wanted import only_wanted

WHOLE = typer.main.get_group(app)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["--help", "forecast"]])
def test_the_list_of_commands_is_that_of_the_whole(arguments: list[str]) -> None:
    listed = CliRunner().invoke(only_wanted(app, arguments), arguments, prog_name="lupercal")
    whole = CliRunner().invoke(app, arguments, prog_name="lupercal")
    assert all(name in whole.output for name in WHOLE.commands)
    assert (listed.output, listed.exit_code) == (whole.output, whole.exit_code)


@pytest.mark.parametrize("name", sorted(WHOLE.commands))
def test_one_command_is_read_alone_with_all_its_options(name: str) -> None:
    part = typer.main.get_group(only_wanted(app, [name, "--help"]))
    assert set(part.commands) == {name}
    helped, whole = (CliRunner().invoke(one, [name, "--help"]) for one in (only_wanted(app, [name]), app))
    assert (helped.output, helped.exit_code) == (whole.output, 0)
    assert "--help" in helped.output


@pytest.mark.parametrize("arguments", [["forcast"], ["--", "cases"], ["--version"], ["--no-such"]])
def test_where_no_command_comes_first_the_whole_answers(arguments: list[str]) -> None:
    assert only_wanted(app, arguments) is app


def test_asking_changes_nothing() -> None:
    before = (
        list(app.registered_commands),
        list(app.registered_groups),
        [one.callback for one in app.registered_commands],
    )
    for arguments in ([], ["--help"], ["cases"], ["registry"]):
        only_wanted(app, arguments)
    assert before == (app.registered_commands, app.registered_groups, [one.callback for one in app.registered_commands])

"""One name for one option in every command, earlier names still understood."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from lupercal.cli.main import app, spelt, status


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


ALL = dict(commands(typer.main.get_command(app)))
SHORT = {
    "-o": "--output",
    "-i": "--instrument",
    "-t": "--therapy",
    "-m": "--months",
    "-n": "--patients",
    "-h": "--help",
}


@pytest.mark.parametrize("name", ALL)
def test_a_letter_means_one_thing_in_every_command(name: str) -> None:
    for option in ALL[name].params:
        for letter in set(option.opts) & SHORT.keys():
            assert SHORT[letter] in option.opts, f"{name}: {option.opts}"
        assert "--out" not in option.opts


def test_the_earlier_name_is_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "v.csv"
    table.write_text("pga\n1\n")
    for k, words in enumerate(([f"--out={tmp_path / '0.csv'}"], ["--out", str(tmp_path / "1.csv")])):
        assert status(["score", str(table), "-i", "pga", *words]) == 0
        assert (tmp_path / f"{k}.csv").is_file()
    capsys.readouterr()


def test_only_options_are_spelt_anew() -> None:
    assert spelt(["a", "--out", "b", "--outer", "--", "--out"]) == ["a", "--output", "b", "--outer", "--", "--out"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["score", "v.csv", "-i", "pga", "-o", "nope/../o.csv"],
        ["population", "-n", "10", "-o", "nope/../people"],
        ["simulate", "asked.yaml", "-o", "nope/../run"],
        ["new-patient", "nope/../p.yaml"],
        ["plan", "example-nephritis", "--programme", "sheba.car_t", "-o", "nope/../plan"],
    ],
)
def test_a_way_through_a_folder_that_is_not_there_leaves_none(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "v.csv").write_text("pga\n1\n")
    (tmp_path / "asked.yaml").write_text("format: lupercal simulation 1\ntherapy: rituximab\npatients: 4\nmonths: 1\n")
    before = sorted(one.name for one in tmp_path.iterdir())
    assert status(arguments) in {1, 2}
    assert capsys.readouterr().err.splitlines()[-1].startswith("lupercal: ")
    assert sorted(one.name for one in tmp_path.iterdir()) == before

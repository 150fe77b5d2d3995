"""Tables for a terminal: no word split, nothing lost, no line too long that could be shorter."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.report.console import summary_lines
from lupercal.report.layout import table_of
from lupercal.report.terminal import layout_lines, table_lines
from tests.report.build import forecast

WORD = st.text(st.characters(categories=("L", "N"), max_codepoint=0x24F), min_size=1, max_size=24)
CELL = st.lists(WORD, max_size=12).map(" ".join)


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 7).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=6)),
       st.integers(40, 120))  # fmt: skip
def test_every_word_of_every_cell_is_there_whole_and_no_line_is_too_long(rows: list[list[str]], width: int) -> None:
    heads = [f"head{k}" for k in range(len(rows[0]))]
    lines = list(table_lines("", heads, rows, width))
    printed = [word for line in lines for word in line.split()]
    for word in (word for row in rows for cell in row for word in cell.split()):
        assert word in printed
    assert all(len(line) <= width for line in lines)


def test_what_fits_is_in_columns_and_what_does_not_in_blocks() -> None:
    rows = [("a", "1", "x"), ("b", "2", "y")]
    assert list(table_lines("T", ("name", "n", "what"), rows, 40)) == [
        "T",
        "name  n  what",
        "─────────────",
        "a     1  x",
        "b     2  y",
    ]
    long = [("erlangen-first-car-t", "w" * 30, "v" * 30)]
    assert list(table_lines("", ("name", "first", "second"), long, 60)) == [
        "erlangen-first-car-t",
        "  first: " + "w" * 30,
        "  second: " + "v" * 30,
    ]


def test_a_word_longer_than_the_terminal_stays_whole() -> None:
    assert "x" * 90 in " ".join(table_lines("", ("a", "b"), [("one", "x" * 90)], 80)).split()


def test_a_table_of_the_report_keeps_its_notes() -> None:
    made = table_of("t", "Caption", ("a", "b"), "ll", [("x", "1\n2 to 3")], "A note.")
    assert list(layout_lines(made, 60)) == [
        "Caption",
        "a  b",
        "────────",
        "x  1 2 to 3",
        "A note.",
    ] or "A note." in list(layout_lines(made, 60))


@pytest.mark.parametrize("command", ["cases", "therapies", "instruments", "model"])
def test_the_lists_of_the_command_line_keep_to_80_columns(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lupercal.cli.main import status

    monkeypatch.setenv("COLUMNS", "80")
    assert status([command]) == 0
    too_long = [line for line in capsys.readouterr().out.splitlines() if len(line) > 80 and " " in line.strip()]
    assert too_long == []


def test_a_forecast_in_the_terminal_says_how_many_virtual_patients_its_shares_count() -> None:
    said = " ".join(" ".join(summary_lines(forecast(), 80)).split())
    match = forecast().match
    assert f"{match.virtual_patients} virtual patients, {match.distinct_patients} of them distinct" in said

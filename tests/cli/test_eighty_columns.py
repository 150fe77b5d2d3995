"""What commands print at 80 columns: no line beyond, no word split, no codes of units where people read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lupercal.cli.main import status
from lupercal.registry.making import make_registry

CASE = "example-nephritis"
COMMANDS = [
    ["therapies"],
    ["therapies", "cd19_car_t"],
    ["therapies", "fludarabine"],
    ["therapies", "msc_exosomes"],
    ["evidence"],
    ["evidence", "aurora1"],
    ["evidence", "mueller_2024"],
    ["evidence", "licats_2025"],
    ["instruments"],
    ["instruments", "sledai_2k"],
    ["instruments", "icaht_early"],
    ["cases"],
    ["cases", CASE],
    ["model"],
    ["model", "b_cells"],
    ["schema"],
    ["assess", CASE],
    ["assess", CASE, "--full"],
    ["assess", "erlangen-first-car-t"],
    ["eligibility", CASE],
    ["eligibility", CASE, "--full"],
    ["plan", CASE, "--programme", "sheba.car_t"],
    ["plan", CASE, "--programme", "sheba.car_t", "--full"],
    ["follow-up", CASE, "--programme", "sheba.car_t", "--today", "2025-06-01", "--start", "2025-03-03"],
    ["population", "-n", "20", "-o", "out/people"],
    ["simulate", "asked.yaml", "-o", "out/run"],
    ["score", "visits.csv", "-i", "pga", "-o", "out/scores.csv"],
    ["new-patient", "out/new.yaml"],
    ["export", "table", CASE, "-o", "out/table.csv"],
    ["import", "table", "visits.csv", "--map", "map.yaml", "-o", "out/p"],
    ["import", "table", "visits.csv", "--guess"],
    ["care"],
    ["care", "treat_to_target"],
    ["care", "usual_care"],
    ["care", "treat_to_target", "--patient", CASE],
    ["claims"],
    ["claims", "show", "E06"],
    ["calibrate", "--help"],
    ["sensitivity", "--help"],
    ["forecast", "--help"],
    ["serve", "--help"],
    ["registry", "--help"],
    ["registry", "product", "--help"],
    ["registry", "init", "out/registry.db"],
    ["registry", "list", "-r", "registry.db"],
    ["registry", "due", "-r", "registry.db"],
    ["registry", "waiting", "-r", "registry.db"],
    ["registry", "verify", "-r", "registry.db"],
]
LONG_RUNNING = [
    ["forecast", CASE, "-t", "rituximab", "-n", "10", "-m", "6", "-o", "out/forecast"],
    ["validate", "--only", "kysa1_kyv101", "--sets", "1", "--patients", "20", "--pool", "200", "--no-targets"],
]
"""Commands that simulate for seconds: looked at with the slow tests."""
CODES = re.compile(r"\{[a-z_]+\}|10\*\d|\[IU\]|\[HPF\]|\(24\.h\)|\bm2\b|\bCel\b")
"""Units as the data dictionary codes them."""
LONG = re.compile(r"\S*(?:https?://|doi:|10\.\d{4})\S*|\S{60,}")
"""Words that may be longer than a line: addresses."""


def printed(
    arguments: list[str], columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert status(arguments) == 0, capsys.readouterr().err
    shown = capsys.readouterr()
    return shown.out + re.sub(r"[^\n]*\r", "", shown.err)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "asked.yaml").write_text("format: lupercal simulation 1\ntherapy: rituximab\npatients: 4\nmonths: 1\n")
    (tmp_path / "visits.csv").write_text("id,date,pga,c3\na,2025-01-01,1.5,0.8\na,2025-01-01,1.7,much\n")
    columns = "id: {is: patient}, date: {is: date}, pga: {is: pga}, c3: {is: c3, unit: g/L}"
    make_registry(tmp_path / "registry.db").close()
    monkeypatch.delenv("LUPERCAL_REGISTRY", raising=False)
    (tmp_path / "map.yaml").write_text(f"tables: [{{columns: {{{columns}}}}}]\n")
    return tmp_path


@pytest.mark.parametrize(
    "arguments", [*COMMANDS, *(pytest.param(one, marks=pytest.mark.slow) for one in LONG_RUNNING)], ids=" ".join
)
def test_no_line_is_too_long_and_no_word_is_split(
    arguments: list[str], place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = printed(arguments, 80, capsys, monkeypatch)
    long_lines = [line for line in narrow.splitlines() if len(line) > 80 and not LONG.search(line)]
    if arguments[:2] not in (["cases", CASE], ["model", "b_cells"]) and "--guess" not in arguments:  # files as they are
        assert not long_lines
        assert not [line for line in narrow.splitlines() if CODES.search(line) and not line.startswith("Usage:")]
    again = [word.replace("out/", "again/") for word in arguments]
    wide = printed(again, 120, capsys, monkeypatch).replace("again/", "out/")
    whole = {word.strip(":;,.") for word in wide.split()}
    split = {word.strip(":;,.") for word in narrow.split()} - whole
    assert not {word for word in split if not re.fullmatch(r"[─━\d.:]+", word)}

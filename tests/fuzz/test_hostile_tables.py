"""Tables broken at random: status 2 and nothing written, or patients that are whole with every refused cell named.

Where nothing touched a value it comes out as it went in or not at all.
"""

from __future__ import annotations

import csv
import io
import json
import random
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from lupercal.cli.main import status
from lupercal.patient.read import read_patient
from lupercal.patient.record import Patient
from tests.fuzz.hostile_tables import COLUMNS, HostileTable, broken_table, sound_table

QUICK, ALL = 50, 300
SEEDS = [
    *(pytest.param(seed) for seed in range(QUICK)),
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(QUICK, ALL)),
]


def run(arguments: list[str]) -> tuple[int, str]:
    told = io.StringIO()
    with redirect_stderr(told), redirect_stdout(io.StringIO()):
        code = status(arguments)
    return code, told.getvalue()


def check_values(patient: Patient, table: HostileTable) -> None:
    """Every value of a day that nothing touched is the true one, in its unit."""
    for visit in patient.visits:
        shown = ".".join(reversed((visit.date or "").split("-")))
        if {(patient.id, shown), ("", ""), ("", shown), (patient.id, "")} & table.touched:
            continue
        for name, use in COLUMNS.items():
            held, true = visit.values.get(use["is"]), table.truth.get((patient.id, visit.date or "", name))
            if held is None or (use["is"] not in {"c3", "anti_dsdna", "rash", "sledai_2k"}):
                continue
            assert true is not None, f"{use['is']} of {patient.id} on {visit.date} came from nowhere"
            assert held.value == pytest.approx(true), f"{use['is']} of {patient.id} on {visit.date}"


def check_report(path: Path, table: HostileTable, source: Path) -> None:
    """Every cell that holds something has a verdict, and each refused one its reason."""
    items = json.loads(path.read_text(encoding="utf-8"))["items"]
    assert all(one["reason"] for one in items if one["verdict"] != "used")
    places = {one["place"] for one in items}
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=table.delimiter), 1):
        if number > 1 and any(cell.strip() for cell in row):
            assert any(place == f"row {number}" or place.startswith(f"row {number},") for place in places)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_broken_table_makes_whole_patients_or_none(seed: int, tmp_path: Path) -> None:
    table = broken_table(random.Random(seed))
    source, made = table.save(tmp_path)
    out = tmp_path / "out"
    code, told = run(["import", "table", str(source), "--map", str(made), "-o", str(out)])
    assert code in {0, 2}, told
    assert "Traceback" not in told
    if code == 2:
        assert told.splitlines()[-1].startswith("lupercal: ")
        assert not out.exists()
        return
    files = sorted(out.glob("*.yaml"))
    assert files
    for path in files:
        check_values(read_patient(path), table)
    check_report(out / "import_report.json", table, source)


@pytest.mark.parametrize("seed", range(10))
def test_a_sound_table_comes_out_whole(seed: int, tmp_path: Path) -> None:
    table = sound_table(random.Random(seed))
    source, made = table.save(tmp_path)
    code, _ = run(["import", "table", str(source), "--map", str(made), "-o", str(tmp_path / "out")])
    assert code == 0
    patients = [read_patient(path) for path in (tmp_path / "out").glob("*.yaml")]
    for patient in patients:
        check_values(patient, table)
    assert sum(len(visit.values) for one in patients for visit in one.visits) == len(table.truth)


@pytest.mark.parametrize("seed", range(30))
def test_a_draft_of_a_broken_table_is_a_map_or_one_sentence(seed: int, tmp_path: Path) -> None:
    source, _ = broken_table(random.Random(1000 + seed)).save(tmp_path)
    drafted = tmp_path / "d.yaml"
    code, told = run(["import", "table", str(source), "--guess", "-o", str(drafted)])
    assert code in {0, 2}, told
    assert (code == 0) == drafted.exists()
    if code == 0:
        again, more = run(["import", "table", str(source), "--map", str(drafted), "-o", str(tmp_path / "out")])
        assert again in {0, 2}, more

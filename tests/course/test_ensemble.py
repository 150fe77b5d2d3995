"""Runs: nothing is lost, nothing depends on who does the work, and a folder says what it holds."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lupercal.cli.main import status
from lupercal.course.ensemble import Simulation, read_simulation
from lupercal.errors import InputError, LupercalError
from lupercal.files import run_folder
from lupercal.files.run_folder import PARTS, Progress, Sitting
from lupercal.files.runner import RunnerName
from tests.files.damage import contents, damage

SIMULATION = Simulation("cd19_car_t", 40, 2, 7, 1, ("AM", "DN", "CE"), 8, "treat_to_target")


def _quiet(_: Progress) -> None:
    return


def _run(
    folder: Path, simulation: Simulation = SIMULATION, runner: RunnerName = "serial", resume: bool = False
) -> None:
    sitting = Sitting(runner, 2, None, resume)
    run_folder.run_in_folder(folder, simulation.asked(), simulation, simulation.sizes(), sitting, _quiet)


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / PARTS).iterdir())}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "serial"
    _run(folder)
    return folder


def test_a_run_holds_one_row_per_patient_and_visit(uninterrupted: Path) -> None:
    found = pl.read_parquet(uninterrupted / PARTS / "*.parquet")
    assert found.columns == ["patient", "day", "outcome", "infections", "AM", "DN", "CE"]
    assert found["patient"].n_unique() == 40
    assert len(found) == 40 * found["day"].n_unique()
    assert found["AM"].is_finite().all()
    assert found.filter(pl.col("day") > 10)["CE"].max() > 1  # type: ignore[operator]


def test_somebody_decides_in_it(uninterrupted: Path, tmp_path: Path) -> None:
    _run(tmp_path / "run", replace(SIMULATION, care="as_is"))
    unchanged, treated = (pl.read_parquet(one / PARTS / "*.parquet")["AM"] for one in (tmp_path / "run", uninterrupted))
    assert ((unchanged - treated).abs() > 0.01 * unchanged).any()


def test_units_and_provenance_are_in_the_metadata(uninterrupted: Path) -> None:
    found = pl.read_parquet_metadata(uninterrupted / PARTS / "part-000000.parquet")
    assert json.loads(found["units"])["DN"] == "[IU]/mL"
    assert json.loads(found["asked"]) == SIMULATION.asked()
    assert found["digest"] == run_folder.digest(SIMULATION.asked())


@pytest.mark.parametrize("runner", ["threads", "processes"])
def test_every_runner_gives_the_same_bytes(runner: RunnerName, uninterrupted: Path, tmp_path: Path) -> None:
    _run(tmp_path / "run", runner=runner)
    assert _contents(tmp_path / "run") == _contents(uninterrupted)


def test_the_chunk_size_changes_no_value(uninterrupted: Path, tmp_path: Path) -> None:
    _run(tmp_path / "run", replace(SIMULATION, chunk=13))
    expected = pl.read_parquet(uninterrupted / PARTS / "*.parquet")
    assert pl.read_parquet(tmp_path / "run" / PARTS / "*.parquet").equals(expected)


def test_missing_and_broken_parts_are_made_again(uninterrupted: Path, tmp_path: Path) -> None:
    _run(tmp_path / "run")
    parts = sorted((tmp_path / "run" / PARTS).iterdir())
    parts[1].unlink()
    parts[3].write_bytes(parts[3].read_bytes()[:-100])
    (tmp_path / "run" / PARTS / ".0123456789abcdef.part").write_bytes(b"half")
    _run(tmp_path / "run", resume=True)
    assert _contents(tmp_path / "run") == _contents(uninterrupted)


def test_a_killed_run_goes_on(uninterrupted: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.course.test_ensemble import _run;"
        "_run(Path(sys.argv[1]), resume=True)"
    )
    chance = random.Random(1)
    for _ in range(1):
        child = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "run")])
        until = time.monotonic() + 30
        wanted = chance.randint(1, 3)
        while len(list((tmp_path / "run" / PARTS).glob("*.parquet"))) < wanted and time.monotonic() < until:
            time.sleep(0.002)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert not (tmp_path / "run" / PARTS / "part-000004.parquet").exists()
    _run(tmp_path / "run", resume=True)
    assert _contents(tmp_path / "run") == _contents(uninterrupted)


def test_a_run_is_not_begun_twice_by_mistake(uninterrupted: Path) -> None:
    with pytest.raises(InputError, match="--resume"):
        _run(uninterrupted)
    with pytest.raises(InputError, match="another run"):
        _run(uninterrupted, replace(SIMULATION, seed=8), resume=True)


def test_a_full_disk_keeps_what_was_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []

    def full(path: Path, content: bytes) -> None:
        if len(written) == 2:
            raise LupercalError(f"{path}: no space left on device")
        written.append(path)
        path.write_bytes(content)

    monkeypatch.setattr(run_folder, "write_bytes", full)
    with pytest.raises(LupercalError, match=r"no space left on device.*2 chunks are kept"):
        _run(tmp_path / "run")
    assert len(list((tmp_path / "run" / PARTS).glob("*.parquet"))) == 2


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    with pytest.raises(InputError, match="a place where files can be written"):
        _run(tmp_path / "file" / "run")


def test_a_specification_is_checked(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text("format: lupercal simulation 1\ntherapy: rituximab\npatients: 10\nstates: [AM]\n")
    assert read_simulation(spec).states == ("AM",)
    for line, field in (
        ("therapy: rubbish", "rubbish"),
        ("patients: 0", "patients"),
        ("states: [XX]", "XX"),
        ("seed: x", "seed"),
    ):
        given = {"format": "lupercal simulation 1", "therapy": "rituximab", "patients": "10"}
        name, _, value = line.partition(": ")
        spec.write_text("".join(f"{k}: {v}\n" for k, v in (given | {name: value}).items()))
        with pytest.raises(InputError, match=field):
            read_simulation(spec)


def test_patients_do_not_depend_on_their_chunk() -> None:
    whole, part = SIMULATION.course(0, 6), SIMULATION.course(3, 3)
    assert np.array_equal(whole.states["DN"][:, 3:], part.states["DN"])


@pytest.mark.slow
def test_after_random_damage_of_any_file_nobody_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two hundred times: the command ends with the bytes of a fresh run, or with one sentence and a failure."""
    spec, chance = tmp_path / "spec.yaml", random.Random(2)
    spec.write_text(
        "format: lupercal simulation 1\ntherapy: rituximab\npatients: 30\nmonths: 1\nstates: [AM]\nchunk: 10\n"
    )
    command = ["simulate", str(spec), "--runner", "serial", "-o"]
    assert status([*command, str(tmp_path / "fresh")]) == 0
    expected = contents(tmp_path / "fresh")
    for number in range(200):
        folder = tmp_path / "damaged"
        shutil.copytree(tmp_path / "fresh", folder)
        what = damage(folder, chance)
        capsys.readouterr()
        code = status([*command, str(folder), "--resume"])
        told = capsys.readouterr().err.strip().splitlines()[-1]
        if code == 0:
            assert {name: found for name, found in contents(folder).items() if name in expected} == expected, what
            assert pl.read_parquet(folder / PARTS / "*.parquet")["patient"].n_unique() == 30, what
        else:
            assert (code, told.startswith("lupercal: ")) == (2, True), (number, what, told)
        shutil.rmtree(folder)


def test_with_decisions_on_the_way_chunks_change_nothing() -> None:
    cared = Simulation("cd19_car_t", 9, 4, 7, 1, ("AM", "DN"), 9, "treat_to_target")
    whole = cared.table(0)
    for size in (1, 4):
        parts = replace(cared, chunk=size)
        assert pl.concat([parts.table(k) for k in range(len(parts.sizes()))]).equals(whole)
    assert whole.columns == replace(cared, care="as_is").table(0).columns
    assert "care" not in replace(cared, care="as_is").asked(), "what was asked before protocols were is asked still"

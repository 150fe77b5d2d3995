"""Runs in parts: damage is found, nobody is missing, two runs never share a folder, nothing of the user's is lost."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lupercal.errors import InputError, LupercalError
from lupercal.files.lock import locked
from lupercal.files.run_folder import Progress, Sitting, continued, opened, run_in_folder
from lupercal.files.run_record import RECORD, RunRecord, read_run
from lupercal.files.runner import RunnerName
from tests.files.damage import contents, damage

SIZES = [10, 10, 7]


def part(chunk: int) -> bytes:
    """Stands for a chunk's Parquet file: any bytes will do for keeping them."""
    return b"PAR1" + random.Random(chunk).randbytes(300) + b"PAR1"


def run(folder: Path, resume: bool = False, seed: int = 1) -> list[Progress]:
    told: list[Progress] = []
    run_in_folder(folder, {"therapy": "a", "seed": seed}, part, SIZES, Sitting(resume=resume), told.append)
    return told


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    run(tmp_path / "fresh")
    return tmp_path / "fresh"


def test_a_record_says_what_the_run_follows_from_and_names_every_part(fresh: Path) -> None:
    found = json.loads((fresh / RECORD).read_text())
    assert found["command"] == "simulate"
    assert found["seed"] == 1
    assert found["state"] == "done"
    assert len(found["code_and_data"]) == 16
    assert sorted(found["files"]) == sorted(name for name in contents(fresh) if name != RECORD)
    assert all(one["bytes"] == 308 and len(one["hash"]) == 32 for one in found["files"].values())


def test_equal_runs_have_equal_bytes_record_included(fresh: Path, tmp_path: Path) -> None:
    run(tmp_path / "again")
    assert contents(tmp_path / "again") == contents(fresh)


def test_after_random_damage_resuming_gives_the_same_bytes_or_one_sentence(tmp_path: Path) -> None:
    run(tmp_path / "fresh")
    expected, refused, chance = contents(tmp_path / "fresh"), 0, random.Random(16)
    for number in range(200):
        folder = tmp_path / str(number)
        run(folder)
        what = damage(folder, chance)
        sentence = resumed(folder)
        refused += sentence is not None
        assert of_run(folder, expected) == expected or (sentence and "\n" not in sentence), what
    assert 20 < refused < 150


def resumed(folder: Path) -> str | None:
    try:
        run(folder, resume=True)
    except LupercalError as error:
        return str(error)
    return None


def of_run(folder: Path, expected: dict[str, bytes]) -> dict[str, bytes]:
    """Return what readers take for the run: its record and whatever lies among its parts."""
    return {name: content for name, content in contents(folder).items() if name in expected or "parts/" in name}


def test_a_damaged_part_is_told(fresh: Path) -> None:
    (fresh / "parts" / "part-000001.parquet").write_bytes(part(0))
    assert run(fresh, resume=True)[0] == Progress(2, 3, again=1)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"a": "\xff"}', b'{"asked": 1}', b"{}", b"\0", b"1e999"]
)
def test_a_damaged_record_is_one_sentence_that_names_it(fresh: Path, content: bytes) -> None:
    (fresh / RECORD).write_bytes(content)
    with pytest.raises(InputError, match=r"run\.json.*; expected") as error:
        run(fresh, resume=True)
    assert "\n" not in str(error.value)


def test_an_edited_record_is_refused_though_it_is_well_formed(fresh: Path) -> None:
    found = json.loads((fresh / RECORD).read_text())
    edits: list[dict[str, object]] = [
        {"seed": 2}, {"state": "unfinished"}, {"files": {}}, {"check": "0" * 32}, {"note": "mine"},
    ]  # fmt: skip
    for changed in edits:
        (fresh / RECORD).write_text(json.dumps(found | changed))
        with pytest.raises(InputError, match="damaged or edited"):
            run(fresh, resume=True)


def test_a_run_of_the_version_before_is_refused_in_one_sentence_that_says_what_to_do(fresh: Path) -> None:
    (fresh / RECORD).write_text(json.dumps({"lupercal": "0.1.0", "asked": {}, "digest": "00"}))
    with pytest.raises(InputError, match=r"lupercal 0\.1\.0 without checksums.*new folder"):
        run(fresh, resume=True)


def test_other_code_or_data_is_another_run(fresh: Path) -> None:
    record = RunRecord("simulate", {}, code_and_data="0" * 16)
    assert record.digest != read_run(fresh).digest
    with pytest.raises(InputError, match="other code or data"):
        with_other_code(fresh)


def with_other_code(folder: Path) -> None:
    found = read_run(folder)
    with opened(folder, RunRecord("simulate", found.asked, found.seed, code_and_data="0" * 16), resume=True):
        pass


def test_what_is_no_part_of_the_run_is_refused_and_stays(fresh: Path) -> None:
    for name in ("parts/part-000003.parquet", "parts/notes.txt"):
        (fresh / name).write_text("mine")
        with pytest.raises(InputError, match="only the parts of this run"):
            run(fresh, resume=True)
        assert (fresh / name).read_text() == "mine"
        (fresh / name).unlink()
    (fresh / "notes.txt").write_text("mine")
    run(fresh, resume=True)
    assert (fresh / "notes.txt").read_text() == "mine"


def test_parts_that_are_a_file_are_one_sentence(fresh: Path) -> None:
    for path in (fresh / "parts").iterdir():
        path.unlink()
    (fresh / "parts").rmdir()
    (fresh / "parts").touch()
    with pytest.raises(InputError, match="parts: found 'a file'"):
        run(fresh, resume=True)


def test_only_one_run_at_a_time_works_in_a_folder(tmp_path: Path) -> None:
    seen = []

    def work(chunk: int) -> bytes:
        code = (
            "import sys; from pathlib import Path; from tests.files.test_run_folder import run;"
            "run(Path(sys.argv[1]), resume=True)"
        )
        if chunk == 0:
            done = subprocess.run(
                [sys.executable, "-c", code, str(tmp_path / "run")], capture_output=True, text=True, check=False
            )
            seen.append(done.stderr.strip().splitlines()[-1])
        return part(chunk)

    run_in_folder(tmp_path / "run", {"therapy": "a", "seed": 1}, work, SIZES, Sitting(), lambda progress: None)
    assert "another run at work in it" in seen[0]


def test_a_lock_ends_with_its_holder_and_leaves_nothing(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(InputError, match="another run at work"), locked(tmp_path):
        pass
    with locked(tmp_path):
        assert not list(tmp_path.iterdir())


def test_an_interrupted_run_keeps_its_parts_and_leaves_nothing_hidden(tmp_path: Path) -> None:
    def interrupted(chunk: int) -> bytes:
        if chunk == 2:
            raise KeyboardInterrupt
        return part(chunk)

    with pytest.raises(KeyboardInterrupt):
        run_in_folder(tmp_path / "run", {"therapy": "a", "seed": 1}, interrupted, SIZES, Sitting(), lambda _: None)
    assert read_run(tmp_path / "run").state == "unfinished"
    assert len(read_run(tmp_path / "run").files) == 2
    assert not [name for name in contents(tmp_path / "run") if ".part" in name and name.startswith(".")]
    assert run(tmp_path / "run", resume=True)[0].done == 2


def test_a_refused_run_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="a place where files can be written"):
        run(tmp_path / "file" / "run")
    with pytest.raises(InputError, match="File name too long"):
        run(tmp_path / "deep" / ("x" * 300))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_runs_that_follow_each_other_keep_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for step in ("first", "second"):
        with continued(tmp_path, RunRecord("calibrate", {"step": step})) as folder:
            folder.keep(f"{step}.npy", step.encode())
    assert set(read_run(tmp_path).files) == {"first.npy", "second.npy"}
    assert (tmp_path / "mine.txt").read_text() == "mine"
    with pytest.raises(InputError, match="a run of lupercal calibrate"), continued(tmp_path, RunRecord("simulate", {})):
        pass


@pytest.mark.parametrize("change", [os.mkfifo, lambda path: path.symlink_to("nowhere"), lambda path: path.mkdir()])
def test_a_part_that_is_no_regular_file_is_refused_at_once(fresh: Path, change: Callable[[Path], object]) -> None:
    place = fresh / "parts" / "part-000001.parquet"
    place.unlink()
    change(place)
    with pytest.raises(InputError, match=r"part-000001\.parquet"):
        run(fresh, resume=True)


@pytest.mark.parametrize("resume", [True, False])
def test_no_run_begins_among_the_parts_of_another(fresh: Path, resume: bool) -> None:
    before = contents(fresh)
    with pytest.raises(InputError, match="the parts of another run"):
        run(fresh / "parts", resume=resume)
    assert contents(fresh) == before


@pytest.mark.parametrize("runner", ["serial", "threads", "processes"])
def test_a_scheduler_that_nobody_would_ask_is_refused(tmp_path: Path, runner: RunnerName) -> None:
    with pytest.raises(InputError, match="--runner dask"):
        run_in_folder(tmp_path / "r", {}, part, SIZES, Sitting(runner, 1, "tcp://host:1"), lambda _: None)
    assert not (tmp_path / "r").exists()

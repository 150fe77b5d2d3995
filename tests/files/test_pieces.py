"""A run that was stopped goes on from its pieces, and ends as one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lupercal.errors import InputError
from lupercal.files.pieces import Pieces, each_kept, resumable
from lupercal.files.run_record import RunRecord

ASKED = RunRecord("validate", {"sets": 4}, 1)


class StoppedError(Exception):
    """What stops a run."""


def work_until(stop: int, done: list[int]) -> Callable[[int], dict[str, Any]]:
    def work(index: int) -> dict[str, Any]:
        if index >= stop:
            raise StoppedError
        done.append(index)
        return {"value": 0.1 * index + 1 / 3, "none": float("nan")}

    return work


def sitting(place: Path | None, stop: int, resume: bool, asked: RunRecord = ASKED) -> tuple[list[int], list[Any]]:
    done: list[int] = []
    with resumable(place, asked, resume) as pieces:
        found = each_kept(pieces, "sets", work_until(stop, done), 4, lambda one: one, lambda one: one)
    return done, found


def stopped(place: Path) -> None:
    with pytest.raises(StoppedError):
        sitting(place, 2, resume=False)


def test_a_run_goes_on_where_it_was_stopped_and_leaves_nothing_behind(tmp_path: Path) -> None:
    _, whole = sitting(None, 4, resume=False)
    stopped(tmp_path / "out")
    done, found = sitting(tmp_path / "out", 4, resume=True)
    assert done == [2, 3]
    assert repr(found) == repr(whole), "to the last bit"
    assert not list(tmp_path.iterdir())


def test_pieces_that_are_damaged_are_made_again(tmp_path: Path) -> None:
    stopped(tmp_path / "out")
    (tmp_path / "out.unfinished" / "sets-000000.json").write_text('{"value": 7}')
    done, found = sitting(tmp_path / "out", 4, resume=True)
    assert done == [0, 2, 3]
    assert found[0]["value"] == 1 / 3


def test_only_who_asks_goes_on_and_only_with_the_same_run(tmp_path: Path) -> None:
    stopped(tmp_path / "out")
    with pytest.raises(InputError, match="--resume to go on with it"):
        sitting(tmp_path / "out", 4, resume=False)
    with pytest.raises(InputError, match="another run"):
        sitting(tmp_path / "out", 4, resume=True, asked=RunRecord("validate", {"sets": 5}, 1))
    assert sitting(tmp_path / "out", 4, resume=True)[0] == [2, 3]


def test_a_run_that_has_made_nothing_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoppedError):
        sitting(tmp_path / "out", 0, resume=False)
    assert not list(tmp_path.iterdir())


def test_without_a_place_nothing_is_kept() -> None:
    pieces = Pieces()
    assert pieces.folder is None
    assert pieces.of("a", lambda: b"one") == b"one"
    assert pieces.kept("a") is None


KILLED = """
import sys, time
from pathlib import Path
from lupercal.files.pieces import each_kept, resumable
from lupercal.files.run_record import RunRecord

def work(index):
    if index == 2:
        print("two are kept", flush=True)
        time.sleep(60)
    return {"value": index}

with resumable(Path(sys.argv[1]), RunRecord("validate", {"sets": 4}, 1), False) as pieces:
    each_kept(pieces, "sets", work, 4, dict, dict)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    running = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path / "out")], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    assert running.stdout.readline().strip() == "two are kept"
    time.sleep(0.1)  # the record follows the pieces within a moment
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    running.stdout.close()
    done, found = sitting(tmp_path / "out", 4, resume=True)
    assert done[-2:] == [2, 3]
    assert len(found) == 4

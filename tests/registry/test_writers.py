"""Killed at any moment, or eight at once: nothing is half-written, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> int:
    """Run processes that write, and return the number of visits they left."""
    command = [sys.executable, "-m", "tests.registry.writers", *arguments]
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_eight_write_at_once(place: str, tmp_path: Path) -> None:
    assert run("together", place, str(tmp_path / "ring.keys"), "8", "2") == 16


@pytest.mark.slow
def test_eight_write_a_lot_at_once(place: str, tmp_path: Path) -> None:
    assert run("together", place, str(tmp_path / "ring.keys"), "8", "30") == 240


def test_a_killed_writer_leaves_nothing_half_written(tmp_path: Path) -> None:
    run("kill", str(tmp_path), "4", "1")


@pytest.mark.slow
def test_a_writer_killed_100_times_leaves_nothing_half_written(tmp_path: Path) -> None:
    assert run("kill", str(tmp_path), "100", "20") > 50

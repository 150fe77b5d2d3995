"""Runs that are killed, resumed, and done elsewhere end with the same bytes.

    python -m benchmarks.nothing_lost [--kills 20]

One run without interruption is compared with: threads, processes, Dask with three workers of which one is killed in
the middle, and a run that is killed (kill -9) at random moments and resumed each time.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from lupercal.course.ensemble import Simulation
from lupercal.files import run_folder
from lupercal.files.run_folder import PARTS, Sitting
from lupercal.files.runner import RunnerName

SIMULATION = Simulation("cd19_car_t", 16_000, 12, 7, 1, ("AM", "DN", "CE", "IG"), 100, "treat_to_target")


def main() -> None:
    """Run all comparisons."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        run(given.child)
        return
    with tempfile.TemporaryDirectory() as room:
        expected = contents(run(Path(room) / "serial"))
        for runner in ("threads", "processes"):
            compare(runner, contents(run(Path(room) / runner, runner)), expected)
        compare("Dask, one of three workers killed", contents(with_dask(Path(room) / "dask")), expected)
        folder, kills = killed(Path(room) / "killed", given.kills)
        compare(f"killed {kills} times and resumed", contents(folder), expected)


def run(folder: Path, runner: RunnerName = "serial", scheduler: str | None = None) -> Path:
    """Do or finish the run."""
    sitting = Sitting(runner, 2, scheduler, resume=True)
    run_folder.run_in_folder(folder, SIMULATION.asked(), SIMULATION, SIMULATION.sizes(), sitting, lambda progress: None)
    return folder


def with_dask(folder: Path) -> Path:
    """Do the run on three workers and kill one of them as soon as a few chunks are done."""
    from distributed import LocalCluster  # noqa: PLC0415 - optional

    with LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None) as cluster:
        victim = next(iter(cluster.workers.values())).pid
        threading.Thread(target=_kill_later, args=(folder, victim), daemon=True).start()
        return run(folder, "dask", cluster.scheduler_address)


def _kill_later(folder: Path, victim: int) -> None:
    while _parts(folder) < 3:
        time.sleep(0.01)
    os.kill(victim, signal.SIGKILL)
    print(f"   worker {victim} killed after {_parts(folder)} chunks")


def killed(folder: Path, kills: int) -> tuple[Path, int]:
    """Kill the run at random moments and resume it, then let it finish."""
    chance, done = random.Random(1), 0
    while done < kills:
        before = _parts(folder)
        child = subprocess.Popen([sys.executable, "-m", "benchmarks.nothing_lost", "--child", str(folder)])
        while child.poll() is None and _parts(folder) == before:
            time.sleep(0.002)
        time.sleep(0.2 * chance.random())
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
            done += 1
        child.wait()
    print(f"   {_parts(folder)} of {len(SIMULATION.sizes())} chunks were there after the last kill")
    return run(folder), done


def _parts(folder: Path) -> int:
    return len(list((folder / PARTS).glob("*.parquet")))


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of results."""
    return {path.name: path.read_bytes() for path in sorted((folder / PARTS).glob("*.parquet"))}


def compare(name: str, found: dict[str, bytes], expected: dict[str, bytes]) -> None:
    """Say whether the bytes are the same; end with an error if they are not."""
    same = found == expected
    print(f"{name}: {'same bytes' if same else 'DIFFERENT'} in {len(found)} files", flush=True)
    if not same:
        sys.exit(1)


if __name__ == "__main__":
    main()

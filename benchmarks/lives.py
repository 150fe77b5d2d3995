"""How `lupercal simulate` grows with the number of patients, burn-in and all, by threads and by processes.

    python -m benchmarks.lives [--sizes 10000 100000 1000000] [--runner threads processes] [--workers 2]

Two years after three years of burn-in, all states that are kept by default. CPU seconds and the largest memory of one
process are those of the command and its children; ``together_mib`` is what all of them held at once, looked at every
half second. A line of JSON for each run is added to a file (``--keep``), the folder with the results is removed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.against import START
from benchmarks.jobs import SIMULATION, circumstances

EVERY = 0.5  # seconds between two looks at memory
PAGE = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Run all sizes by all runners."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--runner", nargs="+", default=["threads", "processes"])
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--keep", type=Path, default=Path("benchmarks") / "lives.jsonl", help="where lines are added")
    given = options.parse_args()
    for size in given.sizes:
        for runner in given.runner:
            row = {"patients": size, "runner": runner, "workers": given.workers, **circumstances()}
            row |= lived(size, runner, given.workers)
            print(in_words(row), flush=True)
            with given.keep.open("a", encoding="utf-8") as kept:
                kept.write(json.dumps(row) + "\n")


def in_words(row: dict[str, Any]) -> str:
    """Return a run as a line for the eye."""
    return (
        f"{row['patients']:9d} patients, {row['runner']:9s} {row['cpu_s']:8.1f} CPU s {row['wall_s']:8.1f} s wall "
        f"{row['together_mib']:6.0f} MiB together, {row['output_mib']:6.0f} MiB written"
    )


def lived(size: int, runner: str, workers: int) -> dict[str, Any]:
    """Simulate so many patients and return what it cost."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "simulation.yaml").write_text(SIMULATION.format(patients=size), encoding="utf-8")
        words = ["simulate", "simulation.yaml", "-o", "run", "--runner", runner, "--workers", str(workers)]
        begun, together, written, ended = time.perf_counter(), 0.0, 0, 0
        job = subprocess.Popen([sys.executable, "-c", START, *words], cwd=folder, stdout=subprocess.DEVNULL)
        while not ended:
            time.sleep(EVERY)
            together = max(together, held_by(job.pid))
            ended, status, used = os.wait4(job.pid, os.WNOHANG)
        job.returncode = os.waitstatus_to_exitcode(status)
        if job.returncode:
            raise SystemExit(f"{size} patients failed with status {job.returncode}")
        written = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
    return {
        "cpu_s": used.ru_utime + used.ru_stime, "wall_s": time.perf_counter() - begun,
        "largest_process_mib": used.ru_maxrss / 1024, "together_mib": together, "output_mib": written / 2**20,
    }  # fmt: skip


def held_by(process: int) -> float:
    """Return the memory in MiB of a process and all below it; what they share counts for each."""
    total, waiting = 0, [process]
    while waiting:
        one = waiting.pop()
        try:
            total += int(Path(f"/proc/{one}/statm").read_text("ascii").split()[1]) * PAGE
            for children in Path(f"/proc/{one}/task").glob("*/children"):
                waiting += map(int, children.read_text("ascii").split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total / 2**20


if __name__ == "__main__":
    main()

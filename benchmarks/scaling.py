"""How time and memory grow with the number of virtual patients, on one and two cores, with and without writing Parquet.

    python -m benchmarks.scaling [--largest 1000000] [--json FILE]

Two years, twelve visits, all states. Each ensemble runs in a process of its own in chunks of 4096, as `lupercal
simulate` does, and keeps nothing but the files; wall seconds, and the largest memory the process ever held.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks import workload
from benchmarks.workload import YEARS
from lupercal.engine.processor import compiled
from lupercal.engine.task import Course, Task

CHUNK = 4096
MONTHLY = tuple(range(30, 731, 61))[:12]


def main() -> None:
    """Run all sizes and print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--largest", type=int, default=1_000_000)
    options.add_argument("--json", type=Path)
    options.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.one:
        print(json.dumps(measured(int(given.one[0]), int(given.one[1]), given.one[2])))
        return
    rows = [row for size in sizes(given.largest) for row in compared(size)]
    if given.json:
        given.json.write_text(json.dumps({"rows": rows}, indent=2) + "\n", "utf-8")


def sizes(largest: int) -> list[int]:
    """Return 1, 100, 10 000 … up to the largest."""
    return sorted({*(10**k for k in (0, 2, 4, 5, 6) if 10**k <= largest), largest})


def compared(size: int) -> list[dict[str, float]]:
    """Measure one size in fresh processes: one core without and with Parquet, two cores."""
    rows = []
    for threads, write in ((1, ""), (1, "parquet"), (2, "")):
        made = [sys.executable, "-m", "benchmarks.scaling", "--one", str(size), str(threads), write]
        row = json.loads(subprocess.run(made, check=True, capture_output=True, text=True).stdout)
        print(f"{size:9d} patients, {threads} core{'s' if threads > 1 else ' '} {write:8s} {row['seconds']:8.2f} s "
              f"{row['patient_years_per_second']:9.0f} py/s  {row['memory_mib']:6.0f} MiB", flush=True)  # fmt: skip
        rows.append(row)
    return rows


def measured(size: int, threads: int, write: str) -> dict[str, float]:
    """Run one ensemble in this process."""
    base = _task(min(CHUNK, size))
    compiled.run(_first(base, 1), threads=1)
    begun = time.perf_counter()
    parts = [min(CHUNK, size - first) for first in range(0, size, CHUNK)]
    with ThreadPoolExecutor(threads) as pool:
        written = sum(pool.map(lambda count: _chunk(_first(base, count), write), parts))
    spent = time.perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "patients": size, "cores": threads, "seconds": spent, "memory_mib": memory, "parquet_mib": written / 2**20,
        "patient_years_per_second": size * YEARS / spent,
    }  # fmt: skip


def _task(size: int) -> Task:
    return replace(workload.task(size), record_days=MONTHLY)


def _first(task: Task, count: int) -> Task:
    """Return the task of the first patients."""
    cut = {k: v[:count] if isinstance(v, np.ndarray) and v.ndim else v for k, v in task.parameters.items()}
    return replace(task, start=task.start[:, :count], parameters=cut)


def _chunk(task: Task, write: str) -> int:
    course = compiled.run(task, threads=1)
    return len(_parquet(course)) if write else 0


def _parquet(course: Course) -> bytes:
    columns = {name: values.T.ravel().astype(np.float32) for name, values in course.states.items()}
    size, visits = len(course.outcome), len(course.days)
    keys = {"patient": np.repeat(np.arange(size), visits), "day": np.tile(course.days.astype(np.int32), size)}
    file = io.BytesIO()
    pl.DataFrame({**keys, **columns}).write_parquet(file, compression="zstd", compression_level=1)
    return file.getvalue()


if __name__ == "__main__":
    main()

"""Measure scoring: SLEDAI-2K on arrays, and ``lupercal score`` from file to file with its peak memory.

Run: python benchmarks/score_visits.py [--rows 10000000] [--folder FOLDER] [--only arrays|files|patients]

``patients`` has whose visit a row is and on which day, ten visits each in any order, without and with a look-back.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from lupercal.instruments import score
from lupercal.instruments.sledai_items import DESCRIPTORS

BLOCK = 500_000
VISITS = 10
_CHILD = """
import re, sys, time
from pathlib import Path
from lupercal.instruments.score_table import score_table
start = time.perf_counter()
begun = time.process_time()
settings = {"window_days": int(sys.argv[4])} if int(sys.argv[4]) else {}
rows = score_table(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].split(","), settings=settings).rows
seconds, worked = time.perf_counter() - start, time.process_time() - begun
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(f"{rows} {seconds} {worked} {peak}")
"""


def arrays(rows: int) -> None:
    """Print visits per second and core for three types of flags; the best of five."""
    rng = np.random.default_rng(1)
    flags = {name: rng.random(rows) < 0.1 for name in DESCRIPTORS}
    for kind in (np.bool_, np.int8, np.float64):
        columns = {name: column.astype(kind) for name, column in flags.items()}
        times = []
        for _ in range(5):
            start = time.process_time()
            score("sledai_2k", columns)
            times.append(time.process_time() - start)
        rate = rows / min(times) / 1e6
        print(f"sledai_2k, {rows} visits, {np.dtype(kind).name} flags: {rate:.1f} million visits/s/core")


def write_visits(path: Path, rows: int, *, of_patients: bool) -> None:
    """Write simulated visits as Parquet, block by block; with ``of_patients`` ten of each, all over the file."""
    import polars as pl  # noqa: PLC0415

    def block(start: int) -> pl.DataFrame:
        rng = np.random.default_rng(start)
        n = min(BLOCK, rows - start)
        row = np.arange(start, start + n)
        columns: dict[str, object] = {"row": row}
        if of_patients:
            people = max(rows // VISITS, 1)
            columns = {"patient_id": row % people, "day": 20 * (row // people)}
        columns |= {name: rng.random(n) < 0.1 for name in DESCRIPTORS[:-3]}
        columns |= {"temperature": rng.normal(37, 0.5, n), "platelets": rng.normal(220, 60, n)}
        columns |= {"leukocytes": rng.normal(5.5, 1.5, n), "pga": rng.random(n) * 3, "prednisone": rng.random(n) * 15}
        return pl.DataFrame(columns)

    parts = [path.with_name(f"part-{start:09d}.parquet") for start in range(0, rows, BLOCK)]
    for part, start in zip(parts, range(0, rows, BLOCK), strict=True):
        block(start).write_parquet(part)
    pl.scan_parquet(parts).sink_parquet(path)
    for part in parts:
        part.unlink()


def files(source: Path, instruments: str, window: int = 0, outs: tuple[str, ...] = ("out.parquet", "out.csv")) -> None:
    """Print rows per second and peak memory of scoring a file in a process of its own."""
    for out in outs:
        command = [sys.executable, "-c", _CHILD, str(source), str(source.with_name(out)), instruments, str(window)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        count, seconds, worked, peak = (float(word) for word in done.stdout.split())
        looked = f", looking back {window} days" if window else ""
        print(
            f"lupercal score, {instruments} to {out}{looked}: {count:.0f} rows in {seconds:.1f} s "
            f"({worked:.1f} CPU s), {count / seconds / 1e6:.2f} million rows/s, peak {peak:.0f} MiB",
            flush=True,
        )


def main() -> None:
    """Run both measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", choices=("arrays", "files", "patients"))
    given = parser.parse_args()
    asked = (given.only,) if given.only else ("arrays", "files", "patients")
    if "arrays" in asked:
        arrays(min(given.rows, 2_000_000))
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        source = Path(folder) / "visits.parquet"
        if "files" in asked:
            write_visits(source, given.rows, of_patients=False)
            files(source, "sledai_2k")
            files(source, "sledai_2k,doris_2021,lldas")
        if "patients" in asked:
            write_visits(source, given.rows, of_patients=True)
            files(source, "sledai_2k")
            files(source, "sledai_2k,doris_2021,lldas", outs=("out.parquet",))
            files(source, "sledai_2k", window=30)
            files(source, "sledai_2k,doris_2021,lldas", window=30, outs=("out.parquet",))


if __name__ == "__main__":
    main()

"""The twelve constructed very ill patients of ``tests/forecast/sick``: what a forecast of each takes, and its twins.

    python -m benchmarks.sick_cases [--only sick-04 …] [--folder FOLDER]

Each case is one ``lupercal forecast CASE`` with its defaults in a process of its own. Per case a line as it ends: wall
seconds, CPU seconds (user and system), candidates drawn, effective number of twins, distinct twins, factor by which
tolerances were widened; then the patient's value and the twins' median or share. Aim: wall seconds below 90 on two idle
cores. ``--folder`` keeps the forecasts; without it they are thrown away.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CASES = Path("tests/forecast/sick")
FLAGS = ("hematuria", "urinary_casts", "nervous_activity", "kidney_involved")
HEAD = (
    "case", "wall s", "CPU s", "candidates", "effective", "distinct", "widened", "SLEDAI-2K", "UPCR g/g", "haematuria",
    "casts", "nervous system", "kidney involved", "drugs, the same in patient and twins",
)  # fmt: skip


def timed(case: Path, folder: Path) -> tuple[float, float]:
    """Run one forecast; return its wall and CPU seconds."""
    command = [sys.executable, "-m", "lupercal", "forecast", str(case), "-o", str(folder)]
    begun, before = time.perf_counter(), os.times()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = os.times()
    if done.returncode:
        sys.exit(f"{case.name}: {done.stderr.strip() or done.stdout.strip()}")
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - begun, spent


def cell(row: Mapping[str, Any] | None, *, flag: bool) -> str:
    """Return the patient's value and the twins' median (of a flag: whether, and the share who have it)."""
    if row is None:
        return "–"
    if flag:
        return f"{'yes' if row['observed'] >= 0.5 else 'no'} / {row['cohort_mean']:.0%}"
    return f"{row['observed']:.3g} / {row['cohort_median']:.3g}"


def line(case: str, seconds: tuple[float, float], told: Mapping[str, Any]) -> list[str]:
    """Return a row of the table."""
    match = told["match"]
    rows = {row["variable"]: row for row in match["variables"]}
    found = [cell(rows.get(name), flag=False) for name in ("sledai_2k", "upcr")]
    found += [cell(rows.get(name), flag=True) for name in FLAGS]
    drugs = "; ".join(one for one in told["background"] if " mg/" in one or " g/d" in one or "drawn" in one)
    sizes = (match["candidates"], match["effective_sample_size"], match["distinct_patients"])
    return [
        case, *(f"{one:.0f}" for one in seconds), *(f"{one:.0f}" for one in sizes), f"{match['widened']:.2f}", *found,
        drugs,
    ]  # fmt: skip


def main() -> None:
    """Run the cases one after another and print a table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--only", nargs="*", default=[])
    asked.add_argument("--folder", type=Path)
    chosen = asked.parse_args()
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for case in sorted(CASES.glob("*.yaml")):
            if chosen.only and case.stem not in chosen.only:
                continue
            folder = (chosen.folder or Path(scratch)) / case.stem
            seconds = timed(case, folder)
            told = json.loads((folder / "forecast.json").read_text(encoding="utf-8"))
            print(f"| {' | '.join(line(case.stem, seconds, told))} |", flush=True)


if __name__ == "__main__":
    main()

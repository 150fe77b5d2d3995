"""What the five jobs cost: CPU and wall seconds, and where the CPU time goes. A line of JSON for each run.

    python -m benchmarks.jobs [--quick] [--job NAME ...] [--keep FILE]

Each job runs as a user would run it, in a process of its own and in an empty folder. A thread in that process looks
every few milliseconds at what every other thread is doing and counts by innermost cause; threads that wait are not
counted. Work that would go to other processes is done by threads of this one, so that it can be watched. Shares are of
samples and good to about 2 %. Machine code is looked for where it is kept, so the first run on a machine also compiles.
CPU seconds are what to compare; wall seconds mean something on an idle machine only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent import futures
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

EVERY = 0.005  # seconds between two looks
SIMULATION = """\
format: lupercal simulation 1
therapy: cd19_car_t
patients: {patients}
months: 24
seed: 7
"""
CALIBRATE = ("calibrate", "{step}", "--runner", "serial", "--workers", "1", "--passes", "1", "--accepted", "4")
JOBS: dict[str, tuple[str, ...]] = {
    "forecast": ("forecast", "erlangen-first-car-t", "-o", "run"),
    "validate": ("validate", "--sets", "1", "--workers", "1", "--json", "rows.json"),
    "calibrate": (*CALIBRATE, "--members", "8", "-o", "calibration"),
    "simulate": ("simulate", "simulation.yaml", "-o", "run", "--runner", "threads"),
    "population": ("population", "-n", "10000", "-o", "people.parquet"),
}
QUICK: dict[str, tuple[str, ...]] = {
    "forecast": (*JOBS["forecast"], "--patients", "100", "--months", "6"),
    "validate": (*JOBS["validate"], "--no-targets", "--patients", "32", "--pool", "400"),
    "calibrate": (*JOBS["calibrate"], "--pool", "300", "--arm", "40"),
    "simulate": JOBS["simulate"],
    "population": ("population", "-n", "2000", "-o", "people.parquet"),
}
# causes by what stands in a frame's module, the first that fits the innermost frames
CAUSES = (
    ("import", ("importlib._bootstrap",)),
    ("random numbers", ("lupercal.engine.random", "lupercal.course.noise", "lupercal.course.luck")),
    ("kernel", ("lupercal.engine.processor.build",)),
    ("compile", ("numba", "llvmlite")),
    ("engine, Python", ("lupercal.engine",)),
    ("data files", ("yaml", "pydantic", "lupercal.files", "lupercal.evidence", "lupercal.therapy")),
    ("instruments", ("lupercal.instruments",)),
    ("observation", ("lupercal.model",)),
    ("people", ("lupercal.population",)),
    ("courses", ("lupercal.course", "lupercal.visits")),
    ("trials", ("lupercal.trial", "lupercal.forecast", "lupercal.validation", "lupercal.calibration")),
    ("report", ("lupercal.report", "matplotlib", "jinja2")),
)
WAITS = frozenset({"wait", "acquire", "_wait_for_tstate_lock", "join", "select", "poll", "get", "sleep"})


def main() -> None:
    """Run the jobs, print a table and keep a line for each."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="smaller jobs, for a look")
    options.add_argument("--job", action="append", choices=list(JOBS), help="one job; can be repeated")
    options.add_argument("--keep", type=Path, default=Path("benchmarks") / "jobs.jsonl", help="where lines are added")
    options.add_argument("--inside", help=argparse.SUPPRESS)
    given, rest = options.parse_known_args()
    if given.inside:
        print(json.dumps(measured(rest)))
        return
    for name in given.job or JOBS:
        row = {"job": name, "quick": given.quick, **circumstances(), **run(name, given.quick)}
        print(table_row(row), flush=True)
        with given.keep.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(row) + "\n")


def run(name: str, quick: bool) -> dict[str, Any]:
    """Run a job in a process of its own and return what it cost."""
    words = (QUICK if quick else JOBS)[name]
    with tempfile.TemporaryDirectory() as folder:
        text = SIMULATION.format(patients=2048 if quick else 8192)
        (Path(folder) / "simulation.yaml").write_text(text, encoding="utf-8")
        arguments = [word.format(step=first_step()) for word in words]
        command = [sys.executable, "-m", "benchmarks.jobs", "--inside", name, *arguments]
        path = os.pathsep.join([str(Path.cwd()), *filter(None, [os.environ.get("PYTHONPATH")])])
        done = subprocess.run(
            command, cwd=folder, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr.strip()[-400:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def first_step() -> str:
    """Return the name of the calibration's first step."""
    from lupercal.calibration.settings import steps  # noqa: PLC0415 - only to name it

    return steps()[0].name


def measured(arguments: Sequence[str]) -> dict[str, Any]:
    """Run the command line in this process and return CPU and wall seconds, peak memory and shares."""
    futures.ProcessPoolExecutor = _threads  # type: ignore[assignment,misc]
    counts, over = Counter[str](), threading.Event()
    watch = threading.Thread(target=look, args=(counts, over), daemon=True)
    begun = time.perf_counter()
    watch.start()
    status = _status(arguments)
    wall = time.perf_counter() - begun
    over.set()
    watch.join()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    total = sum(counts.values()) or 1
    return {
        "status": status, "cpu_s": round(sum(one.ru_utime + one.ru_stime for one in used), 2),
        "wall_s": round(wall, 2), "peak_mib": used[0].ru_maxrss // 1024,
        "shares": {cause: round(count / total, 3) for cause, count in counts.most_common()},
    }  # fmt: skip


def _threads(workers: int, *_: Any, **__: Any) -> futures.ThreadPoolExecutor:
    return futures.ThreadPoolExecutor(workers)


def _status(arguments: Sequence[str]) -> int:
    sys.argv = ["lupercal", *arguments]
    from lupercal.cli.main import run as command_line  # noqa: PLC0415 - importing is part of the job

    try:
        command_line()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def look(counts: Counter[str], over: threading.Event) -> None:
    """Count what the other threads do until it is over."""
    mine = threading.get_ident()
    while not over.wait(EVERY):
        for thread, frame in sys._current_frames().items():
            if thread != mine and frame.f_code.co_name not in WAITS:
                counts[cause_of(frame)] += 1


def cause_of(frame: FrameType) -> str:
    """Return the cause of the innermost frame that has one; an import anywhere below is an import."""
    names = list(_modules(frame))
    if any("importlib._bootstrap" in name for name in names):
        return "import"
    for name in names:
        for cause, parts in CAUSES:
            if name.startswith(parts):
                return _kernel_or_random(names) if cause == "kernel" else cause
    return "other"


def _kernel_or_random(names: Sequence[str]) -> str:
    return "random numbers" if names[1:2] == ["lupercal.engine.random"] else "kernel"


def _modules(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        yield str(frame.f_globals.get("__name__", ""))
        frame = frame.f_back


def circumstances() -> dict[str, Any]:
    """Return when, of which commit and on which machine."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit.stdout.strip(),
        "machine": platform.machine(), "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def table_row(row: dict[str, Any]) -> str:
    """Return a job as a line for the eye."""
    shares = ", ".join(f"{cause} {share:.0%}" for cause, share in list(row["shares"].items())[:8])
    return f"{row['job']:10s} {row['cpu_s']:7.1f} CPU s {row['wall_s']:7.1f} wall s {row['peak_mib']:5d} MiB  {shares}"


if __name__ == "__main__":
    main()

"""The CPU seconds of a job here and at another commit, in turn, on the same machine and in the same run.

    python -m benchmarks.against COMMIT [--job forecast ...] [--pairs 3]
    python -m benchmarks.against COMMIT --command "validate --sets 2 --workers 1 --model-only" \
        --then "validate --sets 2 --workers 1"

The other commit is checked out into a folder of its own. Each job (those of `benchmarks.jobs`) runs once in each tree
to fill the caches, then in turn; seconds are user and system time of the process and its children. Only ratios mean
something on a machine that does other work. A line of JSON for each job is added to a file (``--keep``).
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.jobs import JOBS, SIMULATION, circumstances, first_step

START = "import sys; from lupercal.cli.main import run; run()"
HERE = Path(__file__).resolve().parents[1]


class Spent(NamedTuple):
    """CPU and wall seconds of one run, and the largest memory of the process in MiB."""

    cpu_s: float
    wall_s: float
    peak_mib: float


def main() -> None:
    """Compare the jobs and keep a line for each."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("commit")
    options.add_argument("--job", action="append", choices=list(JOBS), help="one job; can be repeated")
    options.add_argument("--command", action="append", default=[], help="a command line of one's own, as one text")
    options.add_argument("--then", help="what the other commit is asked in place of the --command, as one text")
    options.add_argument("--pairs", type=int, default=3)
    options.add_argument("--keep", type=Path, default=Path("benchmarks") / "pairs.jsonl", help="where lines are added")
    given = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the folder of the other commit is removed
    jobs = {name: JOBS[name] for name in given.job or ([] if given.command else JOBS)}
    jobs |= {text: tuple(shlex.split(text)) for text in given.command}
    with checked_out(given.commit) as other, tempfile.TemporaryDirectory() as compiled:
        for name, words in jobs.items():
            row = {
                "job": name,
                "against": given.commit,
                **circumstances(),
                **compared(words, shlex.split(given.then) if given.then else words, other, given.pairs, compiled),
            }
            print(in_words(row), flush=True)
            with given.keep.open("a", encoding="utf-8") as kept:
                kept.write(json.dumps(row) + "\n")


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """Give the folder of a commit while it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "tree"
        subprocess.run(["git", "worktree", "add", "--detach", str(place), commit], check=True, capture_output=True)
        try:
            yield place
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(place)], check=True, capture_output=True)


def compared(words: Sequence[str], words_then: Sequence[str], other: Path, pairs: int, compiled: str) -> dict[str, Any]:
    """Return what a command costs in both trees, run in turn ``pairs`` times after a run that is not counted."""
    spent(words_then, other, compiled)
    spent(words, HERE, compiled)
    then, now = list[Spent](), list[Spent]()
    for _ in range(pairs):
        then.append(spent(words_then, other, compiled))
        now.append(spent(words, HERE, compiled))
    return {
        "then": [one._asdict() for one in then], "now": [one._asdict() for one in now],
        "cpu_then": median(one.cpu_s for one in then), "cpu_now": median(one.cpu_s for one in now),
        "wall_now": median(one.wall_s for one in now),
        "times_faster": median(old.cpu_s / new.cpu_s for old, new in zip(then, now, strict=True)),
    }  # fmt: skip


def spent(words: Sequence[str], tree: Path, compiled: str) -> Spent:
    """Run a command of a tree in an empty folder and return what it cost."""
    told = {"PYTHONPATH": str(tree / "src"), "PYTHONPYCACHEPREFIX": compiled}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | told
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as errors:
        (Path(folder) / "simulation.yaml").write_text(SIMULATION.format(patients=8192), encoding="utf-8")
        arguments = [word.format(step=first_step()) for word in words]
        begun = time.perf_counter()
        job = subprocess.Popen(
            [sys.executable, "-c", START, *arguments], cwd=folder, env=environment, stdout=subprocess.DEVNULL,
            stderr=errors,
        )  # fmt: skip
        _, status, used = os.wait4(job.pid, 0)
        job.returncode = os.waitstatus_to_exitcode(status)
        if job.returncode:
            errors.seek(0)
            raise SystemExit(
                f"{shlex.join(arguments)} failed in {tree}: {errors.read()[-400:].decode(errors='replace')}"
            )
    return Spent(used.ru_utime + used.ru_stime, time.perf_counter() - begun, used.ru_maxrss / 1024)


def in_words(row: dict[str, Any]) -> str:
    """Return a comparison as a line for the eye."""
    name, then, now = row["job"], row["cpu_then"], row["cpu_now"]
    return (
        f"{name:10s} {then:7.1f} CPU s at {row['against']}, {now:7.1f} here: {row['times_faster']:.2f} times faster; "
        f"{row['wall_now']:.1f} s wall, load {row['load']}"
    )


if __name__ == "__main__":
    main()

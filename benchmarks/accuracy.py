"""The largest error of each state at the default tolerance, against the same engine at 1e-10.

    python -m benchmarks.accuracy [--patients 64] [--keep docs/reference/engine_errors.csv]
    python -m benchmarks.accuracy --page docs/reference/engine_errors.csv

An error is |x - exact| divided by the largest of |exact| and a floor; two floors are told apart: 1e-3 of the largest
value that this patient's state takes in the course, and 1e-3 of the state's typical size in active disease, which is
what the steps are controlled by. Tasks: three spans of the burn-in (as they are lived, without chance, which is either
or), a trial arm of two years with triggers under each of five therapies, and the benchmark's workload.

``--keep`` also writes every error as data, and the page that shows them beside it; ``--page`` writes the page anew from
the data.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tests.engine.ensemble import FIVE_THERAPIES
from tests.engine.ensemble import task as arm

from benchmarks import workload
from lupercal.course.burn_in import live
from lupercal.engine.processor import compiled
from lupercal.engine.task import Course, Outcome, Task
from lupercal.model.start import start_values
from lupercal.model.system import system
from lupercal.population.draw import draw

TIGHT = 1e-10
FLOOR = 1e-3
PROMISED = 1e-4
Array = NDArray[np.float64]
HEAD = ("task", "patients", "state", "own_floor", "typical_floor")
INTRODUCTION = """\
# How far the engine is from the exact solution

Research use only. Written by `python -m benchmarks.accuracy --keep {name}`; the data are in [{name}]({name}).

**The promise**: at the default tolerance every recorded state lies within 1e-4 of the exact solution (the same engine
at a tolerance of 1e-10), relative to the larger of its value and a floor. **The floor** is 1e-3 of the state's typical
size, its value in active disease (`data/start.yaml`; 1 where that is zero). Below, the largest such error of each state
over all patients and weekly days of a task, in units of 1e-6; a dash is no error at all. In brackets, where it is above
100: the error relative to 1e-3 of the patient's own largest value, for which nothing is promised.

"""


class Row(NamedTuple):
    """The largest errors of a state among the ``patients`` of a task, by either floor."""

    task: str
    patients: int
    state: str
    own_floor: float
    typical_floor: float


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write errors as CSV, with two digits: more would differ between machines."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEAD)
        writer.writerows((*row[:3], f"{row.own_floor:.1e}", f"{row.typical_floor:.1e}") for row in rows)


def write_page(path: Path) -> None:
    """Write the page of a CSV file beside it."""
    path.with_suffix(".md").write_text(page_of(path), "utf-8")


def page_of(path: Path) -> str:
    """Return the page that shows the errors of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [Row(r[0], int(r[1]), r[2], float(r[3]), float(r[4])) for r in list(csv.reader(file))[1:]]
    names, states = (list(dict.fromkeys(getattr(row, part) for row in rows)) for part in ("task", "state"))
    cells = {(row.task, row.state): row for row in rows}
    worst_of = [max(row.typical_floor for row in rows if row.task == name) for name in names]
    lines = [f"| state | {' | '.join(names)} |", "|---|" + "---:|" * len(names)]
    lines += [f"| {one} | {' | '.join(_cell(cells[name, one]) for name in names)} |" for one in states]
    lines.append(f"| **largest** | {' | '.join(f'**{1e6 * one:.3g}**' for one in worst_of)} |")
    return INTRODUCTION.format(name=path.name) + f"{rows[0].patients} patients.\n\n" + "\n".join(lines) + "\n"


def _cell(row: Row) -> str:
    own = f" ({1e6 * row.own_floor:.3g})" if row.own_floor > PROMISED else ""
    return (f"{1e6 * row.typical_floor:.2g}" if row.typical_floor else "–") + own


def main() -> None:
    """Print the table; keep the data and the page where asked for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--patients", type=int, default=64)
    options.add_argument("--keep", type=Path, help="a CSV file for every error; its page stands beside it")
    options.add_argument("--page", type=Path, help="write the page of a kept CSV file, measure nothing")
    given = options.parse_args()
    if given.page:
        write_page(given.page)
        return
    rows = list(measured(given.patients))
    if given.keep:
        write_rows(given.keep, rows)
        write_page(given.keep)


def measured(size: int) -> Iterator[Row]:
    """Yield the largest errors by task and state; print a line for each task."""
    print("| task | states above 1e-4 of own floor | worst, own floor | worst, typical floor |\n|---|---|---|---|")
    for name, task in tasks(size):
        own, typical = errors(task)
        above = ", ".join(f"{state} {error:.1e}" for state, error in ranked(own) if error > PROMISED) or "none"
        print(f"| {name} | {above} | {worst(own)} | {worst(typical)} |", flush=True)
        yield from (Row(name, size, state, own[state], typical[state]) for state in own)


def tasks(size: int) -> Iterator[tuple[str, Task]]:
    """Yield the tasks by name."""
    spans = burn_in_spans(size)
    for place in (0, len(spans) // 2, len(spans) - 1):
        yield f"burn-in, days {spans[place].first_day} to {spans[place].last_day}", spans[place]
    for therapy in FIVE_THERAPIES:
        yield f"trial arm, {therapy}, 2 years", arm(therapy, size, 730)
    yield "benchmark", workload.task(size)


def burn_in_spans(size: int) -> list[Task]:
    """Return the tasks that the burn-in of some patients asks of the engine, without chance, all states recorded."""
    asked: list[Task] = []
    really = compiled.run

    def noted(task: Task, **more: Any) -> Course:
        asked.append(task)
        return really(task, **more)

    compiled.run = noted  # type: ignore[assignment]
    try:
        drawn = draw(1, 0, size)
        live(drawn, 1, drawn.background)
    finally:
        compiled.run = really
    return [daily(task) for task in asked if task.size == size]


def daily(task: Task) -> Task:
    """Return the task with every state recorded every week, without chance."""
    days = tuple(range(task.first_day, task.last_day + 1, 7))
    return replace(task, record=system().states, record_days=days, luck=None)


def errors(task: Task) -> tuple[dict[str, float], dict[str, float]]:
    """Return each state's largest error by the floor of the patient's own peak and by that of the typical size."""
    found, exact = compiled.run(task), compiled.run(task, rtol=TIGHT)
    fine = (found.outcome == Outcome.DONE) & (exact.outcome == Outcome.DONE)
    own, typical = dict[str, float](), dict[str, float]()
    usual = start_values(1.0)
    for name in found.states:
        x, y = found.states[name][:, fine], exact.states[name][:, fine]
        own[name] = largest(x, y, FLOOR * np.abs(y).max(axis=0, initial=0.0))
        typical[name] = largest(x, y, np.full(x.shape[1], FLOOR * (usual.get(name) or 1.0)))
    return own, typical


def largest(x: Array, exact: Array, floor: Array) -> float:
    """Return the largest error relative to the exact value or the floor; 0 where both are zero."""
    size = np.maximum(np.maximum(np.abs(exact), floor), 1e-12)
    return float((np.abs(x - exact) / size).max(initial=0.0))


def ranked(by_state: dict[str, float]) -> list[tuple[str, float]]:
    """Return states, the largest error first."""
    return sorted(by_state.items(), key=lambda item: -item[1])


def worst(by_state: dict[str, float]) -> str:
    """Return the three largest errors in words."""
    return ", ".join(f"{name} {error:.1e}" for name, error in ranked(by_state)[:3])


if __name__ == "__main__":
    main()

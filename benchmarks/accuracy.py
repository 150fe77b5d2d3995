"""The largest error of each state at the default tolerance, against the same engine at 1e-10.

    python -m benchmarks.accuracy [--patients 64]

An error is |x - exact| divided by the largest of |exact| and a floor; two floors are told apart: 1e-3 of the largest
value that this patient's state takes in the course, and 1e-3 of the state's typical size in active disease, which is
what the steps are controlled by. Tasks: three spans of the burn-in (as they are lived, without chance, which is either
or), a trial arm of two years with triggers under each of five therapies, and the benchmark's workload.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

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
Array = NDArray[np.float64]


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--patients", type=int, default=64)
    size = options.parse_args().patients
    print("| task | states above 1e-4 of own floor | worst, own floor | worst, typical floor |\n|---|---|---|---|")
    for name, task in tasks(size):
        own, typical = errors(task)
        above = ", ".join(f"{state} {error:.1e}" for state, error in ranked(own) if error > 1e-4) or "none"
        print(f"| {name} | {above} | {worst(own)} | {worst(typical)} |", flush=True)


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

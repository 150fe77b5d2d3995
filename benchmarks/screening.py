"""What looser tolerances and single precision cost in error and save in time, on the tasks of `benchmarks.accuracy`.

    python -m benchmarks.screening [--patients 128] [--repeats 5]

For each task and way of calculating: the largest error over states, patients and weekly days against a tolerance of
1e-10 (relative to the value, or to 1e-3 of the state's typical size), the largest error of 99 of 100 patients, and how
many times less processor time the course takes than in double precision at the default tolerance, in turn, median.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy import FLOOR, TIGHT, tasks
from lupercal.engine.precision import PrecisionName
from lupercal.engine.processor import compiled
from lupercal.engine.task import Course, Outcome, Task
from lupercal.model.start import start_values

WAYS: tuple[tuple[PrecisionName, float], ...] = (
    ("double", 1e-5), ("double", 1e-4), ("double", 3e-4), ("single", 1e-5), ("single", 1e-4), ("single", 3e-4),
)  # fmt: skip


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--patients", type=int, default=128)
    options.add_argument("--repeats", type=int, default=5)
    given = options.parse_args()
    print(f"| task | {' | '.join(f'{precision}, {rtol:.0e}' for precision, rtol in WAYS)} |\n|---|{'---|' * len(WAYS)}")
    for name, task in tasks(given.patients):
        exact = compiled.run(task, rtol=TIGHT)
        errors = [by_patient(compiled.run(task, rtol=rtol, precision=kind), exact) for kind, rtol in WAYS]
        faster = times_faster(task, given.repeats)
        cells = (
            f"{each.max():.1e} ({np.quantile(each, 0.99):.0e}), {times:.2f} ×"
            for each, times in zip(errors, faster, strict=True)
        )
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def by_patient(course: Course, exact: Course) -> NDArray[np.float64]:
    """Return the largest error of each patient that both can integrate, shape (N,)."""
    fine = (course.outcome == Outcome.DONE) & (exact.outcome == Outcome.DONE)
    largest, typical = np.zeros(int(fine.sum())), start_values(1.0)
    for name, values in course.states.items():
        x, y = values[:, fine], exact.states[name][:, fine]
        error = np.abs(x - y) / np.maximum(np.abs(y), FLOOR * (typical.get(name) or 1.0))
        largest = np.maximum(largest, error.max(axis=0))
    return largest


def times_faster(task: Task, repeats: int) -> list[float]:
    """Return for each way how many times less processor time it takes than the first."""
    spent: list[list[float]] = []
    for _ in range(repeats):
        spent.append([])
        for precision, rtol in WAYS:
            begun = time.thread_time()
            compiled.run(task, rtol=rtol, precision=precision, threads=1)
            spent[-1].append(time.thread_time() - begun)
    return [median(row[0] / row[k] for row in spent) for k in range(len(WAYS))]


if __name__ == "__main__":
    main()

"""SciPy's LSODA, one patient after another, with the rates compiled by numba."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numba
import numpy as np
from scipy.integrate import solve_ivp

from benchmarks import workload
from benchmarks.workload import Array, Simulator
from lupercal.engine.graph.trace import model_trace
from lupercal.engine.text import numpy_text as emit_numpy


def simulator(size: int, quick: bool) -> Simulator:
    """Return the simulator."""
    size = min(size, 2 if quick else 8)
    slope = _slope()
    tolerances = (1e-6, 1e-7) if quick else (1e-5, 1e-6, 1e-7, 1e-8)

    def solve(rtol: float) -> list[Array]:
        return [_one(slope, size, k, rtol) for k in range(size)]

    return Simulator("SciPy LSODA", size, tolerances, solve, lambda found: np.stack(found, axis=2), "numba rates")


def _slope() -> Any:
    """Return the rates as a compiled function of (t, y, p, u)."""
    trace = model_trace()
    text = emit_numpy.numpy_source(trace.graph, trace.rates, "slope").replace(
        "def slope(given):", "def slope(t, y, p, u):"
    )
    for letter, names in (("y", trace.states), ("p", trace.parameters), ("u", trace.inputs)):
        for place, name in enumerate(names):
            text = text.replace(f"given[{name!r}]", f"{letter}[{place}]")
    start, _, values = text.rpartition("return ")
    space: dict[str, Any] = {"np": np}
    exec(f"{start}return np.array({values.strip()})", space)
    return numba.njit(space["slope"])


def _one(slope: Any, size: int, patient: int, rtol: float) -> Array:
    p, y = workload.columns(size)[:, patient].copy(), workload.task(size).start[:, patient].copy()
    given_on = {event.day for event in (*workload.SCHEDULE.inputs, *workload.SCHEDULE.boluses)}
    events = sorted({workload.FIRST_DAY, workload.LAST_DAY} | given_on)
    found = []
    for day, following in pairwise(events):
        for row, amount in workload.doses_on(day):
            y[row] += amount
        visits = [visit for visit in workload.VISITS if day < visit <= following]
        given = (p, np.array(workload.inputs_from(day)))
        part = solve_ivp(
            slope, (day, following), y, "LSODA", sorted({*visits, following}), rtol=rtol, atol=1e-2 * rtol, args=given
        )
        found.append(part.y[:, : len(visits)].T)
        y = part.y[:, -1].copy()
    return np.concatenate(found)

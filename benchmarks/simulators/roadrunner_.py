"""libRoadRunner: CVODE on the exported SBML, doses as its events; Adams, which is faster here than BDF."""

from __future__ import annotations

from typing import Any

import numpy as np
import roadrunner

from benchmarks import workload
from benchmarks.workload import Array, Simulator
from lupercal.exchange.sbml import sbml
from lupercal.model.system import system


def simulator(size: int, quick: bool) -> Simulator:
    """Return the simulator."""
    size = min(size, 8 if quick else 24)
    made = roadrunner.RoadRunner(sbml(workload.task(size)))
    made.integrator.stiff = False
    made.integrator.maximum_num_steps = 200_000
    made.timeCourseSelections = list(system().states)
    names = list(made.model.getGlobalParameterIds())
    places = [names.index(name) for name in (*system().parameters, *system().states)]
    columns = np.concatenate([workload.columns(size), workload.task(size).start])
    tolerances = (1e-5, 1e-6, 1e-7) if quick else (1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
    return Simulator(
        "libRoadRunner", size, tolerances, lambda rtol: _solve(made, places, columns, rtol),
        lambda found: np.stack(found, axis=2), "CVODE Adams, SBML events",
    )  # fmt: skip


def _solve(made: Any, places: list[int], columns: Array, rtol: float) -> list[Array]:
    made.integrator.relative_tolerance = rtol
    made.integrator.absolute_tolerance = 1e-2 * rtol
    days = [0.0, *(float(day - workload.FIRST_DAY) for day in workload.VISITS)]
    found = []
    for column in columns.T:
        made.resetAll()
        made.model.setGlobalParameterValues(places, column)
        found.append(np.array(made.simulate(times=days))[1:])
    return found

"""Lupercal's compiled engine on one core."""

from __future__ import annotations

from benchmarks import workload
from benchmarks.workload import Simulator
from lupercal.engine.processor import compiled


def simulator(size: int, quick: bool) -> Simulator:
    """Return the simulator."""
    task = workload.task(size)
    return Simulator(
        "Lupercal", size, (1e-3, 1e-4, 3e-5, 1e-5, 1e-6) if quick else (1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 1e-6, 1e-7, 1e-8),
        lambda rtol: workload.recorded(compiled.run(task, rtol=rtol, threads=1)), "f64, 8 lanes",
    )  # fmt: skip

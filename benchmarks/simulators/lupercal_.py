"""Lupercal's compiled engine on one core."""

from __future__ import annotations

from benchmarks import workload
from benchmarks.workload import Simulator
from lupercal.engine.precision import PRECISIONS, PrecisionName
from lupercal.engine.processor import compiled
from lupercal.engine.processor.choice import PAYS


def simulator(size: int, quick: bool, precision: PrecisionName = "double") -> Simulator:
    """Return the simulator; a kernel of the task's own is built first, as it is once so much has been asked."""
    task = workload.task(size)
    for _ in range(1 + PAYS // (size * (workload.LAST_DAY - workload.FIRST_DAY))):
        compiled.run(task, rtol=1e-3, threads=1, precision=precision)
    kind = PRECISIONS[precision]
    name = "Lupercal" if precision == "double" else f"Lupercal, {precision}"
    return Simulator(
        name, size, (1e-3, 1e-4, 3e-5, 1e-5, 1e-6) if quick else (1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 1e-6, 1e-7, 1e-8),
        lambda rtol: compiled.run(task, rtol=rtol, threads=1, precision=precision), workload.recorded,
        f"f{8 * kind.size}, {kind.lanes} lanes",
    )  # fmt: skip

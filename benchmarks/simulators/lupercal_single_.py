"""Lupercal's compiled engine in single precision, on one core."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.simulators import lupercal_
from benchmarks.workload import Simulator


def simulator(size: int, quick: bool) -> Simulator:
    """Return the simulator; tolerances below its seven digits would tell nothing."""
    made = lupercal_.simulator(size, quick, "single")
    return replace(made, tolerances=tuple(rtol for rtol in made.tolerances if rtol >= 1e-5))

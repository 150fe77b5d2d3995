"""Lupercal against other simulators on the shipped model, at equal achieved accuracy, on one core.

    python -m benchmarks.peers [--quick] [--json FILE] [--size N]

Each simulator runs over several tolerances; its time at a largest error of 1e-4 is interpolated (both on logarithmic
scales). What is timed ends with the simulator's own answer in memory. Slow simulators run fewer patients, and the
largest error grows with the number of patients: a ratio compares the times at which both meet 1e-4 on the same
patients, while Lupercal's own speed is for all of its patients. Simulators that are not installed are named and left
out. Processor seconds, smallest of the repeats that fit into one second (four without ``--quick``), at least two, the
same for every simulator.
"""

from __future__ import annotations

import argparse
import json
import platform
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import peak, ports, workload
from benchmarks.workload import YEARS, Simulator
from lupercal.engine.precision import PRECISIONS, PrecisionName
from lupercal.engine.processor import compiled
from lupercal.engine.processor.choice import engine_for
from lupercal.files.memory import reuse_memory

PEERS = ("roadrunner_", "heyoka_", "diffrax_", "scipy_")
OURS = ("lupercal_", "lupercal_single_")
WANTED_ERROR = 1e-4


def main() -> None:
    """Run the comparison and print it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer patients and tolerances; under a minute")
    options.add_argument("--json", type=Path, help="write the figures to this file")
    options.add_argument("--size", type=int, default=1024, help="virtual patients of the largest ensemble")
    given = options.parse_args()
    reuse_memory()  # as the command line does, for every simulator
    peers = [row for name in PEERS if (row := measured(name, given.size, given.quick)) is not None]
    compared = {int(row["patients"]) for row in peers}
    rows = [row for name in OURS if (row := measured(name, given.size, given.quick, compared)) is not None] + peers
    figures = summary(rows, given.size)
    report(rows, figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def measured(name: str, size: int, quick: bool, compared: set[int] | None = None) -> dict[str, Any] | None:
    """Return a simulator's times and errors over its tolerances, or None if it is not installed.

    ``compared`` asks for the speeds at which the first so many of its patients meet the wanted error.
    """
    try:
        simulator: Simulator = import_module(f"benchmarks.simulators.{name}").simulator(size, quick)
    except ImportError as missing:
        print(f"{name.strip('_')}: not installed ({missing})")
        return None
    sizes = (compared or set()) | {simulator.size}
    points = [_point(simulator, rtol, 1.0 if quick else 4.0, sizes) for rtol in simulator.tolerances]
    speeds = {str(count): speed_at(points, str(count)) for count in sorted(sizes)}
    return {
        "name": simulator.name, "note": simulator.note, "patients": simulator.size, "points": points,
        "speed": speeds[str(simulator.size)], "speed_where_the_first_meet_it": speeds,
    }  # fmt: skip


def _point(simulator: Simulator, rtol: float, at_least: float, sizes: set[int]) -> dict[str, Any]:
    found = simulator.arranged(simulator.solve(rtol))
    spent = workload.seconds(lambda: simulator.solve(rtol), 2, at_least) / simulator.size
    errors = {str(count): workload.error(found[:, :, :count]) for count in sizes}
    return {"rtol": rtol, "seconds_per_patient": spent, "error": errors[str(simulator.size)], "error_of_first": errors}


def speed_at(points: list[dict[str, Any]], first: str) -> float:
    """Return patient-years per second at the wanted error, from the nearest points; extrapolated at the ends."""
    ordered = sorted(points, key=lambda point: float(point["error_of_first"][first]))
    x = np.log([point["error_of_first"][first] for point in ordered])
    y = np.log([point["seconds_per_patient"] for point in ordered])
    if len(ordered) == 1:
        return float(YEARS / np.exp(y[0]))
    k = int(np.clip(np.searchsorted(x, np.log(WANTED_ERROR)), 1, len(x) - 1))
    slope = min(0.0, (y[k] - y[k - 1]) / (x[k] - x[k - 1]))
    return float(YEARS / np.exp(y[k] + slope * (np.log(WANTED_ERROR) - x[k])))


def summary(rows: list[dict[str, Any]], size: int) -> dict[str, Any]:
    """Return the figures for the JSON file; ratios of single precision have names that end so."""
    double, single = rows[: len(OURS)]
    default = compiled.run(workload.task(size), threads=1)
    figures: dict[str, Any] = {
        "patient_years_per_second_per_core": double["speed"],
        "max_relative_error": workload.error(workload.recorded(default)),
        "processor": processor(),
        **share_of_peak(size, double["speed"]),
    }
    keys = {"libRoadRunner": "libroadrunner", "SciPy LSODA": "scipy"}
    for row in rows[len(OURS) :]:
        key = f"ratio_vs_{keys.get(row['name'], row['name'])}"
        figures |= {key: ratio(double, row), f"{key}_single": ratio(single, row)}
    figures["ports"] = {name: _ports(name, row, size) for name, row in zip(PRECISIONS, (double, single), strict=True)}
    return figures | {"rows": rows}


def _ports(precision: PrecisionName, ours: dict[str, Any], size: int) -> dict[str, float]:
    """Return nanoseconds of rates and steps at the default tolerance, measured and at the port bound."""
    steps = float(compiled.steps_taken(workload.task(size)).mean())
    point = next(point for point in ours["points"] if point["rtol"] == compiled.RTOL)
    return ports.shares(precision, size, point["seconds_per_patient"] / steps)


def ratio(ours: dict[str, Any], peer: dict[str, Any]) -> float:
    """Return how many times as fast Lupercal is where both meet the wanted error on the peer's patients."""
    return float(ours["speed_where_the_first_meet_it"][str(peer["patients"])] / peer["speed"])


def share_of_peak(size: int, speed: float) -> dict[str, float]:
    """Return what share of the processor's multiply-add and division rates the integration uses."""
    steps = float(compiled.steps_taken(workload.task(size)).mean())
    done = ports.of_step(engine_for(workload.task(size), None, PRECISIONS["double"]).equations.program)
    per_second = speed / YEARS * steps
    flops = per_second * (2 * done["fma"] + done["mul"] + done["add"])
    return {
        "steps_per_patient": steps,
        "gflops": flops / 1e9,
        "share_of_fma_peak": flops / (16 * peak.rate("fma")),
        "share_of_division_peak": per_second * done["div"] / (8 * peak.rate("div")),
    }


def processor() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor()
    )


def report(rows: list[dict[str, Any]], figures: dict[str, Any]) -> None:
    """Print the table."""
    print(f"\n{figures['processor']}, one core; patient-years per second at a largest error of {WANTED_ERROR:g}")
    double, single = rows[: len(OURS)]
    for row in rows:
        peer = row is not double and row is not single
        faster = f"Lupercal is {ratio(double, row):6.1f} x, single {ratio(single, row):6.1f} x" if peer else ""
        print(f"  {row['name']:16s} {row['speed']:10.0f}   {faster:38s}   {row['patients']} patients, {row['note']}")
        for point in row["points"]:
            spent = 1e6 * point["seconds_per_patient"]
            print(f"      rtol {point['rtol']:.0e} {spent:10.1f} us  error {point['error']:.1e}")
    print(f"largest error at the default tolerance {figures['max_relative_error']:.1e}")
    print(f"{figures['steps_per_patient']:.0f} steps per patient; {figures['gflops']:.1f} GFLOP/s = "
          f"{100 * figures['share_of_fma_peak']:.0f} % of the multiply-add peak")  # fmt: skip
    for name, one in figures["ports"].items():
        print(f"{name} precision, share of the port bound: rates {100 * one['rates_bound_ns'] / one['rates_ns']:.0f} % "
              f"({one['rates_ns']:.0f} ns), whole run {100 * one['step_bound_ns'] / one['step_ns']:.0f} % "
              f"({one['step_ns']:.0f} ns a step of a vector)")  # fmt: skip


if __name__ == "__main__":
    main()

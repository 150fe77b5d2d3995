"""Lupercal, libRoadRunner and heyoka in turn, at equal error, for a machine that other work is on.

    python -m benchmarks.peers_in_turn [--seconds N]

What `benchmarks.peers` asks, but each simulator runs once per round at two tolerances around an error of 1e-4, and a
ratio is the median over the rounds: load that comes and goes meets all of them. Processor seconds.
"""

from __future__ import annotations

import argparse
import time
from importlib import import_module
from statistics import median

from benchmarks import peers, workload
from benchmarks.workload import Simulator
from lupercal.files.memory import reuse_memory

OURS, PEERS = ("lupercal_", "lupercal_single_"), ("roadrunner_", "heyoka_")
OUR_TOLERANCES, PEER_TOLERANCES = (1e-4, 3e-5), (1e-5, 1e-6)
Errors = dict[float, dict[str, float]]


def main() -> None:
    """Run rounds for a while and print the medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60.0, help="how long, besides the preparation")
    given = options.parse_args()
    reuse_memory()
    names = (*OURS, *PEERS)
    simulators: dict[str, Simulator] = {
        name: import_module(f"benchmarks.simulators.{name}").simulator(1024, True) for name in names
    }
    sizes = sorted({simulators[name].size for name in PEERS})
    errors = {name: _errors(name, simulator, sizes) for name, simulator in simulators.items()}
    rounds: list[dict[tuple[str, int], float]] = []
    end = time.monotonic() + given.seconds
    while time.monotonic() < end or len(rounds) < 3:
        rounds.append({place: speed for name in names for place, speed in _speeds(name, simulators, errors)})
    for peer in PEERS:
        size = simulators[peer].size
        for ours in OURS:
            faster = median(one[ours, size] / one[peer, size] for one in rounds)
            print(f"{simulators[ours].name} is {faster:.1f} x {simulators[peer].name} ({len(rounds)} rounds)")


def _tolerances(name: str) -> tuple[float, ...]:
    return OUR_TOLERANCES if name in OURS else PEER_TOLERANCES


def _errors(name: str, simulator: Simulator, sizes: list[int]) -> Errors:
    """Return the largest error among the first so many patients, by tolerance and number of patients."""
    errors: Errors = {}
    for rtol in _tolerances(name):
        states = simulator.arranged(simulator.solve(rtol))
        counts = [size for size in sizes if size <= simulator.size]
        errors[rtol] = {str(size): workload.error(states[:, :, :size]) for size in counts}
    return errors


def _speeds(
    name: str, simulators: dict[str, Simulator], errors: dict[str, Errors]
) -> list[tuple[tuple[str, int], float]]:
    """Run once at each tolerance; return patient-years per second at the wanted error of the first so many patients."""
    simulator, points = simulators[name], []
    for rtol, error in errors[name].items():
        begun = time.process_time()
        simulator.solve(rtol)
        spent = (time.process_time() - begun) / simulator.size
        points.append({"seconds_per_patient": spent, "error_of_first": error})
    sizes = next(iter(errors[name].values()))
    return [((name, int(size)), peers.speed_at(points, size)) for size in sizes]


if __name__ == "__main__":
    main()

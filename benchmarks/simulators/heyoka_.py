"""heyoka.py: Taylor integration in batches of vector width, one core."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import heyoka
import numpy as np

from benchmarks import workload
from benchmarks.workload import Array, Simulator
from lupercal.model.system import system


def simulator(size: int, quick: bool) -> Simulator:
    """Return the simulator with batches of four, measured as its fastest here."""
    return Simulator(
        "heyoka", min(size, 16 if quick else 64), (1e-5, 1e-6, 1e-7) if quick else (1e-4, 1e-5, 1e-6, 1e-7, 1e-8),
        _Batches(min(size, 16 if quick else 64), 4), _arranged, "batch of 4",
    )  # fmt: skip


class _Batches:
    def __init__(self, size: int, width: int) -> None:
        self.size, self.width = size, width
        model = system()
        count = len(model.parameters)
        variables = heyoka.make_vars(*model.states)
        p = {name: heyoka.par[k] for k, name in enumerate(model.parameters)}
        u = {name: heyoka.par[count + k] for k, name in enumerate(model.inputs)}
        rates = model.rates(dict(zip(model.states, variables, strict=True)), p, u)
        self.equations = [(v, rates[name]) for v, name in zip(variables, model.states, strict=True)]
        self.integrators: dict[float, Any] = {}

    def __call__(self, rtol: float) -> list[list[Array]]:
        if rtol not in self.integrators:
            room = np.ones((len(system().states), self.width))
            given = np.ones((len(system().parameters) + len(system().inputs), self.width))
            self.integrators[rtol] = heyoka.taylor_adaptive_batch(self.equations, room, pars=given, tol=rtol)
        return [self._batch(self.integrators[rtol], first) for first in range(0, self.size, self.width)]

    def _batch(self, integrator: Any, first: int) -> list[Array]:
        mine = slice(first, first + self.width)
        parameters = workload.columns(self.size)[:, mine]
        integrator.set_time(float(workload.FIRST_DAY))
        integrator.pars[: len(parameters)] = parameters
        integrator.state[:] = workload.task(self.size).start[:, mine]
        found = []
        stops = workload.stops()
        for day, following in pairwise(stops):
            integrator.pars[len(parameters) :] = np.array(workload.inputs_from(day))[:, None]
            for row, amount in workload.doses_on(day):
                integrator.state[row] += amount
            integrator.propagate_until(float(following))
            if following in workload.VISITS:
                found.append(integrator.state.copy())
        return found


def _arranged(batches: list[list[Array]]) -> Array:
    return np.concatenate([np.stack(visits) for visits in batches], axis=2)

"""diffrax: Tsit5, just-in-time compiled and mapped over patients on JAX's CPU, double precision, one core."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import diffrax
import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import workload
from benchmarks.workload import Array, Simulator
from lupercal.model.system import system

jax.config.update("jax_enable_x64", True)


def simulator(size: int, quick: bool) -> Simulator:
    """Return the simulator."""
    size = min(size, 64)
    p, start = jnp.array(workload.columns(size).T), jnp.array(workload.task(size).start.T)
    made: dict[float, Any] = {}

    def solve(rtol: float) -> Array:
        if rtol not in made:
            made[rtol] = _compiled(rtol)
        return np.asarray(made[rtol](p, start))

    tolerances = (1e-6,) if quick else (1e-5, 1e-6, 1e-7)
    return Simulator("diffrax", size, tolerances, solve, lambda found: np.moveaxis(found, 0, 2), "Tsit5, vmap")


def _slope(t: float, y: Any, given: Any) -> Any:
    p, u = given
    model = system()
    rates = model.rates(dict(zip(model.states, y, strict=True)), dict(zip(model.parameters, p, strict=True)),
                        dict(zip(model.inputs, u, strict=True)))  # fmt: skip
    return jnp.stack([jnp.asarray(rates[name], jnp.float64) for name in model.states])


def _compiled(rtol: float) -> Any:
    stops = workload.stops()
    days = jnp.array(stops, jnp.float64)
    inputs = jnp.array([workload.inputs_from(day) for day in stops[:-1]])
    doses = np.zeros((len(stops) - 1, len(system().states)))
    for k, day in enumerate(stops[:-1]):
        for row, amount in workload.doses_on(day):
            doses[k, row] += amount
    keep = np.array([k for k, day in enumerate(stops[1:]) if day in workload.VISITS])
    control = diffrax.PIDController(rtol=rtol, atol=1e-2 * rtol)

    def one(p: Any, start: Any) -> Any:
        def segment(y: Any, this: Any) -> Any:
            begin, end, u, dose = this
            found = diffrax.diffeqsolve(
                diffrax.ODETerm(_slope), diffrax.Tsit5(), begin, end, None, y + dose, args=(p, u),
                stepsize_controller=control, saveat=diffrax.SaveAt(t1=True), max_steps=100_000,
            )  # fmt: skip
            return found.ys[0], found.ys[0]

        return jax.lax.scan(segment, start, (days[:-1], days[1:], inputs, jnp.array(doses)))[1][keep]

    return jax.jit(jax.vmap(one))

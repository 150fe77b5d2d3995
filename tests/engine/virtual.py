"""Random virtual patients and schedules for tests of the engines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from lupercal.course.start import start_states
from lupercal.engine.graph.trace import model_trace
from lupercal.engine.random import exponentials, normals, uniforms
from lupercal.engine.reference import by_day
from lupercal.engine.task import Array, Task, with_products
from lupercal.engine.text import numpy_text as emit_numpy
from lupercal.evidence.parameters import parameters, values
from lupercal.model.schedule import Amount, Bolus, Factor, InputChange, Schedule
from lupercal.model.system import no_inputs, system

FIRST_DAY = -30

SCHEDULES: Mapping[str, Schedule] = {
    "car_t": Schedule(
        (InputChange(-14, "gc", 0.0), InputChange(-14, "hq", 0.0)),
        (Bolus(-5, "LD", 1.0), Bolus(0, "CE", 0.3)),
        switches={"e19": 1.0},
    ),
    "ahsct": Schedule(
        (InputChange(-8, "ld", 1.3), InputChange(-2, "ld", 0.0)), (Bolus(-8, "R2", 150.0), Bolus(0, "MP", 0.02))
    ),
    "rituximab": Schedule((), (Bolus(0, "R2", 200.0), Bolus(14, "R2", 200.0)), scales={"kr_t": 2.5}),
    "belimumab": Schedule((), tuple(Bolus(day, "BE", 200.0) for day in (0, 14, *range(28, 400, 28)))),
    "anifrolumab": Schedule((), tuple(Bolus(day, "AN", 55.0) for day in range(0, 400, 28))),
    "msc": Schedule((InputChange(0, "ms", 1.0), InputChange(1, "ms", 0.0))),
    "taper and exchange": Schedule(
        tuple(InputChange(7 * week, "gc", 60.0 - 5 * week) for week in range(12)), (), (Factor(3, "DN", 0.4),)
    ),
}


def random_parameters(patients: NDArray[np.int64]) -> dict[str, Amount]:
    """Return parameters in which what varies between patients varies, within its plausible range."""
    found: dict[str, Amount] = dict(values())
    for draw, name in enumerate(system().parameters):
        known = parameters()[name]
        if known.varies and known.value > 0:
            spread = np.sqrt(np.log1p(max(known.spread.cv, 0.1) ** 2))
            drawn = known.value * np.exp(spread * normals(1, "test parameters", patients, 0, draw))
            found[name] = np.clip(drawn, min(known.low, known.value), max(known.high, known.value))
    return found


def random_task(name: str, patients: NDArray[np.int64], last_day: int = 365, chance: bool = True) -> Task:
    """Return a task of these patients under one of the schedules, with triggers and infections if ``chance``."""
    days = np.arange(FIRST_DAY, last_day)[:, None]
    occurs = uniforms(3, "test occurs", patients[None], days) < 3 / 365
    triggers = np.where(occurs, 0.5 * exponentials(3, "test sizes", patients[None], days), 0.0)
    luck = 0.2 * uniforms(3, "test luck", patients[None], days[::7])
    return Task(
        start_states(len(patients)), random_parameters(patients), {"gc": 7.5, "hq": 300.0}, SCHEDULES[name],
        FIRST_DAY, last_day, (FIRST_DAY, -14, 0, 1, 2, 3, *range(28, last_day, 28), last_day), system().states,
        triggers if chance else None, luck if chance else None,
    )  # fmt: skip


def recorded(states: Mapping[str, Array]) -> Array:
    """Return states by name as one array, shape (K, T, N)."""
    return np.array(list(states.values()))


def largest_error(found: Array, exact: Array) -> float:
    """Return the largest error relative to each value, or to 1e-3 of the state's largest value in a course."""
    peak = np.abs(exact).max(axis=1, keepdims=True)
    size = np.maximum(np.maximum(np.abs(exact), 1e-3 * peak), 1e-9)
    return float((np.abs(found - exact) / size).max())


def exact_course(task: Task, patient: int, method: Literal["LSODA", "DOP853"] = "LSODA", rtol: float = 1e-11) -> Array:
    """Return one patient's recorded states, shape (K, T), by SciPy from event to event; without triggers and chance."""
    trace = model_trace()
    rates = emit_numpy.function(trace.graph, trace.rates)
    given = {name: _mine(value, patient) for name, value in with_products(task.parameters, task.schedule).items()}
    given |= no_inputs() | {name: _mine(value, patient) for name, value in task.inputs.items()}
    events = by_day(task.schedule)
    y = task.start[:, patient].copy()
    stops = sorted({task.first_day, task.last_day, *task.record_days, *events})
    found = []
    for day, following in zip(stops, [*stops[1:], None], strict=True):
        if day in task.record_days:
            found.append(y.copy())
        if following is None:
            break
        if day in events:
            given |= {change.name: _mine(change.value, patient) for change in events[day].inputs}
            for factor in events[day].factors:
                y[trace.states.index(factor.state)] *= _mine(factor.factor, patient)
            for bolus in events[day].boluses:
                y[trace.states.index(bolus.state)] += _mine(bolus.amount, patient)
        slope = _slope(rates, trace.states, dict(given))
        y = solve_ivp(slope, (day, following), y, method=method, rtol=rtol, atol=1e-13).y[:, -1]
    return np.array(found).T


def _slope(
    rates: Callable[..., Any], names: tuple[str, ...], given: dict[str, float]
) -> Callable[[float, Array], Array]:
    return lambda _, states: np.array(rates(given | dict(zip(names, states, strict=True))), np.float64)


def _mine(value: Amount, patient: int) -> float:
    return float(value[patient]) if isinstance(value, np.ndarray) else float(value)

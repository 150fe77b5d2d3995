"""What every simulator is asked to do: the same virtual patients, doses and visits, on the shipped model.

730 days from day -30: lymphodepletion, one CD19 CAR T infusion, a steroid taper in weekly steps before,
hydroxychloroquine stopped, 24 visits, no triggers and no chance. The error of a patient is the largest |x - exact| /
max(|exact|, 1e-3 of the state's peak) over visits and states; the largest over all patients counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lupercal.course.start import start_states
from lupercal.engine.processor import compiled
from lupercal.engine.random import normals
from lupercal.engine.task import Course, Task
from lupercal.evidence.parameters import parameters, values
from lupercal.model.schedule import Amount, Bolus, InputChange, Schedule
from lupercal.model.system import system

Array = NDArray[np.float64]

FIRST_DAY, LAST_DAY = -30, 700
YEARS = (LAST_DAY - FIRST_DAY) / 365.25
VISITS = (-29, -10, -1, 1, 3, 8, 10, 15, 22, 29, 43, 57, 85, 113, 141, 169, 225, 281, 337, 393, 449, 533, 617, 700)
SCHEDULE = Schedule(
    (
        *(InputChange(-28 + 7 * k, "gc", dose) for k, dose in enumerate((7.5, 5.0, 2.5, 0.0))),
        InputChange(-14, "hq", 0.0),
    ),
    (Bolus(-5, "LD", 1.0), Bolus(0, "CE", 0.3)),
    switches={"e19": 1.0},
)
START_INPUTS = {"gc": 15.0, "hq": 300.0}


@dataclass(frozen=True)
class Simulator:
    """A way to run the workload: ``solve(rtol)`` returns what the simulator answers for its ``size`` patients.

    ``arranged`` makes of that answer states (visits, states, patients), so that errors can be measured; its time is no
    simulator's.
    """

    name: str
    size: int
    tolerances: tuple[float, ...]
    solve: Callable[[float], Any]
    arranged: Callable[[Any], Array]
    note: str = ""


@cache
def task(size: int) -> Task:
    """Return the workload for the first ``size`` virtual patients."""
    who = np.arange(size)
    given: dict[str, Amount] = dict(values())
    for draw, name in enumerate(system().parameters):
        known = parameters()[name]
        if known.varies and known.value > 0:
            spread = np.sqrt(np.log1p(max(known.spread.cv, 0.1) ** 2))
            drawn = known.value * np.exp(spread * normals(1, "benchmark", who, 0, draw))
            given[name] = np.clip(drawn, min(known.low, known.value), max(known.high, known.value))
    return Task(start_states(size), given, START_INPUTS, SCHEDULE, FIRST_DAY, LAST_DAY, VISITS, system().states)


def columns(size: int) -> Array:
    """Return the parameters in the order of ``system().parameters``, shape (parameters, size), switches set."""
    given = {**task(size).parameters, **SCHEDULE.switches}
    return np.array([np.broadcast_to(given[name], (size,)) for name in system().parameters])


def inputs_from(day: int) -> list[float]:
    """Return the inputs in force from the start of ``day``."""
    now = {name: START_INPUTS.get(name, 0.0) for name in system().inputs}
    now |= {change.name: float(change.value) for change in SCHEDULE.inputs if change.day <= day}
    return list(now.values())


def doses_on(day: int) -> list[tuple[int, float]]:
    """Return the boluses of a day as (row of the state, amount)."""
    return [(system().states.index(dose.state), float(dose.amount)) for dose in SCHEDULE.boluses if dose.day == day]


def stops() -> list[int]:
    """Return all days on which something happens or is recorded, first and last day included."""
    events = {*(change.day for change in SCHEDULE.inputs), *(dose.day for dose in SCHEDULE.boluses)}
    return sorted({FIRST_DAY, LAST_DAY, *VISITS, *events})


def recorded(course: Course) -> Array:
    """Return a course as (visits, states, patients)."""
    return np.stack(list(course.states.values()), axis=1)


@cache
def exact(size: int) -> Array:
    """Return the course at a tolerance of 1e-11, checked against SciPy by `lupercal`'s tests."""
    return recorded(compiled.run(task(size), rtol=1e-11, threads=1))


def error(found: Array) -> float:
    """Return the largest error over patients, visits and states."""
    truth = exact(found.shape[2])
    peak = np.abs(truth).max(axis=0, keepdims=True)
    return float((np.abs(found - truth) / np.maximum(np.maximum(np.abs(truth), 1e-3 * peak), 1e-9)).max())


def seconds(work: Callable[[], object], repeats: int, at_least: float = 0.0) -> float:
    """Return the smallest processor time of several repeats: neighbours on the machine only ever add.

    Short work is repeated until ``at_least`` seconds are spent, so that each simulator meets a quiet moment.
    """
    found: list[float] = []
    while len(found) < repeats or sum(found) < at_least:
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return min(found)

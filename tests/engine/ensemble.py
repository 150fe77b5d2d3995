"""Random virtual patients under five therapies, for checks of any engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from lupercal.course.luck import trigger_jumps
from lupercal.course.start import start_states
from lupercal.engine.reference import by_day, run
from lupercal.engine.streams import LifeStreams
from lupercal.engine.task import Course, Task, with_products
from lupercal.files.chunks import pick_patients
from lupercal.model.schedule import Amount, Schedule
from lupercal.model.system import no_inputs, system
from lupercal.population.draw import draw
from tests.model.single import AHSCT, ANIFROLUMAB, CD19_CAR_T, MSC, ON_DRUGS, RITUXIMAB

Array = NDArray[np.float64]
FIVE_THERAPIES = {"cd19": CD19_CAR_T, "ahsct": AHSCT, "rituximab": RITUXIMAB, "msc": MSC, "anifrolumab": ANIFROLUMAB}
FIRST_DAY = -20


def task(therapy: str, size: int = 10, last: int = 365, seed: int = 11, *, triggers: bool = True) -> Task:
    """Return virtual patients in the middle of active disease, about to be treated."""
    drawn = draw(seed, 0, size)
    p = drawn.parameters
    start = start_states(size, 1.0, GC=7.5, HQ=p["hq_gain"] * 400.0, NF=p["start_nf"])
    days = np.arange(FIRST_DAY, last)
    jumps = trigger_jumps(seed, LifeStreams("test", ""), drawn.patients, days) if triggers else None
    visits = tuple(range(FIRST_DAY, last + 1, 35))
    return Task(start, p, ON_DRUGS, FIVE_THERAPIES[therapy], FIRST_DAY, last, visits, system().states, jumps)


def only(whole: Task, members: slice | NDArray[np.int64]) -> Task:
    """Return the task of some of its patients."""
    return replace(
        whole,
        start=np.ascontiguousarray(whole.start[:, members]),
        parameters=pick_patients(whole.parameters, members),
        inputs=pick_patients(whole.inputs, members),
        triggers=None if whole.triggers is None else np.ascontiguousarray(whole.triggers[:, members]),
        luck=None if whole.luck is None else np.ascontiguousarray(whole.luck[:, members]),
    )


def reference_course(whole: Task) -> Course:
    return run(whole)


def scipy_course(whole: Task, rtol: float = 1e-10) -> dict[str, Array]:
    """Integrate all patients as one system with SciPy's DOP853; states at the recorded days, (T, N)."""
    names, n = system().states, whole.size
    p = with_products(whole.parameters, whole.schedule)
    u: dict[str, Amount] = {**no_inputs(), **whole.inputs}
    y, kept, events = whole.start.copy(), {}, by_day(whole.schedule)
    marks = sorted({whole.first_day, whole.last_day, *whole.record_days, *events, *_trigger_days(whole)})
    marks = [day for day in marks if whole.first_day <= day <= whole.last_day]

    def rhs(_: float, flat: Array) -> Array:
        rates = system().rates(dict(zip(names, flat.reshape(len(system().states), n), strict=True)), p, u)
        return np.array([np.broadcast_to(rates[name], (n,)) for name in names]).ravel()

    for a, b in zip(marks, [*marks[1:], None], strict=True):
        kept[a] = y.copy()
        if b is not None:
            _events(whole, events.get(a), a, y, u)
            found: Any = solve_ivp(rhs, (a, b), y.ravel(), "DOP853", [b], rtol=rtol, atol=1e-12, max_step=1.0)
            y = found.y[:, -1].reshape(len(system().states), n)
    stacked = np.array([kept[day] for day in whole.record_days])
    return {name: stacked[:, row] for row, name in enumerate(names)}


def largest_error(course: Course, exact: dict[str, Array]) -> float:
    """Return the largest |x - exact| / max(|exact|, 1e-3 of the state's peak) over visits, states and patients."""
    worst = 0.0
    for name, reference in exact.items():
        scale = np.maximum(np.abs(reference), 1e-3 * np.abs(reference).max(axis=0, keepdims=True))
        difference = np.abs(course.states[name] - reference) / np.where(scale > 1e-9, scale, np.inf)
        worst = max(worst, float(difference.max()))
    return worst


def _trigger_days(whole: Task) -> list[int]:
    if whole.triggers is None:
        return []
    return (np.flatnonzero(whole.triggers.any(axis=1)) + whole.first_day).tolist()


def _events(whole: Task, today: Schedule | None, day: int, y: Array, u: dict[str, Amount]) -> None:
    rows = {name: row for row, name in enumerate(system().states)}
    if today is not None:
        u.update({event.name: event.value for event in today.inputs})
        for bolus in today.boluses:
            y[rows[bolus.state]] += bolus.amount
    if whole.triggers is not None:
        y[rows["Z"]] += whole.triggers[day - whole.first_day]

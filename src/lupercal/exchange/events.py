"""One patient's course as another simulator needs it: values at the start, and what happens on which day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from lupercal.engine.reference import by_day
from lupercal.engine.task import Task, with_products
from lupercal.errors import LupercalError
from lupercal.model.schedule import Amount
from lupercal.model.system import no_inputs, system


@final
@dataclass(frozen=True, slots=True)
class PatientCourse:
    """What is needed to simulate one patient of a task elsewhere.

    ``days[day]`` gives for each input its new value and for each state its factor and what is added after it; days
    count from the task's first day.
    """

    start: Mapping[str, float]
    parameters: Mapping[str, float]
    inputs: Mapping[str, float]
    days: Mapping[int, tuple[Mapping[str, float], Mapping[str, tuple[float, float]]]]
    length: int


def patient_course(task: Task, patient: int = 0) -> PatientCourse:
    """Return the course of one patient; its triggers are events, chance is left out.

    Raises
    ------
    LupercalError
        If the task has no such patient.
    """
    if not 0 <= patient < task.size:
        raise LupercalError(f"the task has patients 0 to {task.size - 1}, not {patient}")
    start = {name: float(value) for name, value in zip(system().states, task.start[:, patient], strict=True)}
    parameters = {name: _mine(value, patient) for name, value in with_products(task.parameters, task.schedule).items()}
    inputs = {name: _mine(value, patient) for name, value in {**no_inputs(), **task.inputs}.items()}
    events = by_day(task.schedule)
    for day in (day for day in events if day < task.first_day):
        inputs |= {change.name: _mine(change.value, patient) for change in events[day].inputs}
    days = {}
    for day in range(task.first_day, task.last_day):
        happens = _changes(task, day, patient)
        if any(happens):
            days[day - task.first_day] = happens
    wanted = system().parameters
    return PatientCourse(
        start, {name: parameters[name] for name in wanted}, inputs, days, task.last_day - task.first_day
    )


def _changes(task: Task, day: int, patient: int) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    today = by_day(task.schedule).get(day)
    inputs: dict[str, float] = {}
    states: dict[str, tuple[float, float]] = {}
    if today is not None:
        inputs |= {change.name: _mine(change.value, patient) for change in today.inputs}
        for factor in today.factors:
            states[factor.state] = (states.get(factor.state, (1.0, 0.0))[0] * _mine(factor.factor, patient), 0.0)
        for bolus in today.boluses:
            _add(states, bolus.state, _mine(bolus.amount, patient))
    if task.triggers is not None and task.triggers[day - task.first_day, patient]:
        _add(states, "Z", float(task.triggers[day - task.first_day, patient]))
    return inputs, states


def _add(states: dict[str, tuple[float, float]], name: str, amount: float) -> None:
    factor, added = states.get(name, (1.0, 0.0))
    states[name] = (factor, added + amount)


def _mine(value: Amount, patient: int) -> float:
    return float(np.asarray(value)[patient]) if np.ndim(value) else float(value)

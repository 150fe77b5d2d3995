"""The reference engine: fixed-step Runge-Kutta 4 in NumPy, all patients side by side.

Only + - * / on whole arrays happen here, so a patient's numbers do not depend on who shares the arrays: the result has
the same bits for any chunk size. Steps are a sixteenth of a day for a month after each bolus that starts fast movement,
a quarter of a day elsewhere; the step depends on the schedule alone, never on a neighbour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np

from lupercal.engine.task import Array, Course, Outcome, Task, with_products
from lupercal.engine.usable import outcomes_at_start, without_rounding
from lupercal.model.infection import CHANCE_INTERVAL_DAYS, weekly_risk
from lupercal.model.schedule import Amount, Schedule
from lupercal.model.subsystem import Names
from lupercal.model.system import System, no_inputs, system

SHORT_STEPS_PER_DAY = 16
LONG_STEPS_PER_DAY = 4
SHORT_STEP_DAYS = 30  # how long after a fast bolus short steps are kept
ZERO_BELOW = 1e-12  # smaller states are zero: they mean nothing and denormal numbers are slow
UNDERSHOOT = 1e-6  # a state this far below zero means that the step was too long for the patient's rates
LARGEST = 1e9  # no state of the model is plausible above


def run(task: Task, model: System | None = None) -> Course:
    """Integrate one task; see `Task` for what is asked and `Course` for what is answered.

    The local error of the steps keeps states within 1e-4 relative of an exact solution (tested against LSODA at 1e-10).
    """
    with np.errstate(all="ignore"):
        return _Run(task, model or system()).course()


def by_day(schedule: Schedule) -> Mapping[int, Schedule]:
    """Return the events of each day that has any."""
    days = {change.day for change in schedule.inputs}
    days |= {bolus.day for bolus in schedule.boluses} | {factor.day for factor in schedule.factors}
    return {day: _on(schedule, day) for day in sorted(days)}


def steps_on(days: Sequence[int], schedule: Schedule, model: System) -> list[int]:
    """Return the number of steps on each of ``days``."""
    fast = [event.day for event in schedule.boluses if event.state in model.fast_states]
    fast += [event.day for event in schedule.inputs if event.name == "ld"]
    short = {day + k for day in fast for k in range(SHORT_STEP_DAYS)}
    return [SHORT_STEPS_PER_DAY if day in short else LONG_STEPS_PER_DAY for day in days]


def _on(schedule: Schedule, day: int) -> Schedule:
    return Schedule(
        tuple(event for event in schedule.inputs if event.day == day),
        tuple(event for event in schedule.boluses if event.day == day),
        tuple(event for event in schedule.factors if event.day == day),
    )


@final
class _Run:
    """The moving parts of one integration."""

    def __init__(self, task: Task, model: System) -> None:
        self.task, self.model = task, model
        self.row = {name: index for index, name in enumerate(model.states)}
        self.p = with_products(task.parameters, task.schedule)
        self.u: dict[str, Amount] = {**no_inputs(), **task.inputs}
        self.outcome = outcomes_at_start(task, self.p)
        self.y: Array = np.array(without_rounding(task.start), np.float64, order="C")
        self.y[:, self.outcome != Outcome.DONE] = 0.0
        self.recorded: list[Array] = []
        self.infections: list[Array] = []
        self.kept = [self.row[name] for name in task.record]

    def course(self) -> Course:
        task, events = self.task, by_day(self.task.schedule)
        days = range(task.first_day, task.last_day)
        for past in (day for day in events if day < task.first_day):
            self._change_inputs(events[past])
        for index, (day, steps) in enumerate(zip(days, steps_on(days, task.schedule, self.model), strict=True)):
            self._record(day)
            self._events(events.get(day), index)
            self._advance(steps)
        self._record(task.last_day)
        stack = np.stack(self.recorded) if self.recorded else np.empty((0, len(self.kept), task.size))
        states = {name: np.ascontiguousarray(stack[:, k]) for k, name in enumerate(task.record)}
        recorded_days = np.array([d for d in task.record_days if task.first_day <= d <= task.last_day], np.int64)
        infections = np.array(self.infections) if self.infections else np.zeros((0, task.size))
        return Course(recorded_days, states, self._visible(self.y), self.outcome, infections)

    def _record(self, day: int) -> None:
        if day in self.task.record_days:
            self.recorded.append(self._visible(self.y[self.kept]))

    def _visible(self, values: Array) -> Array:
        return np.where(self.outcome == Outcome.DONE, values, np.nan)

    def _change_inputs(self, today: Schedule) -> None:
        self.u.update({event.name: event.value for event in today.inputs})

    def _events(self, today: Schedule | None, index: int) -> None:
        if today is not None:
            self._change_inputs(today)
            for change in today.factors:
                self.y[self.row[change.state]] *= change.factor
            for bolus in today.boluses:
                self.y[self.row[bolus.state]] += bolus.amount
        if self.task.triggers is not None:
            self.y[self.row["Z"]] += self.task.triggers[index]
        if self.task.luck is not None and index % CHANCE_INTERVAL_DAYS == 0:
            self._chance(self.task.luck[index // CHANCE_INTERVAL_DAYS])

    def _chance(self, luck: Array) -> None:
        risk = weekly_risk(Names(self._named(self.y)), Names(self.p))
        struck = np.where((luck < risk) & (self.outcome == Outcome.DONE), 1.0, 0.0)
        self.infections.append(struck)
        self.y[self.row["Z"]] += struck * self.p["z_inf"]

    def _advance(self, steps: int) -> None:
        dt = 1.0 / steps
        for _ in range(steps):
            k1 = self._rates(self.y)
            k2 = self._rates(self.y + 0.5 * dt * k1)
            k3 = self._rates(self.y + 0.5 * dt * k2)
            k4 = self._rates(self.y + dt * k3)
            self.y = self.y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            self._mark(np.any(self.y < -UNDERSHOOT, axis=0), Outcome.OUT_OF_BOUNDS)
            self.y[self.y < ZERO_BELOW] = 0.0
        self._retire()

    def _retire(self) -> None:
        """Give patients whose states make no sense a named outcome and park them at zero."""
        finite = np.isfinite(self.y).all(axis=0)
        bounded = (self.y <= LARGEST).all(axis=0)
        self._mark(~finite, Outcome.NOT_FINITE)
        self._mark(finite & ~bounded, Outcome.OUT_OF_BOUNDS)

    def _mark(self, bad: Any, outcome: Outcome) -> None:
        if bad.any():
            self.outcome[bad & (self.outcome == Outcome.DONE)] = outcome
            self.y[:, bad] = 0.0

    def _named(self, y: Array) -> dict[str, Array]:
        return dict(zip(self.model.states, y, strict=True))

    def _rates(self, y: Array) -> Array:
        rates = self.model.rates(self._named(y), self.p, self.u)
        out = np.empty_like(y)
        for name, row in self.row.items():
            out[row] = rates[name]
        return out

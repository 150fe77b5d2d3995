"""Three years of life under usual care: spans between check-ups, each of which may begin a course of steroid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.flare_care import first_doses, flare_care, tapered
from lupercal.course.luck import noise_until_baseline
from lupercal.engine.choose import EngineName, integrate
from lupercal.engine.task import Course, Outcome, Task
from lupercal.evidence.parameters import values
from lupercal.model.infection import CHANCE_INTERVAL_DAYS
from lupercal.model.observation import observe_once
from lupercal.model.schedule import InputChange, Schedule
from lupercal.population.draw import Drawn

Array = NDArray[np.float64]
LOOK_BACK_EVERY = 10
"""Days between recorded states within the look-back of a visit."""


@final
@dataclass(frozen=True, slots=True)
class CaredFor:
    """A course (states on the days asked for, those of the check-ups among them) and the doses it was lived with.

    ``usual`` is prednisone before any change of dose, mg/d (N,).
    """

    course: Course
    doses: Schedule
    usual: Array

    def prednisone(self, day: int) -> Array:
        """Return prednisone on a day, mg/d (N,)."""
        changes = [change for change in self.doses.inputs if change.name == "gc" and change.day <= day]
        dose = max(changes, key=lambda change: change.day).value if changes else self.usual
        return np.array(np.broadcast_to(dose, self.course.outcome.shape), np.float64)


def cared_for(task: Task, drawn: Drawn, seed: int, engine: EngineName, until: int) -> CaredFor:
    """Integrate a task whose patients are seen every quarter and given what their activity calls for.

    Parameters
    ----------
    task
        The whole time with its drugs; its schedule holds changes of inputs only.
    drawn
        The patients of the task.
    seed
        Of visit noise and of the chance that activity is answered.
    engine
        Which engine integrates.
    until
        Day from which nothing but the task's own changes happens to doses.
    """
    usual = np.broadcast_to(np.asarray(task.inputs.get("gc", 0.0), np.float64), (task.size,))
    care = flare_care(drawn.parameters)
    checkups = range(task.first_day + care.every, task.last_day - care.every + 1, care.every) if care.any else ()
    if not checkups:
        return CaredFor(integrate(task, engine), task.schedule, usual)
    noise = noise_until_baseline(seed, drawn.patients, checkups, values()["noise_days"])
    wanted = sorted({*task.record_days, *look_back(checkups)})
    spans, doses, now = list[Course](), task.schedule, task
    for row, day in enumerate(checkups):
        spans.append(integrate(_span(now, doses, day, wanted), engine))
        own = {name: series[row] for name, series in noise.items()}
        found = observe_once(spans[-1].days, spans[-1].states, day, own, drawn.parameters, drawn.traits)
        begun = tapered(day, first_doses(found, care, seed, drawn.patients, day), usual, care)
        doses = _with(doses, [change for change in begun if change.day < until])
        now = _rest(now, spans[-1].end, day)
    spans.append(integrate(_span(now, doses, task.last_day, wanted), engine))
    return CaredFor(_joined(spans), doses, usual)


def look_back(visits: Sequence[int]) -> set[int]:
    """Return the days on which the visits need states: their own and those of the window they look back over."""
    back = int(values()["lookback_days"])
    return {day - past for day in visits for past in range(0, back + 1, LOOK_BACK_EVERY)}


def _span(rest: Task, doses: Schedule, last: int, wanted: Sequence[int]) -> Task:
    """Return the beginning of what is left of a task, up to day ``last``; the days recorded begin after its first."""
    days = last - rest.first_day
    return replace(
        rest, schedule=doses, last_day=last, record_days=tuple(d for d in wanted if rest.first_day < d <= last),
        triggers=None if rest.triggers is None else rest.triggers[:days],
        luck=None if rest.luck is None else rest.luck[: -(-days // CHANCE_INTERVAL_DAYS)],
    )  # fmt: skip


def _rest(task: Task, states: Array, day: int) -> Task:
    """Return what is left of a task from a day on, which is a whole number of weeks after its first."""
    days = day - task.first_day
    return replace(
        task, start=states, first_day=day,
        triggers=None if task.triggers is None else task.triggers[days:],
        luck=None if task.luck is None else task.luck[days // CHANCE_INTERVAL_DAYS :],
    )  # fmt: skip


def _with(doses: Schedule, more: Sequence[InputChange]) -> Schedule:
    return replace(doses, inputs=tuple(sorted((*more, *doses.inputs), key=lambda change: change.day)))


def _joined(spans: Sequence[Course]) -> Course:
    """Return courses that follow one another as one; who fails in one has no states in those after it."""
    outcome = spans[0].outcome
    for span in spans[1:]:
        outcome = np.where(outcome == Outcome.DONE, span.outcome, outcome)
    return Course(
        np.concatenate([span.days for span in spans]),
        {name: np.concatenate([span.states[name] for span in spans]) for name in spans[0].states},
        spans[-1].end, outcome, np.concatenate([span.infections for span in spans]),
    )  # fmt: skip

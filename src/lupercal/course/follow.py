"""Let people live under a plan and see them: the only place that asks an engine for anything.

A stay without decisions is one task. With decisions it is cut at the days on which somebody decides: people live up to
that day, are seen, and go on with what was decided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.luck import Luck
from lupercal.course.plan import Decisions, DrugPlan
from lupercal.course.stay import Stay, look_back, window
from lupercal.engine.choose import EngineName, integrate
from lupercal.engine.task import Course, Once, Outcome, Task
from lupercal.errors import LupercalError
from lupercal.evidence.limits import clinical_limit
from lupercal.model.infection import CHANCE_INTERVAL_DAYS
from lupercal.model.observation import Observed, observe, signs
from lupercal.population.cohort import Cohort
from lupercal.visits.visits import OneVisit, Visits

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True)
class Followed:
    """What happened to N people: ``course`` holds the recorded states, ``plan`` the doses as they came to be."""

    people: Cohort
    plan: DrugPlan
    stay: Stay
    luck: Luck
    course: Course

    @property
    def usable(self) -> Bools:
        """Whose integration went through, shape (N,)."""
        return np.asarray(self.course.outcome == Outcome.DONE)

    def visits(self) -> Visits:
        """Return what the visits of the stay show, drugs included."""
        return self.seen(self.stay.visits)

    def seen(self, days: Sequence[int], recorded: Iterable[int] | None = None) -> Visits:
        """Return what visits on some of the recorded days would show, drugs included.

        ``recorded`` are the days whose states the visits look back on, those of the stay where not given.
        """
        when, noise = np.array(days, np.int64), self.luck.noise(days)
        among = np.array(sorted(self.stay.recorded if recorded is None else recorded), np.int64)
        return Visits(
            when, _read(self.people, self.course, when, noise, among) | self.plan.drugs(when, len(self.usable))
        )

    def at(self, state: str, days: Days) -> Array:
        """Return a state on some of the recorded days, shape (D, N)."""
        return np.asarray(self.course.states[state][np.searchsorted(self.course.days, days)])

    def infections_so_far(self) -> Array:
        """Return how many serious infections there have been by each recorded day, from day 0 on, shape (D, N)."""
        days = np.arange(len(self.course.infections)) * CHANCE_INTERVAL_DAYS + self.stay.first
        struck = ((self.course.infections > 0) & (days[:, None] >= 0)).astype(np.float64)
        so_far = np.concatenate([np.zeros((1, struck.shape[1])), np.cumsum(struck, axis=0)])
        return np.asarray(so_far[np.searchsorted(days, self.course.days, side="right")])

    def first_infection(self, since: int) -> Array:
        """Return the day of the first serious infection from a day on, shape (N,); infinite where there is none."""
        days = np.arange(len(self.course.infections)) * CHANCE_INTERVAL_DAYS + self.stay.first
        struck = (self.course.infections > 0) & (days[:, None] >= since)
        return np.asarray(np.where(struck, days[:, None], np.inf).min(axis=0, initial=np.inf), np.float64)


def follow(
    people: Cohort, plan: DrugPlan, stay: Stay, luck: Luck, engine: EngineName = "compiled", threads: int | None = None
) -> Followed:
    """Let people live under a plan for a stay.

    Parameters
    ----------
    people
        Who, with their states at the start of the stay.
    plan
        What they are given.
    stay
        How long, when they are seen, what is recorded.
    luck
        What chance brings them, addressed by seed, stream, patient and day.
    engine, threads
        Which engine integrates, on how many threads; results do not depend on threads.

    Raises
    ------
    LupercalError
        If the model cannot use a dose, or somebody decides on a day that is no whole number of weeks after the first.
    """
    task = task_of(people, plan, stay, luck)
    when = plan.decisions.days(stay.first, stay.last) if plan.decisions else ()
    if not (plan.decisions and when):
        return Followed(people, plan, stay, luck, integrate(task, engine, threads))
    plan, course = _decided(task, people, plan, plan.decisions, when, luck, engine, threads, stay.apart)
    return Followed(people, plan, stay, luck, course)


def task_of(people: Cohort, plan: DrugPlan, stay: Stay, luck: Luck) -> Task:
    """Return what an engine is asked for a stay as far as it is planned; arguments as for `follow`."""
    days = np.arange(stay.first, stay.last)
    return Task(
        people.states, people.parameters, plan.inputs, plan.timeline, stay.first, stay.last, stay.recorded, stay.states,
        luck.triggers(days), luck.infections(days),
    )  # fmt: skip


def _decided(
    task: Task, people: Cohort, plan: DrugPlan, decisions: Decisions, when: Sequence[int], luck: Luck,
    engine: EngineName, threads: int | None, apart: Collection[int],
) -> tuple[DrugPlan, Course]:  # fmt: skip
    """Live from decision to decision; return the plan as it came to be, and the whole course.

    Who decides does not look at the days that are recorded ``apart``.
    """
    noise, spans, rest = luck.noise(when), list[Course](), _recording(task, when)
    for row, day in enumerate(when):
        spans.append(integrate(_until(rest, plan, day), engine, threads))
        visit_noise = {name: series[row : row + 1] for name, series in noise.items()}
        recent = _without(_recent(spans, day), apart)
        seen = _at_once(_read(people, recent, np.array([day]), visit_noise, grades=decisions.grades))
        seen["infection_active"] = _infected(spans)
        plan = decisions.decide(day, seen, plan)
        rest = _from(rest, spans[-1].end, day)
    spans.append(integrate(_until(rest, plan, task.last_day), engine, threads))
    return plan, _joined([_on(task.record_days, span) for span in spans])


def _read(
    people: Cohort, course: Course, visits: Days, noise: dict[str, Array], among: Days | None = None, *,
    grades: bool = True,
) -> dict[str, Array]:  # fmt: skip
    """Return what visits read from the recorded states, each (V, N); without ``grades`` of BILAG where not wanted."""
    days, states = course.days, course.states
    if among is not None and not np.isin(days, among).all():
        rows = np.flatnonzero(np.isin(days, among))
        days, states = days[rows], {name: state[rows] for name, state in states.items()}
    seen = Observed(days, states, visits, noise)
    return (observe if grades else signs)(seen, people.parameters, people.traits)


def _recording(task: Task, when: Sequence[int]) -> Task:
    """Return a task, to be lived in parts, that also records what visits on some days look back on."""
    needed = {day for day in look_back(when) if day >= task.first_day}
    return replace(task, record_days=tuple(sorted({*task.record_days, *needed})), once=Once())


def _recent(spans: Sequence[Course], day: int) -> Course:
    """Return what was recorded last: from the day on which the look-back window of a visit begins, or before it."""
    begins, parts = day - window(), list[Course]()
    for span in reversed(spans):
        row = max(0, int(np.searchsorted(span.days, begins, side="right")) - 1)
        parts.append(replace(span, days=span.days[row:], states={name: s[row:] for name, s in span.states.items()}))
        if len(span.days) and span.days[row] <= begins:
            break
    return parts[0] if len(parts) == 1 else _joined(parts[::-1])


def _infected(spans: Sequence[Course]) -> Array:
    """Return whether a serious infection began so shortly before the end that it counts as active, (N,)."""
    weeks, begun = int(clinical_limit("infection_days")) // CHANCE_INTERVAL_DAYS, spans[-1].infections
    for span in reversed(spans[:-1]):
        if len(begun) >= weeks:
            break
        begun = np.concatenate([span.infections, begun])
    return np.asarray(begun[-weeks:].any(axis=0), np.float64)


def _on(days: Sequence[int], span: Course) -> Course:
    """Return a course as recorded on some days alone: those that only decisions looked at go."""
    return _rows(span, np.isin(span.days, days))


def _without(span: Course, days: Collection[int]) -> Course:
    """Return a course without what was recorded on some days."""
    return _rows(span, ~np.isin(span.days, list(days))) if days else span


def _rows(span: Course, kept: Bools) -> Course:
    if kept.all():
        return span
    return replace(span, days=span.days[kept], states={name: state[kept] for name, state in span.states.items()})


def _at_once(columns: dict[str, Array]) -> OneVisit:
    return {name: column[0] for name, column in columns.items()}


def _until(rest: Task, plan: DrugPlan, last: int) -> Task:
    """Return the beginning of what is left of a task, up to day ``last``; its first day was recorded before it."""
    days = last - rest.first_day
    return replace(
        rest, schedule=plan.timeline, last_day=last, record_days=tuple(d for d in rest.record_days if d <= last),
        triggers=None if rest.triggers is None else rest.triggers[:days],
        luck=None if rest.luck is None else rest.luck[: -(-days // CHANCE_INTERVAL_DAYS)],
    )  # fmt: skip


def _from(task: Task, states: Array, day: int) -> Task:
    """Return what is left of a task from a day on, after its recording."""
    days = day - task.first_day
    if days % CHANCE_INTERVAL_DAYS:
        raise LupercalError(f"decisions are made whole weeks after the first day, not {days} days after it")
    return replace(
        task, start=states, first_day=day, record_days=tuple(d for d in task.record_days if d > day),
        triggers=None if task.triggers is None else task.triggers[days:],
        luck=None if task.luck is None else task.luck[days // CHANCE_INTERVAL_DAYS :],
    )  # fmt: skip


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

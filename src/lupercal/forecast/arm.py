"""One therapy on the slots of a forecast: from doses to the columns of every visit.

All arms share patients, triggers, visit noise and the luck of infection, addressed by slot and day since the decision.
An arm's own days count from its day 0 (first dose or infusion), which lies ``lead_days`` after the decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.background import Background, Group, groups
from lupercal.course.burn_in import trigger_jumps, weekly_luck
from lupercal.course.drugs import biologic_at, dose_at
from lupercal.course.noise import visit_noise
from lupercal.engine.choose import EngineName, integrate
from lupercal.engine.random import exponentials
from lupercal.engine.task import Course, Task
from lupercal.evidence.parameters import values
from lupercal.files.chunks import chunks
from lupercal.forecast.settings import settings
from lupercal.instruments.lldas import new_activity
from lupercal.instruments.registry import score_simulated
from lupercal.model.infection import CHANCE_INTERVAL_DAYS
from lupercal.model.inputs import schedule
from lupercal.model.observation import NOISE_STREAMS, RECORDED, Columns, Observed, observe
from lupercal.model.schedule import Schedule
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.population.cohort import Cohort
from lupercal.therapy.body import Person
from lupercal.therapy.dosing import Expansion, expand
from lupercal.therapy.regimen_records import Regimen

Array = NDArray[np.float64]
Days = NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True)
class VisitCalendar:
    """When virtual patients of an arm are seen, in days from its day 0.

    ``visits`` (V,) begins with the decision (day ``-lead``); ``main`` (V,) is False for the early visits between
    months.
    """

    lead: int
    end: int
    visits: Days
    main: NDArray[np.bool_]
    recorded: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class ArmRun:
    """What happened to N virtual patients under one therapy; ``expansion`` holds the doses as far as they are known.

    ``columns`` (V, N) are the visits with scores; ``between`` holds neutrophils, igg and il6 (T, N) on the ``recorded``
    (T,) days; ``first_infection`` (N,) is a day or infinity; ``damage_at`` (N,) is the number of expected damage items
    at which the first one comes; ``outcome`` (N,) holds engine outcome codes.
    """

    regimen: Regimen
    expansion: Expansion
    calendar: VisitCalendar
    columns: Mapping[str, Array]
    recorded: Days
    between: Mapping[str, Array]
    first_infection: Array
    damage_at: Array
    outcome: NDArray[np.int8]


@final
@dataclass(frozen=True, slots=True)
class Setting:
    """What all arms of a forecast have in common."""

    cohort: Cohort
    background: Background
    person: Person
    months: int
    seed: int
    engine: EngineName
    chunk_size: int


def visit_calendar(regimen: Regimen, months: int) -> VisitCalendar:
    """Return the visits of an arm: the decision, the early days, then every month."""
    choice = settings().visits
    monthly = [round(month * DAYS_PER_MONTH) for month in range(1, months + 1)]
    visits = np.array(sorted({-regimen.lead_days, *choice.early_days, *monthly}), np.int64)
    main = np.isin(visits, [-regimen.lead_days, *monthly])
    end = monthly[-1]
    grid = range(-regimen.lead_days, end + 1, choice.record_every)
    daily = range(-regimen.lead_days, min(choice.daily_until, end) + 1)
    return VisitCalendar(regimen.lead_days, end, visits, main, tuple(sorted({*grid, *daily, *visits.tolist()})))


def live_arm(regimen: Regimen, setting: Setting, progress: Callable[[int], None]) -> ArmRun:
    """Run one therapy on all slots; ``progress`` is called with the number of virtual patients just finished."""
    plan, cohort = visit_calendar(regimen, setting.months), setting.cohort
    pieces: list[tuple[Days, Columns, Course]] = []
    drugs = _no_drugs(plan, cohort.size)
    for group in groups(setting.background, cohort.background, cohort.size):
        expansion = expand(regimen, setting.person, group.current, setting.months)
        timeline = schedule(expansion)
        _write_drugs(drugs, group.members, expansion, timeline, plan)
        for part in chunks(len(group.members), setting.chunk_size):
            slots = group.members[part]
            course = integrate(_task(slots, group, timeline, plan, setting), setting.engine)
            pieces.append((slots, _visits(slots, course, plan, setting), course))
            progress(len(slots))
    order = np.argsort(np.concatenate([slots for slots, _, _ in pieces]), kind="stable")
    columns = _in_slot_order([columns for _, columns, _ in pieces], order)
    columns["new_activity"] = new_since_last_visit(columns, plan, cohort.columns["new_activity"])
    columns |= drugs
    as_known = expand(regimen, setting.person, setting.background.known, setting.months)
    damage_at = exponentials(setting.seed, "forecast damage", np.arange(cohort.size))
    return _scored(as_known, damage_at, plan, columns, [course for _, _, course in pieces], order)


def _task(slots: Days, group: Group, timeline: Schedule, plan: VisitCalendar, setting: Setting) -> Task:
    part = setting.cohort.take(slots)
    since_decision = np.arange(0, plan.lead + plan.end)
    return Task(
        part.states, part.parameters, group.inputs, timeline, -plan.lead, plan.end, plan.recorded, RECORDED,
        trigger_jumps(setting.seed, "forecast trigger", slots, since_decision, part.parameters),
        weekly_luck(setting.seed, "forecast infection", slots, since_decision),
    )  # fmt: skip


def _visits(slots: Days, course: Course, plan: VisitCalendar, setting: Setting) -> Columns:
    """Return the columns (V, n) of some slots; the visit at the decision is the one the patients were matched by."""
    part, p = setting.cohort.take(slots), values()
    noise = {
        stream: visit_noise(
            setting.seed, f"forecast noise {stream}", slots, (plan.visits + plan.lead).tolist(), 0, p["noise_days"],
            part.noise[stream],
        )
        for stream in NOISE_STREAMS
    }  # fmt: skip
    columns = observe(Observed(course.days, course.states, plan.visits, noise), part.parameters, part.traits)
    for name, column in columns.items():
        column[0] = np.where(np.isnan(column[0]), column[0], part.columns[name])
    columns["damage_expected"] = course.states["DM"][np.searchsorted(course.days, plan.visits)]
    columns["vaccine_antibodies"] = course.states["PV"][np.searchsorted(course.days, plan.visits)]
    return columns


def new_since_last_visit(columns: Columns, plan: VisitCalendar, at_decision: Array) -> Array:
    """Return whether anything is active that was not at the last main visit before, shape (V, N)."""
    main = np.flatnonzero(plan.main)
    before = main[np.maximum(np.searchsorted(main, np.arange(len(plan.visits))) - 1, 0)]
    found = new_activity({name: column[before] for name, column in columns.items()}, columns)
    found[0] = at_decision
    return found


def _in_slot_order(parts: Sequence[Columns], order: NDArray[np.intp]) -> Columns:
    return {
        name: np.ascontiguousarray(np.concatenate([part[name] for part in parts], axis=1)[:, order])
        for name in parts[0]
    }


def _no_drugs(plan: VisitCalendar, size: int) -> Columns:
    """Return the columns of drugs in force at each visit, none given, shape (V, N)."""
    names = ("prednisone", "hydroxychloroquine", "on_immunosuppressant", "on_biologic", "on_investigational")
    return {name: np.zeros((len(plan.visits), size)) for name in names}


def _write_drugs(drugs: Columns, members: Days, expansion: Expansion, timeline: Schedule, plan: VisitCalendar) -> None:
    """Write the drugs in force at each visit of some slots."""
    dose = {name: dose_at(timeline, name, plan.visits)[:, None] for name in ("gc", "hq", "ap", "cn")}
    drugs["prednisone"][:, members] = dose["gc"]
    drugs["hydroxychloroquine"][:, members] = dose["hq"]
    drugs["on_immunosuppressant"][:, members] = dose["ap"] + dose["cn"] > 0
    drugs["on_biologic"][:, members] = biologic_at(expansion, plan.visits)[:, None]


def _scored(
    expansion: Expansion,
    damage_at: Array, plan: VisitCalendar, columns: Columns, courses: Sequence[Course],
    order: NDArray[np.intp],
) -> ArmRun:  # fmt: skip
    for name in ("sledai_2k", "clinical_sledai", "doris_2021", "lldas"):
        columns[name] = np.asarray(score_simulated(name, columns).value, np.float64)
    between = {
        name: np.concatenate([course.states[state] for course in courses], axis=1)[:, order]
        for name, state in (("neutrophils", "NU"), ("igg", "IG"), ("il6", "I6"))
    }
    struck = np.concatenate([course.infections for course in courses], axis=1)[:, order]
    weeks = np.arange(len(struck)) * CHANCE_INTERVAL_DAYS - plan.lead
    first = np.where(struck > 0, weeks[:, None], np.inf).min(axis=0)
    outcome = np.concatenate([course.outcome for course in courses])[order]
    return ArmRun(expansion.regimen, expansion, plan, columns, courses[0].days, between, first, damage_at, outcome)

"""Many patients at once, as far as follow-up needs them: plans, tasks, values, events; few queries, none decrypted."""

from __future__ import annotations

import datetime as dt
import gc
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, lru_cache, reduce
from typing import Any, final
from typing import cast as cast_to

from sqlalchemy import Connection, Select, Text, case, cast, func, select

from lupercal.patient.record import Measurement, Patient, Visit
from lupercal.programmes.plan_data import common
from lupercal.programmes.plan_items import PlanItem, PlannedTest
from lupercal.registry import tables
from lupercal.registry.care_records import AcknowledgementRecord, AdverseEventRecord
from lupercal.registry.seen_alerts import events_by_patient, seen_by_patient
from lupercal.registry.values import parted

LONGEST_WINDOW = 400
"""Days; no planned visit begins to be due earlier before its date."""


@final
@dataclass(frozen=True, slots=True)
class FollowedPatient:
    """A patient with a dated plan: visits, and the lines of the plan that can matter by a day and bear no mark.

    ``events`` are the recorded adverse events, ``seen`` the acknowledged alerts. Who has events but no dated plan has
    no programme, no visits and no lines here; ``start`` is then the date of day 0 or of the first event.
    Days count from day 0 of the plan; ``shift`` is what was added to those of the record, where that has another date
    of day 0.
    """

    patient: Patient
    programme: str
    start: dt.date
    families: frozenset[str]
    open_items: tuple[PlanItem, ...]
    events: tuple[AdverseEventRecord, ...] = ()
    seen: tuple[AcknowledgementRecord, ...] = ()
    shift: int = 0


def followed_patients(
    connection: Connection, today: dt.date, ahead_days: int, programme: str | None = None,
    patients: Collection[str] | None = None,
) -> Iterator[FollowedPatient]:  # fmt: skip
    """Yield every patient with a current dated plan who is neither closed nor erased, in order of id.

    Those follow who have adverse events and no such plan, where no programme is asked for. Where ``patients`` are named
    (a few hundred at most), no others.
    """
    chosen = _Chosen(programme, None if patients is None else tuple(patients))
    events, seen = events_by_patient(connection, chosen.patients), seen_by_patient(connection, chosen.patients)
    plans = _plans(connection, chosen)
    tasks = _tasks(connection, today + dt.timedelta(days=max(ahead_days, LONGEST_WINDOW)), chosen)
    visits = _visits(connection, chosen)
    for name, plan, offer, start, families, day_zero in plans:
        shift = 0 if day_zero is None else (day_zero - start).days
        yield FollowedPatient(
            Patient(id=name, visits=shifted(visits.get(name, ()), shift)), offer, start, _families(families),
            _items(tasks.get(plan, "")), events.get(name, ()), seen.get(name, ()), shift,
        )  # fmt: skip
    if programme is None:
        unplanned = events.keys() - {plan[0] for plan in plans}
        for name, day_zero in _heads(connection, unplanned):
            start = day_zero or min(event.began_on for event in events[name])
            yield FollowedPatient(
                Patient(id=name), "", start, frozenset(), (), events[name], seen.get(name, ())
            )  # fmt: skip


def shifted(visits: Iterable[Visit], days: int) -> tuple[Visit, ...]:
    """Return visits with days added to theirs, so that they count from another day 0."""
    return tuple(replace(visit, day=visit.day + days) for visit in visits) if days else tuple(visits)


def _heads(connection: Connection, names: Collection[str]) -> Iterator[tuple[str, dt.date | None]]:
    """Yield id and date of day 0 of patients who are neither closed nor erased."""
    patient = tables.patient.c
    query = select(patient.id, patient.reference_date).where(patient.state != "closed", patient.erased_at.is_(None))
    for part in parted(sorted(names)):
        for row in connection.execute(query.where(patient.id.in_(part)).order_by(patient.id)):
            yield row.id, row.reference_date


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep Python's cyclic collector still while millions of records are made that all stay: it finds nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@final
@dataclass(frozen=True, slots=True)
class _Chosen:
    """Which patients are asked for: those of a programme, some by id; all where None."""

    programme: str | None
    patients: tuple[str, ...] | None


def _current(query: Select[Any], chosen: _Chosen) -> Select[Any]:
    """Narrow a query that joins patient and plan to current dated plans of those who are on the way."""
    plan, patient = tables.plan.c, tables.patient.c
    query = query.where(
        plan.state == "current", plan.start.is_not(None), plan.struck_at.is_(None), patient.state != "closed",
        patient.erased_at.is_(None),
    )  # fmt: skip
    query = query if chosen.programme is None else query.where(plan.programme == chosen.programme)
    return query if chosen.patients is None else query.where(patient.id.in_(chosen.patients))


def _plans(connection: Connection, chosen: _Chosen) -> list[Any]:
    plan = tables.plan.c
    day_zero = tables.patient.c.reference_date
    query = select(plan.patient, plan.id, plan.programme, plan.start, plan.families, day_zero)
    joined = query.select_from(tables.plan.join(tables.patient, tables.patient.c.id == plan.patient))
    return list(connection.execute(_current(joined, chosen).order_by(plan.patient)))


def _tasks(connection: Connection, until: dt.date, chosen: _Chosen) -> Mapping[str, str]:
    """Return the open lines of each plan as one text, which is the same for all who follow one plan: see `_items`."""
    task = tables.task.c
    days = (cast(column, Text) for column in (task.day, task.last_day, task.window_days))
    note = case((task.note, "1"), else_="")
    parts = (task.item, task.section, task.title, *days, task.tests, note)
    line = reduce(lambda text, part: text + _PART + part, parts[1:], parts[0])
    query = select(task.plan, func.aggregate_strings(line, _LINE)).group_by(task.plan)
    open_lines = query.where(task.date <= until, task.struck_at.is_(None), task.state == "open")
    if chosen.patients is not None:
        open_lines = open_lines.where(task.patient.in_(chosen.patients))
    return {plan: lines for plan, lines in connection.execute(open_lines)}  # noqa: C416 - rows are no pairs


_PART, _LINE = "\x1f", "\x1e"
"""What stands between the parts of a line and between lines: the signs that ASCII has for it."""


@lru_cache(maxsize=4096)
def _items(lines: str) -> tuple[PlanItem, ...]:
    """Return the lines of a plan in order of day."""
    return tuple(sorted(map(_item, lines.split(_LINE)), key=lambda item: (item.day, item.id))) if lines else ()


@cache
def _families(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))


def _visits(connection: Connection, chosen: _Chosen) -> Mapping[str, list[Visit]]:
    visit = tables.visit.c
    query = select(visit.patient, visit.id, visit.day)
    source = tables.visit.join(tables.patient, tables.patient.c.id == visit.patient).join(
        tables.plan, tables.plan.c.patient == visit.patient
    )
    here = _current(query.select_from(source), chosen).where(visit.struck_at.is_(None))
    values = _values(connection, chosen.patients)
    by_patient: dict[str, list[Visit]] = defaultdict(list)
    for patient, name, day in connection.execute(here.order_by(visit.patient, visit.day)).all():
        by_patient[patient].append(Visit(day, values=values.get(name, {})))
    return by_patient


def _values(connection: Connection, patients: tuple[str, ...] | None) -> Mapping[str, dict[str, Measurement]]:
    """Return the values of visits that hold now; for all patients one walk through the table is quicker than a join."""
    value = tables.value.c
    query = select(value.visit, value.variable, value.value, value.comparator)
    if patients is not None:
        visits = select(tables.visit.c.id).where(tables.visit.c.patient.in_(patients))
        query = query.where(value.visit.in_(visits))
    by_visit: dict[str, dict[str, Measurement]] = defaultdict(dict)
    rows = connection.execute(query.where(value.until.is_(None), value.value.is_not(None))).all()
    for name, variable, number, comparator in rows:
        by_visit[name][variable] = _measured(number, comparator)
    return by_visit


@lru_cache(maxsize=65536)
def _measured(number: float, comparator: Any) -> Measurement:
    return Measurement(number, comparator)


@cache
def _item(line: str) -> PlanItem:
    """Return a line of a plan; the same line is one object, however many patients have it."""
    name, section, title, day, last_day, window_days, tests, note = line.split(_PART)
    return PlanItem(
        id=name, section=cast_to(Any, section), title=title, day=int(day), last_day=int(last_day),
        basis="project default", source="", window_days=int(window_days), note=bool(note),
        tests=tuple(_test(test) for test in json.loads(tests)),
    )  # fmt: skip


@cache
def _test(name: str) -> PlannedTest:
    return PlannedTest(name, common("tests")[name]["name"], "project default", "")

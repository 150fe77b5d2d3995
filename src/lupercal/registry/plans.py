"""Plans of registered patients with their dated tasks: made, moved to another date, marked as done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import insert, select

from lupercal.patient.record import Patient
from lupercal.programmes.plan import Plan
from lupercal.programmes.plan import plan as planned
from lupercal.programmes.plan_items import PlanItem
from lupercal.registry import tables
from lupercal.registry.care_records import PlannedTask, PlanRecord
from lupercal.registry.kinds import PLAN, TASK
from lupercal.registry.memory import Memory
from lupercal.registry.patients import Patients
from lupercal.registry.records import TaskState
from lupercal.registry.refusals import ConflictError, RefusedError
from lupercal.registry.rows import moment, new_id
from lupercal.registry.shelf import Shelf
from lupercal.report.plan_text import plan_json
from lupercal.safety.override import Override
from lupercal.therapy.registry import product


def day_of_planning(patient: Patient) -> int | None:
    """Return the day on which safety is judged for a plan of a registered patient, as the record counts.

    It is the newest visit's where no date tells which visits come before the infusion: a registry looks ahead, so that
    what was found last holds. None where dates tell (`lupercal.rules.facts.last_day_before`).
    """
    return None if patient.reference_date else max((visit.day for visit in patient.visits), default=0)


class Plans(Shelf[PlanRecord]):
    """Plans; at most one of a patient is current, and ``tasks`` are its dated lines."""

    def __init__(self, memory: Memory, patients: Patients) -> None:
        super().__init__(memory, PLAN)
        self.patients = patients
        self.tasks: Shelf[PlannedTask] = _Tasks(memory, TASK)

    def make(
        self,
        patient: str,
        programme: str,
        start: dt.date | str | None,
        *,
        by: str,
        why: str = "",
        overrides: Sequence[Override] = (),
    ) -> PlanRecord:
        """Plan a programme for a registered patient and keep it as the current plan.

        Raises
        ------
        InputError
            If programme or date is not usable.
        RefusedError
            If safety says stop and nobody overrides it.
        """
        with self.memory.writing():
            whole = self.patients.whole(patient)
            return self.keep(
                planned(whole, programme, start, overrides=overrides, day=day_of_planning(whole)), by=by, why=why
            )

    def keep(self, plan: Plan, *, by: str, why: str = "") -> PlanRecord:
        """Keep a plan of a registered patient as the current one; the one before is marked as replaced.

        Raises
        ------
        RefusedError
            If safety says stop and nobody overrides it.
        """
        if plan.blocked:
            raise RefusedError(f"planning {plan.programme} for {plan.patient}", f"safety: {plan.safety.summary}")
        with self.memory.writing():
            head = self.patients.find(plan.patient)
            done = self._replace(head.id, by=by)
            made = self.add(
                PlanRecord(
                    patient=head.id, programme=plan.programme, start=plan.start,
                    families=tuple(sorted(_families(plan))), plan=plan_json(plan),
                ),
                by=by, why=why,
            )  # fmt: skip
            self._keep_tasks(made, plan, done)
            if head.programme != plan.programme:
                self.patients.change(replace(head, programme=plan.programme), by=by, why="the plan's programme")
            return made

    def current(self, patient: str) -> PlanRecord | None:
        """Return the current plan of a patient, or None."""
        table = tables.plan.c
        plans = self.where(table.patient == patient, table.state == "current")
        return plans[-1] if plans else None

    def programme_of(self, patient: str) -> str:
        """Return the programme of a patient's current plan, read without the plan's text; empty without a plan."""
        table = tables.plan.c
        query = select(table.programme).where(
            table.patient == patient, table.state == "current", table.struck_at.is_(None)
        )
        with self.memory.reading() as connection:
            return str(connection.execute(query.order_by(table.changed_at.desc(), table.id.desc())).scalar() or "")

    def tasks_of(self, plan: str) -> tuple[PlannedTask, ...]:
        """Return the tasks of a plan in order of day."""
        return self.tasks.where(tables.task.c.plan == plan)

    def move_start(self, record: PlanRecord, start: dt.date | str, *, by: str, why: str) -> PlanRecord:
        """Move day 0 of a plan: it is made anew for that date, all dates move with it, what was done stays marked.

        Raises
        ------
        ConflictError
            If the plan was changed or replaced in between.
        RefusedError
            If no reason is given, or safety says stop by now and nobody overrode it.
        """
        if not why.strip():
            raise RefusedError(f"moving day 0 of {record.id}", "a reason is needed")
        with self.memory.writing():
            theirs = self.get(record.id)
            if theirs.version != record.version or theirs.state != "current":
                raise ConflictError(record, theirs)
            overrides = [Override(one["name"], one["reason"]) for one in record.plan.get("overrides", ())]
            return self.make(record.patient, record.programme, start, by=by, why=why, overrides=overrides)

    def withdraw(self, record: PlanRecord, *, by: str, why: str) -> PlanRecord:
        """Withdraw a plan; its tasks are due no more."""
        return self.change(replace(record, state="withdrawn"), by=by, why=why, action="withdraw")

    def mark(
        self, task: PlannedTask, state: TaskState, *, by: str, on: dt.date | None = None, why: str = ""
    ) -> PlannedTask:
        """Mark a task as done or skipped on a day, or as open again.

        Raises
        ------
        ConflictError
            If somebody else marked it in between.
        """
        day = None if state == "open" else on or moment().date()
        return self.tasks.change(replace(task, state=state, done_on=day), by=by, why=why, action=state)

    def _replace(self, patient: str, *, by: str) -> dict[str, PlannedTask]:
        """Mark the current plan as replaced; return its tasks that are not open, by item."""
        current = self.current(patient)
        if current is None:
            return {}
        self.change(replace(current, state="replaced"), by=by, action="replace")
        return {one.item: one for one in self.tasks_of(current.id) if one.state != "open"}

    def _keep_tasks(self, made: PlanRecord, plan: Plan, done: dict[str, PlannedTask]) -> None:
        tasks = [replace(one, **_marks(done.get(one.item))) for one in _tasks(made, plan)]
        with self.memory.writing() as connection:
            key = self.memory.key_of(connection, made.patient)
            connection.execute(insert(tables.task), [self.tasks.encoded(one, key) for one in tasks])

    def _append(self, connection: Any, record: PlanRecord, action: str, before: Any, after: Any, why: str) -> None:
        """Leave the whole text of a plan out of the audit: it is kept with the plan, which is never written over."""
        shown = [None if one is None else replace(one, plan={}) for one in (before, after)]
        super()._append(connection, record, action, shown[0], shown[1], why)


class _Tasks(Shelf[PlannedTask]):
    def _order(self) -> Sequence[Any]:
        return (tables.task.c.day, tables.task.c.item)


def _families(plan: Plan) -> Iterator[str]:
    yield from {product(dose.product).family for dose in plan.expansion.doses}


def _tasks(made: PlanRecord, plan: Plan) -> Iterator[PlannedTask]:
    for item in plan.items:
        yield PlannedTask(
            id=new_id(TASK.prefix), version=1, changed_at=made.changed_at, changed_by=made.changed_by,
            patient=made.patient, plan=made.id, item=item.id, section=item.section, title=item.title, day=item.day,
            last_day=item.last_day, date=item.date, last_date=item.last_date, window_days=item.window_days,
            tests=_tests(item), note=item.note,
        )  # fmt: skip


def _tests(item: PlanItem) -> tuple[str, ...]:
    return tuple(test.id for test in item.tests)


def _marks(done: PlannedTask | None) -> dict[str, Any]:
    return {} if done is None else {"state": done.state, "done_on": done.done_on}

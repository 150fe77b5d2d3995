"""The plan of one patient: made for a date, moved with all its dates, its tasks marked, printed and exported."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, cast

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from lupercal.errors import LupercalError
from lupercal.exchange.calendar_plan import plan_calendar
from lupercal.exchange.revision import written_now
from lupercal.patient.record import Patient
from lupercal.programmes.plan import Plan
from lupercal.programmes.plan import plan as planned
from lupercal.programmes.registry import programmes
from lupercal.registry.care_records import PlanRecord
from lupercal.registry.plans import day_of_planning
from lupercal.registry.records import TaskState
from lupercal.safety.override import Override
from lupercal.web.clinic.access import actor, date_in, posted, registry_here, seen, tried
from lupercal.web.clinic.plan_weeks import LANES, plan_weeks
from lupercal.web.names import programme_name
from lupercal.web.rendering import rendered

router = APIRouter(prefix="/patients/{patient}/plan")
Form = Annotated[dict[str, str], Depends(posted)]
_TASK_STATES: tuple[TaskState, ...] = ("open", "done", "skipped")


@router.get("")
def plan_page(request: Request, patient: str, programme: str = "", start: str = "") -> Response:
    """Show the current plan, or a draft of another one before it is kept."""
    return _page(request, patient, {"programme": programme, "start": start})


@router.post("")
def keep_plan(request: Request, patient: str, form: Form) -> Response:
    """Keep a plan; days are then counted from its day 0."""

    def act() -> None:
        start = _start(form)
        overrides = [Override(form["name"].strip(), form["reason"].strip())] if form.get("reason", "").strip() else []
        registry, by = registry_here(request), actor(request)
        with registry.writing():
            registry.plans.make(patient, form.get("programme", ""), start, by=by, overrides=overrides)
            registry.patients.re_anchor(patient, start, by=by, why="day 0 of the plan")

    return tried(act, f"/patients/{patient}/plan", lambda status, why: _page(request, patient, form, status, why))


@router.post("/start")
def move_start(request: Request, patient: str, form: Form) -> Response:
    """Move day 0; all dates move with it."""

    def act() -> None:
        registry, by = registry_here(request), actor(request)
        record = registry.plans.current(patient)
        if record is None:
            raise LupercalError("there is no plan to move")
        start = _start(form)
        with registry.writing():
            registry.plans.move_start(record, start, by=by, why=form.get("why", ""))
            registry.patients.re_anchor(patient, start, by=by, why=form.get("why", ""))

    return tried(act, f"/patients/{patient}/plan", lambda status, why: _page(request, patient, {}, status, why))


@router.post("/tasks/{task}")
def mark_task(request: Request, patient: str, task: str, form: Form) -> Response:
    """Mark a task as done, skipped or open."""

    def act() -> None:
        registry = registry_here(request)
        if form.get("state") not in _TASK_STATES:
            raise LupercalError("a task is open, done or skipped")
        record = registry.plans.tasks.get(task)
        if record.patient != patient:
            raise LupercalError("the task is another patient's")
        registry.plans.mark(record, cast(TaskState, form["state"]), by=actor(request), on=date_in(form, "on"))

    return tried(act, f"/patients/{patient}/plan#tasks", lambda status, why: _page(request, patient, {}, status, why))


@router.get("/plan.ics")
def calendar(request: Request, patient: str) -> Response:
    """Return the plan as a calendar."""
    shown = {"Content-Disposition": 'attachment; filename="plan.ics"'}
    made = _current(request, patient)
    return Response(plan_calendar(made, written_now()), media_type="text/calendar", headers=shown)


@router.get("/letter")
def letter(request: Request, patient: str) -> Response:
    """Return a page for the patient: dates in plain words, to be printed."""
    who, made = seen(request, patient, "letter"), _current(request, patient)
    shown = [one for one in made.items if not one.note and one.section not in {"drugs"} and one.date is not None]
    return rendered(request, "clinic/letter.html", who=who, plan=made, items=shown)


def _page(request: Request, patient: str, form: dict[str, str], status: int = 200, refused: str = "") -> Response:
    registry, who = registry_here(request), seen(request, patient, "plan")
    with registry.reading():
        current, record = registry.plans.current(patient), who.record(registry)
        tasks = registry.plans.tasks_of(current.id) if current else ()
    draft, problem = _draft(record, form)
    return rendered(
        request, "clinic/plan.html", status, who=who, current=current, tasks=[one for one in tasks if not one.note],
        draft=draft, form=form, refused=refused or problem, name_of=programme_name,
        programmes=programmes().values(),
        moved=_moved(current, draft, form), whole=_whole(record, current), weeks_of=plan_weeks, lanes=LANES,
    )  # fmt: skip


def _draft(record: Patient, form: dict[str, str]) -> tuple[Plan | None, str]:
    """Return the plan that is asked for before it is kept, or why there is none."""
    if not form.get("programme"):
        return None, ""
    try:
        start = form.get("start") or None
        return planned(record, form["programme"], start, day=day_of_planning(record)), ""
    except LupercalError as error:
        return None, str(error)


def _whole(record: Patient, current: PlanRecord | None) -> Plan | None:
    if current is None:
        return None
    overrides = [Override(one["name"], one["reason"]) for one in current.plan.get("overrides", ())]
    return planned(record, current.programme, current.start, overrides=overrides, day=day_of_planning(record))


def _moved(current: PlanRecord | None, draft: Plan | None, form: dict[str, str]) -> str:
    """Say what keeping the draft would do to the dates of the current plan."""
    if current is None or draft is None or draft.start is None or current.start is None:
        return ""
    if draft.programme != current.programme:
        return f"The plan of {current.programme} is replaced."
    days = (draft.start - current.start).days
    dates = sum(1 for one in draft.items if one.date is not None)
    return f"{dates} dates move by {days:+d} days." if days else ""


def _start(form: dict[str, str]) -> dt.date:
    start = date_in(form, "start")
    if start is None:
        raise LupercalError("a date of day 0 is needed")
    return start


def _current(request: Request, patient: str) -> Plan:
    registry = registry_here(request)
    current = _whole(registry.patients.whole(patient), registry.plans.current(patient))
    if current is None:
        raise LupercalError("there is no plan yet")
    return current

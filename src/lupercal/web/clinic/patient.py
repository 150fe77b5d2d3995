"""The page of one patient: alerts, what is next, the course, the table before and after, visits."""

from __future__ import annotations

import csv
import io
from dataclasses import astuple
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lupercal.errors import LupercalError
from lupercal.exchange.import_report import guarded
from lupercal.patient.record import Patient
from lupercal.programmes.follow_up import FollowUp, follow_up
from lupercal.registry.opened import Registry
from lupercal.registry.records import RegisteredPatient
from lupercal.web.clinic.access import registry_here, seen, today
from lupercal.web.clinic.course import before_after, course_points, timeline
from lupercal.web.rendering import rendered

router = APIRouter(prefix="/patients/{patient}")


@router.get("")
def overview(request: Request, patient: str) -> Response:
    """Show where a patient stands."""
    registry, who = registry_here(request), seen(request, patient)
    with registry.reading():
        whole = registry.patients.whole(who.head.id)
        standing, why_not = standing_of(registry, who.head, whole)
        columns, rows = before_after(whole)
        return rendered(
            request, "clinic/patient.html", who=who, standing=standing, why_not=why_not, columns=columns, rows=rows,
            visits=registry.visits.of_patient(who.head.id), treatments=whole.treatments,
            steps=registry.journey.steps(who.head.id), moves=registry.journey.moves(who.head.id),
            drawn=bool(course_points(whole)), notes=whole.notes,
        )  # fmt: skip


@router.get("/timeline.json")
def timeline_specification(request: Request, patient: str) -> Response:
    """Return the figure of the course, as Vega-Lite."""
    registry, who = registry_here(request), seen(request, patient, "timeline")
    given = [
        ((one.infused_at.date() - who.head.reference_date).days, f"infusion of {one.product}")
        for one in registry.products.of_patient(who.head.id)
        if one.infused_at is not None and who.head.reference_date is not None
    ]
    return JSONResponse(timeline(registry.patients.whole(who.head.id), given))


@router.get("/timeline.csv")
def timeline_data(request: Request, patient: str) -> Response:
    """Return what the figure draws as a table."""
    registry, who = registry_here(request), seen(request, patient, "timeline data")
    rows = [astuple(one) for one in course_points(registry.patients.whole(who.head.id))]
    return table_file("timeline.csv", ("panel", "unit", "day", "date", "value", "bound", "text"), rows)


def table_file(name: str, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Response:
    """Return a table as a CSV file in which no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([[_no_formula(cell) for cell in row] for row in rows])
    shown = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.getvalue(), media_type="text/csv", headers=shown)


def standing_of(registry: Registry, head: RegisteredPatient, whole: Patient) -> tuple[FollowUp | None, str]:
    """Return where a patient stands in the current plan today, or why that cannot be told."""
    plan = registry.plans.current(head.id)
    if plan is None or plan.start is None:
        return None, "There is no plan with a date yet." if plan is None else "The plan has no date of day 0."
    try:
        return follow_up(whole, plan.programme, today(), start=plan.start), ""
    except LupercalError as error:
        return None, str(error)


def _no_formula(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    return guarded(cell) if isinstance(cell, str) else cell

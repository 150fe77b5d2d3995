"""The page of one patient: alerts, what is next, the course, the table before and after, visits."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lupercal.errors import LupercalError
from lupercal.exchange.import_report import guarded
from lupercal.patient.record import Patient
from lupercal.programmes.alerts import Alert
from lupercal.programmes.event_alerts import event_alerts
from lupercal.programmes.follow_up import FollowUp, follow_up
from lupercal.programmes.follow_up_bands import band_alerts
from lupercal.registry.expectations import Expectation, expectations_of, newest_kept
from lupercal.registry.opened import Registry
from lupercal.registry.records import RegisteredPatient
from lupercal.registry.seen_alerts import about_of, settled_by
from lupercal.registry.work_list import alerts_on
from lupercal.web.clinic.access import registry_here, seen, today
from lupercal.web.clinic.before_after import before_after
from lupercal.web.clinic.course import course_panels, drug_bars, settled_activity, timeline
from lupercal.web.figures.panels import DATA_COLUMNS, data_rows
from lupercal.web.rendering import rendered

router = APIRouter(prefix="/patients/{patient}")


@router.get("")
def overview(request: Request, patient: str) -> Response:
    """Show where a patient stands."""
    registry, who = registry_here(request), seen(request, patient)
    with registry.reading():
        whole = who.record(registry)
        expected = shown_expectations(registry, who.head)
        standing, why_not = standing_of(registry, who.head, whole, expected)
        first = next((one for one in expected if one.by == "forecast"), None)
        activity = settled_activity(whole)
        columns, rows = before_after(whole, first, activity)
        alerts = standing.alerts if standing else alerts_on(registry.memory, who.head.id, today()).alerts
        return rendered(
            request, "clinic/patient.html", who=who, standing=standing, why_not=why_not, columns=columns, rows=rows,
            visits=registry.visits.of_patient(who.head.id), treatments=whole.treatments,
            alerts=alerts, about_of=about_of,
            steps=registry.journey.steps(who.head.id), moves=registry.journey.moves(who.head.id),
            drawn=bool(course_panels(whole, (), activity)), notes=whole.notes, expected=expected, first=first,
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
    return JSONResponse(timeline(who.record(registry), given, shown_expectations(registry, who.head)))


@router.get("/timeline.csv")
def timeline_data(request: Request, patient: str) -> Response:
    """Return what the figure draws as a table."""
    registry, who = registry_here(request), seen(request, patient, "timeline data")
    whole = registry.patients.whole(who.head.id)
    panels = course_panels(whole, shown_expectations(registry, who.head))
    return table_file("timeline.csv", DATA_COLUMNS, data_rows(panels, drug_bars(whole)))


def shown_expectations(registry: Registry, head: RegisteredPatient) -> tuple[Expectation, ...]:
    """Return the kept runs that the pages draw: the newest forecast, and the newest that learnt from later visits."""
    programme = registry.plans.programme_of(head.id)
    expectations = expectations_of(registry.memory, {head.id: programme}, (head.id,)).get(head.id, ())
    return tuple(
        one for one in (newest_kept(expectations, "forecast"), newest_kept(expectations, "learnt")) if one is not None
    )


def table_file(name: str, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Response:
    """Return a table as a CSV file in which no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([[_no_formula(cell) for cell in row] for row in rows])
    shown = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.getvalue(), media_type="text/csv", headers=shown)


def standing_of(
    registry: Registry, head: RegisteredPatient, whole: Patient, expected: Sequence[Expectation] = ()
) -> tuple[FollowUp | None, str]:
    """Return where a patient stands in the current plan today, or why that cannot be told.

    Two values of one variable outside the band of the kept forecast are an alert.
    """
    plan = registry.plans.current(head.id)
    if plan is None or plan.start is None:
        return None, "There is no plan with a date yet." if plan is None else "The plan has no date of day 0."
    try:
        standing = follow_up(whole, plan.programme, today(), start=plan.start)
    except LupercalError as error:
        return None, str(error)
    checks = next((one.checks(whole) for one in expected if one.by == "forecast"), ())
    raised = (*standing.alerts, *band_alerts(checks))
    return replace(standing, bands=checks, alerts=_with_record(registry, head.id, raised, plan.start)), ""


def _with_record(registry: Registry, patient: str, of_visits: Sequence[Alert], start: dt.date) -> tuple[Alert, ...]:
    """Return the alerts of visits and of recorded events; those that were acknowledged are settled."""
    events, seen_ones = registry.adverse_events.of_patient(patient), registry.acknowledgements.of_patient(patient)
    return settled_by((*of_visits, *event_alerts(events, start, today())), seen_ones, start)


def _no_formula(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    return guarded(cell) if isinstance(cell, str) else cell

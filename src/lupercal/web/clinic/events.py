"""Adverse events of one patient, graded on their scale."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from lupercal.errors import LupercalError
from lupercal.registry.care_records import AdverseEventRecord
from lupercal.registry.refusals import UnknownError
from lupercal.web.clinic.access import actor, date_in, posted, registry_here, seen, today, tried
from lupercal.web.clinic.data import clinic_data
from lupercal.web.clinic.live import live_scores
from lupercal.web.rendering import rendered

router = APIRouter(prefix="/patients/{patient}/events")
_TOXIC = {"astct_crs", "astct_icans", "icaht_early"}
Form = Annotated[dict[str, str], Depends(posted)]


@router.get("")
def events_page(request: Request, patient: str) -> Response:
    """Show the adverse events of a patient, and the grades that the last visit gives."""
    return _page(request, patient, {})


@router.post("")
def add_event(request: Request, patient: str, form: Form) -> Response:
    """Record an adverse event."""

    def act() -> None:
        registry_here(request).adverse_events.add(_event(patient, form), by=actor(request))

    return tried(act, f"/patients/{patient}/events", lambda status, why: _page(request, patient, form, status, why))


@router.post("/{event}")
def end_event(request: Request, patient: str, event: str, form: Form) -> Response:
    """Record when an event ended and what came of it; its alert is settled then."""

    def act() -> None:
        shelf = registry_here(request).adverse_events
        record, ended = shelf.get(event), date_in(form, "ended_on")
        if record.patient != patient:
            raise UnknownError("adverse event", event)
        if ended is None or not record.began_on <= ended <= today():
            raise LupercalError("the date of its end is needed, not before it began and not after today")
        version = int(form["version"]) if form.get("version", "").isdecimal() else 0
        outcome = form.get("outcome", "").strip()[:200] or record.outcome
        shelf.change(replace(record, version=version, ended_on=ended, outcome=outcome), by=actor(request))

    return tried(act, f"/patients/{patient}/events", lambda status, why: _page(request, patient, {}, status, why))


def _event(patient: str, form: dict[str, str]) -> AdverseEventRecord:
    scales, scale, grade = clinic_data().grading_scales, form.get("scale", ""), form.get("grade", "")
    if not form.get("term", "").strip():
        raise LupercalError("what happened is needed, in a word or two")
    if scale not in scales:
        raise LupercalError(f"a scale is needed: {', '.join(scales)}")
    if grade not in map(str, range(scales[scale] + 1)):
        raise LupercalError(f"{scale} is graded from 0 to {scales[scale]}")
    began, ended = date_in(form, "began_on") or today(), date_in(form, "ended_on")
    if ended is not None and ended < began:
        raise LupercalError("it cannot have ended before it began")
    if max(began, ended or began) > today():
        raise LupercalError("an event is recorded once it has happened: neither date can lie after today")
    return AdverseEventRecord(
        patient=patient, term=form["term"].strip()[:200], scale=scale, grade=int(grade), began_on=began,
        ended_on=ended, serious=form.get("serious") == "yes", related_to=form.get("related_to", "")[:200],
        outcome=form.get("outcome", "")[:200], note=form.get("note", "")[:1000],
    )  # fmt: skip


def _page(request: Request, patient: str, form: dict[str, str], status: int = 200, refused: str = "") -> Response:
    registry, who = registry_here(request), seen(request, patient, "adverse events")
    whole, toxic = who.record(registry), [name for name in clinic_data().instruments if name in _TOXIC]
    graded = live_scores(whole, whole.visits[-1].day, toxic) if whole.visits else ()
    return rendered(
        request, "clinic/events.html", status, who=who, events=registry.adverse_events.of_patient(patient), form=form,
        refused=refused, scales=clinic_data().grading_scales, graded=graded,
        graded_day=whole.visits[-1].day if whole.visits else None,
    )  # fmt: skip

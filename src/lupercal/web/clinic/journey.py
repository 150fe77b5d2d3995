"""Getting a patient on: screening, consent, and the next state, each with its reason."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from lupercal.errors import LupercalError
from lupercal.registry.care_records import ConsentRecord, ScreeningRecord
from lupercal.registry.records import State
from lupercal.registry.states import journey_states
from lupercal.web.clinic.access import actor, date_in, posted, registry_here, seen, today, tried
from lupercal.web.rendering import rendered

router = APIRouter(prefix="/patients/{patient}")
Form = Annotated[dict[str, str], Depends(posted)]


@router.post("/move")
def move_on(request: Request, patient: str, form: Form) -> Response:
    """Move a patient to another state."""

    def act() -> None:
        if form.get("to") not in journey_states():
            raise LupercalError("choose a state")
        registry_here(request).journey.move(
            patient, cast(State, form["to"]), by=actor(request), why=form.get("why", ""), on=date_in(form, "on")
        )

    return _tried(request, patient, act)


@router.post("/screenings")
def add_screening(request: Request, patient: str, form: Form) -> Response:
    """Record a screening."""

    def act() -> None:
        record = ScreeningRecord(
            patient=patient, date=date_in(form, "date") or today(), programme=form.get("programme", ""),
            complete=form.get("complete") == "yes", note=form.get("note", "")[:500],
        )  # fmt: skip
        registry_here(request).screenings.add(record, by=actor(request))

    return _tried(request, patient, act, "record")


@router.post("/consents")
def add_consent(request: Request, patient: str, form: Form) -> Response:
    """Record a consent."""

    def act() -> None:
        document = form.get("document", "").strip()
        if not document:
            raise LupercalError("the version of the text is needed to which consent was given")
        record = ConsentRecord(
            patient=patient, purpose=form.get("purpose", "treatment"), document=document[:200],
            given_on=date_in(form, "date") or today(),
        )  # fmt: skip
        registry_here(request).consents.add(record, by=actor(request))

    return _tried(request, patient, act, "record")


def _tried(request: Request, patient: str, act: object, page: str = "") -> Response:
    def again(status: int, sentence: str) -> Response:
        who = seen(request, patient)
        return rendered(request, "clinic/refused.html", status, who=who, sentence=sentence)

    return tried(act, f"/patients/{patient}" + (f"/{page}" if page else ""), again)  # type: ignore[arg-type]

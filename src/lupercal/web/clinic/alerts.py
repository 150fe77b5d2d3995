"""Alerts of one patient as the pages show them, and saying that one was seen."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from lupercal.registry.seen_alerts import acknowledge
from lupercal.registry.work_list import alerts_on
from lupercal.web.clinic.access import actor, posted, registry_here, seen, today, tried
from lupercal.web.rendering import rendered

router = APIRouter(prefix="/patients/{patient}/alerts")
Form = Annotated[dict[str, str], Depends(posted)]


@router.post("")
def take_acknowledgement(request: Request, patient: str, form: Form) -> Response:
    """Keep that somebody has seen an alert as it was shown, and what was done."""
    registry = registry_here(request)

    def act() -> None:
        acknowledge(
            registry, patient, alerts_on(registry.memory, patient, today()), alert=form.get("alert", ""),
            about=form.get("about", ""), note=form.get("note", ""), by=actor(request),
        )  # fmt: skip

    def again(status: int, sentence: str) -> Response:
        return rendered(request, "clinic/refused.html", status, who=seen(request, patient), sentence=sentence)

    return tried(act, f"/patients/{patient}#alerts", again)

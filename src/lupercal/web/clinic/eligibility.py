"""Who meets which programme's criteria, with reasons and what to ask next; kept in the record when asked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from lupercal.api.offers import eligibility as compared
from lupercal.registry.judging import judge_patient
from lupercal.web.clinic.access import actor, posted, registry_here, seen, today, tried
from lupercal.web.rendering import rendered

router = APIRouter(prefix="/patients/{patient}/eligibility")
Form = Annotated[dict[str, str], Depends(posted)]


@router.get("")
def eligibility_page(request: Request, patient: str, kept: str = "") -> Response:
    """Compare a patient with the stated criteria of every programme."""
    return _page(request, patient, done=bool(kept))


@router.post("")
def keep_eligibility(request: Request, patient: str, form: Form) -> Response:
    """Keep what a programme's criteria say today."""

    def act() -> None:
        registry, day = registry_here(request), _day(request, patient)
        judge_patient(registry, patient, form.get("programme", ""), by=actor(request), day=day)

    return tried(
        act, f"/patients/{patient}/eligibility?kept=yes", lambda status, why: _page(request, patient, status, why)
    )


def _page(request: Request, patient: str, status: int = 200, refused: str = "", *, done: bool = False) -> Response:
    registry, who = registry_here(request), seen(request, patient, "eligibility")
    with registry.reading():
        record, earlier = who.record(registry), registry.eligibility.of_patient(patient)
    answers = compared(record, (), _day(request, patient))
    return rendered(
        request, "clinic/eligibility.html", status, who=who, found=answers, refused=refused,
        kept=earlier, done=done,
    )  # fmt: skip


def _day(request: Request, patient: str) -> int | None:
    """Return today as the record counts, where a reference date is known and today lies before day 0."""
    head = registry_here(request).patients.get(patient)
    return None if head.reference_date is None else (today() - head.reference_date).days

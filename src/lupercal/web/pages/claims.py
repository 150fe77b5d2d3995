"""The claims desk: what clinics' pages promise, beside what is known; reading needs no login."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from lupercal.claims.desk import claim_files, judged_files
from lupercal.claims.questions import questions_of
from lupercal.claims.rules import VERDICTS, Verdict
from lupercal.claims.verdict import JudgedClaim
from lupercal.web.rendering import rendered

router = APIRouter(prefix="/claims")
MARKS: dict[Verdict, str] = dict(zip(VERDICTS, ("ok", "clarify", "unknown", "stop", "unknown", "off"), strict=True))


@router.get("")
def claims_page(request: Request, clinic: str = "", verdict: str = "") -> Response:
    """List the claims of all pages with their verdicts, of one clinic or one verdict where asked."""
    shown = [one for one in _judged() if clinic in {"", one.page.id} and verdict in {"", one.verdict}]
    clinics = {one.page.id: one.page.clinic for one in _judged()}
    return rendered(
        request, "claims.html", claims=shown, all=len(_judged()), clinics=clinics, clinic=clinic, verdict=verdict,
        verdicts=VERDICTS, marks=MARKS,
    )  # fmt: skip


@router.get("/{claim}")
def one_claim(request: Request, claim: str) -> Response:
    """Show one claim: verdict, the rule that decided, every row it used, and what to ask."""
    judged = next((one for one in _judged() if one.claim.id == claim), None)
    if judged is None:
        raise HTTPException(404)
    against = [one for one in _judged() if one.claim.id in judged.claim.against and one.page.id == judged.page.id]
    return rendered(request, "claim.html", one=judged, questions=questions_of(judged), marks=MARKS, against=against)


@cache
def _judged() -> tuple[JudgedClaim, ...]:
    return judged_files(claim_files())

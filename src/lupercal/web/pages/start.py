"""The first page, and what others may ask without signing in."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from lupercal.web.rendering import PLACES, rendered, see_other
from lupercal.web.rights.gate import may
from lupercal.web.workbench import session_of

router = APIRouter()


@router.get("/")
def start(request: Request) -> Response:
    """Show what the workbench is for; whoever is signed in is led to the first page of the day."""
    session = session_of(request)
    first = next((address for right, address, _, _ in PLACES if may(session, right)), None)
    return rendered(request, "start.html") if first is None else see_other(first)


@router.get("/health")
def health() -> PlainTextResponse:
    """Say that the workbench answers."""
    return PlainTextResponse("ready")

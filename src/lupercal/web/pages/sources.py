"""Methods and sources in short, open to everybody."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lupercal.programmes.registry import programmes
from lupercal.safety.registry import safety_rules, safety_sources
from lupercal.web.rendering import rendered

router = APIRouter()


@router.get("/sources")
def sources_page(request: Request) -> Response:
    """Show the rules of safety and of the programmes, each with its source, and the licences of vendored files."""
    return rendered(
        request, "sources.html", rules=safety_rules().values(), cited=safety_sources(), programmes=programmes().values()
    )

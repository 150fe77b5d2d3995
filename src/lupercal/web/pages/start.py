"""The first page, and what others may ask without signing in."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from lupercal.web.rendering import rendered

router = APIRouter()


@router.get("/")
def start(request: Request) -> Response:
    """Show what the workbench is for."""
    return rendered(request, "start.html")


@router.get("/health")
def health() -> PlainTextResponse:
    """Say that the workbench answers."""
    return PlainTextResponse("ready")

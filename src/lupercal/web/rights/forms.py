"""Forms come from our own pages: the Origin of a request must be ours, and each form carries a token of its session."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request

from lupercal.web.accounts.sealing import sealed_digest
from lupercal.web.workbench import session_of, workbench_of

FIELD = "form_token"
VISITOR = "visitor"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def is_from_here(request: Request) -> bool:
    """Whether a request that changes something comes from a page of this workbench; one that does not say is not."""
    source = request.headers.get("origin") or request.headers.get("referer")
    if not source or source == "null":
        return False
    origin = urlsplit(source)
    return origin.netloc == request.headers.get("host", "") and origin.scheme in {"http", "https"}


def visitor_of(request: Request) -> str:
    """Return the id of this browser: the cookie it sent, or a new one that the answer will set."""
    sent = request.cookies.get(workbench_of(request).settings.cookie(VISITOR), "")
    if len(sent) == 43:
        return sent
    if not hasattr(request.state, "visitor"):
        request.state.visitor = secrets.token_urlsafe(32)
    return str(request.state.visitor)


def form_token(request: Request) -> str:
    """Return the token that forms of this page carry."""
    session = session_of(request)
    whose = session.id if session is not None else visitor_of(request)
    return sealed_digest(workbench_of(request).settings.key, "form", whose)


async def has_form_token(request: Request) -> bool:
    """Whether the form that was sent carries the token of its session."""
    form = await request.form(max_files=20, max_fields=2000, max_part_size=2_000_000)
    sent = form.get(FIELD)
    return isinstance(sent, str) and hmac.compare_digest(sent.encode(), form_token(request).encode())

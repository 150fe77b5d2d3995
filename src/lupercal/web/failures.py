"""What is shown when something cannot be done: one page, one sentence, no trace of the code."""

from __future__ import annotations

import logging
import secrets
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from lupercal.errors import LupercalError
from lupercal.web.rendering import rendered, see_other
from lupercal.web.rights.gate import CodeNeededError, NotAllowedError, SignInNeededError

LOG = logging.getLogger("lupercal.web")
_TITLES = {404: "There is nothing at this address", 405: "This cannot be done here", 403: "This is not open to you"}


def handle_failures(app: FastAPI) -> None:
    """Give every failure its page."""
    app.add_exception_handler(SignInNeededError, _to_sign_in)
    app.add_exception_handler(CodeNeededError, _to_code)
    app.add_exception_handler(NotAllowedError, _not_allowed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(LupercalError, _not_usable)
    app.add_exception_handler(Exception, _broken)


def failure(request: Request, status: int, title: str, sentence: str) -> HTMLResponse:
    """Return the page of a failure."""
    return rendered(request, "failure.html", status, title=title, sentence=sentence)


def _to_sign_in(request: Request, _: Exception) -> Response:
    wanted = quote(request.url.path, safe="/") if request.method == "GET" else "/"
    return see_other(f"/login?next={wanted}")


def _to_code(request: Request, _: Exception) -> Response:
    return see_other("/login/code")


def _not_allowed(request: Request, error: Exception) -> Response:
    return failure(request, 403, _TITLES[403], str(error))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = _TITLES.get(error.status_code, "This could not be done")
    answer = failure(request, error.status_code, title, "Please go back, or start again from the first page.")
    answer.headers.update(error.headers or {})
    return answer


def _unreadable(request: Request, _: Exception) -> Response:
    return failure(request, 422, "This could not be read", "A part of the address or of the form is not usable.")


def _not_usable(request: Request, error: Exception) -> Response:
    return failure(request, 422, "This could not be used", str(error))


def _broken(request: Request, error: Exception) -> Response:
    number = secrets.token_hex(4)
    LOG.error("failure %s: %s at %s", number, type(error).__name__, request.scope.get("route"))
    return failure(request, 500, "Something went wrong", f"Nothing was saved. The failure has the number {number}.")

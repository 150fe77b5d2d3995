"""What is shown when something cannot be done: one page, one sentence, no trace of the code."""

from __future__ import annotations

import logging
import re
import secrets
from urllib.parse import quote, urlsplit

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lupercal.errors import LupercalError
from lupercal.registry.refusals import UnknownError
from lupercal.web.logs import note
from lupercal.web.rendering import rendered, see_other
from lupercal.web.rights.gate import (
    API,
    AccountFirstError,
    CodeNeededError,
    NotAllowedError,
    SignInNeededError,
    TokenNeededError,
)
from lupercal.web.rights.table import rights
from lupercal.web.workbench import session_of, workbench_of

_TITLES = {404: "There is nothing at this address", 405: "This cannot be done here", 403: "This is not open to you"}


def handle_failures(app: FastAPI) -> None:
    """Give every failure its page."""
    app.add_exception_handler(SignInNeededError, _to_sign_in)
    app.add_exception_handler(CodeNeededError, _to_code)
    app.add_exception_handler(AccountFirstError, _to_account)
    app.add_exception_handler(TokenNeededError, _no_token)
    app.add_exception_handler(NotAllowedError, _not_allowed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(LupercalError, _not_usable)
    app.add_exception_handler(Exception, _broken)


def failure(request: Request, status: int, title: str, sentence: str) -> Response:
    """Return the page of a failure; the programming interface gets it as JSON."""
    if request.url.path.startswith(API):
        return JSONResponse({"error": sentence}, status)
    return rendered(request, "failure.html", status, title=title, sentence=sentence)


def _to_sign_in(request: Request, _: Exception) -> Response:
    part = request.headers.get("hx-request") == "true"  # of a page, which then has to be left as a whole
    here = urlsplit(request.headers.get("hx-current-url", "")).path if part else request.url.path
    wanted = quote(here, safe="/") if part or request.method == "GET" else "/"
    address = f"/login?next={wanted or '/'}"
    return Response(status_code=204, headers={"HX-Redirect": address}) if part else see_other(address)


def _to_code(request: Request, _: Exception) -> Response:
    return see_other("/login/code")


def _to_account(request: Request, _: Exception) -> Response:
    return see_other("/account?done=first")


def _no_token(request: Request, _: Exception) -> Response:
    answer = failure(request, 401, "A token is needed", "A token is needed, as Authorization: Bearer TOKEN.")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _not_allowed(request: Request, error: Exception) -> Response:
    session = session_of(request)
    role = session.role if session else "nobody"
    said = f"refused: {request.method} of {route_of(request)} to {role}"
    note(request, workbench_of(request).settings, said, who=session.account if session else "", level=logging.WARNING)
    return failure(request, 403, _TITLES[403], str(error))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = _TITLES.get(error.status_code, "This could not be done")
    answer = failure(request, error.status_code, title, "Please go back, or start again from the first page.")
    answer.headers.update(error.headers or {})
    if error.status_code == 405:
        answer.headers["Allow"] = ", ".join(methods_of(request.url.path))
    return answer


def _unreadable(request: Request, _: Exception) -> Response:
    return failure(request, 422, "This could not be read", "A part of the address or of the form is not usable.")


def methods_of(path: str) -> tuple[str, ...]:
    """Return every method that an address answers to."""
    allowed = (route.partition(" ") for route in rights().routes)
    return tuple(sorted({method for method, _, known in allowed if _matches(known, path)}))


def _matches(route_path: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"{\w+}", "[^/]+", route_path.replace(".", "[.]")), path) is not None


def _not_usable(request: Request, error: Exception) -> Response:
    unknown = isinstance(error, UnknownError)
    if unknown or request.url.path.startswith(API):
        return failure(request, 404 if unknown else 409, _TITLES[404] if unknown else "", str(error))
    return failure(request, 422, "This could not be used", str(error))


def route_of(request: Request) -> str:
    """Return the route that was asked for, as the table of rights names it: no id and nothing that was typed."""
    return str(getattr(request.scope.get("route"), "path", "no route"))


def _broken(request: Request, error: Exception) -> Response:
    number = secrets.token_hex(4)
    said = f"failure {number}: {type(error).__name__} at {route_of(request)}"
    note(request, workbench_of(request).settings, said, level=logging.ERROR)
    return failure(request, 500, "Something went wrong", f"Nothing was saved. The failure has the number {number}.")

"""Signing in: password, then the second factor where one is set up; signing out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from lupercal.web.accounts.records import Session
from lupercal.web.accounts.sessions import Refusal
from lupercal.web.accounts.single_sign_on import desk_in
from lupercal.web.clinic.access import registry_here
from lupercal.web.logs import note
from lupercal.web.rendering import drop_cookie, rendered, see_other, set_cookie
from lupercal.web.rights.gate import SESSION
from lupercal.web.workbench import session_of, signed_in, workbench_of

router = APIRouter()
_REFUSED: dict[Refusal, str] = {
    "wrong": "Name or password is not right.",
    "wait": "There were several attempts that failed. Please wait a little and try again.",
}
_CODE_REFUSED: dict[Refusal, str] = {
    "wrong": "The code is not right, or was used already.",
    "wait": "There were several codes that failed. Please wait a little and try again.",
}
VISITOR = "visitor"
"""Who was refused, as the audit names those who are not signed in."""
Text = Annotated[str, Form(max_length=300)]


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:
    """Ask for name and password."""
    return rendered(request, "login.html", next=_inside(next), refused="", name="", desk=_desk_title(request))


@router.post("/login")
def login(request: Request, name: Text = "", password: Text = "", next: Text = "/") -> Response:
    """Begin a session; the session's id is new, whatever cookie was sent."""
    begun = workbench_of(request).sign_in.with_password(name.strip(), password)
    _note(request, begun, "password")
    if isinstance(begun, str):
        said, desk = _REFUSED[begun], _desk_title(request)
        return rendered(request, "login.html", 401, next=_inside(next), refused=said, name=name, desk=desk)
    return _begun(request, begun, _inside(next))


@router.get("/login/code")
def code_page(request: Request) -> Response:
    """Ask for the code of the second factor."""
    session = session_of(request)
    if session is None or session.complete:
        return see_other("/login")
    return rendered(request, "login_code.html", refused="")


@router.post("/login/code")
def code(request: Request, code: Text = "") -> Response:
    """Complete a session with the code of the second factor."""
    session = session_of(request)
    if session is None or session.complete:
        return see_other("/login")
    begun = workbench_of(request).sign_in.with_code(session, code)
    _note(request, begun, "code", session.account)
    if isinstance(begun, str):
        return rendered(request, "login_code.html", 401, refused=_CODE_REFUSED[begun])
    return _begun(request, begun, "/")


@router.post("/logout")
def logout(request: Request) -> Response:
    """End the session."""
    workbench_of(request).accounts.end_session(signed_in(request).id)
    answer = see_other("/")
    drop_cookie(request, answer, SESSION)
    return answer


def _begun(request: Request, begun: tuple[str, Session], address: str) -> Response:
    secret, session = begun
    answer = see_other(address if session.complete else "/login/code")
    set_cookie(request, answer, SESSION, secret)
    return answer


def _note(request: Request, begun: tuple[str, Session] | Refusal, what: str, who: str = VISITOR) -> None:
    """Keep in the audit that somebody signed in or was refused; a name that was typed is not kept, it may be a slip."""
    if begun == "wait":
        note(request, workbench_of(request).settings, f"made to wait: {what}", who="" if who == VISITOR else who)
        return
    done, by = ("refused", who) if isinstance(begun, str) else ("sign in", begun[1].account)
    registry_here(request).audit.note(by=by, action=done, what=what)
    note(request, workbench_of(request).settings, f"{done}: {what}", who="" if by == VISITOR else by)


def _desk_title(request: Request) -> str | None:
    """Return what the button of the hospital's own desk says; None where there is no such desk."""
    desk = desk_in(workbench_of(request).settings.folder)
    return None if desk is None else desk.settings.title


def _inside(address: str) -> str:
    """Return an address of this workbench; the first page for any other."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain and "\\" not in address else "/"

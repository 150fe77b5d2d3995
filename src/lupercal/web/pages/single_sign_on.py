"""Signing in at the hospital's own desk: sent there, and back."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from lupercal.errors import LupercalError
from lupercal.web.accounts.sealing import Seal
from lupercal.web.accounts.single_sign_on import Desk, ProvenPerson, desk_in
from lupercal.web.clinic.access import refusal_in_words
from lupercal.web.rendering import drop_cookie, rendered, see_other, set_cookie
from lupercal.web.rights.gate import SESSION
from lupercal.web.workbench import workbench_of

router = APIRouter(prefix="/login/desk")
COOKIE = "desk"
"""Keeps what this browser was sent to the desk with, sealed."""


@router.get("")
def to_desk(request: Request) -> Response:
    """Send the browser to the hospital's desk."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    try:
        answer = see_other(_desk(request).begin(state, nonce, verifier))
    except HTTPException:
        raise
    except Exception:  # the network, or a library that is not installed
        return _refused(request, 503, "The hospital's desk cannot be reached. Please use your password.")
    memo = json.dumps([state, nonce, verifier]).encode()
    set_cookie(request, answer, COOKIE, _seal(request).closed(memo))
    return answer


@router.get("/back")
def back_from_desk(request: Request) -> Response:
    """Take up a session for whom the desk has proven, if there is such an account."""
    bench, desk = workbench_of(request), _desk(request)
    opened = _seal(request).opened(request.cookies.get(bench.settings.cookie(COOKIE), ""))
    if opened is None:
        return _refused(request, 401, "This browser did not begin to sign in there. Please begin again.")
    state, nonce, verifier = json.loads(opened)
    back = f"{desk.settings.redirect}?{request.url.query}"
    try:
        if "error" in request.query_params:
            raise LupercalError("the hospital's desk did not let you in")
        if not secrets.compare_digest(request.query_params.get("state", "").encode(), state.encode()):
            raise LupercalError("what came back does not belong to what this browser began")
        person = desk.proven(back, state, nonce, verifier)
    except LupercalError as error:
        return _refused(request, 401, refusal_in_words(error))
    answer = _begun(request, person)
    drop_cookie(request, answer, COOKIE)
    return answer


def _begun(request: Request, person: ProvenPerson) -> Response:
    bench = workbench_of(request)
    account = bench.accounts.account(person.account)
    if account is None or not account.active:
        return _refused(request, 403, "The hospital's desk knows you, and this workbench has no account of that name.")
    if account.desk_subject not in {"", person.subject}:
        bench.registry.audit.note(by=account.name, action="refused", what="desk")
        return _refused(request, 403, "The account of that name belongs to another person at the hospital's desk.")
    if not account.desk_subject:
        bench.accounts.change(account.name, desk_subject=person.subject)
    complete = person.second_factor or not account.second_factor
    ends = None if person.ends is None else datetime.fromtimestamp(person.ends, UTC).replace(tzinfo=None)
    secret, _ = bench.sign_in.begin(account, complete=complete, ends=ends, desk_factor=person.second_factor)
    bench.registry.audit.note(by=account.name, action="sign in", what="desk")
    answer = see_other("/" if complete else "/login/code")
    set_cookie(request, answer, SESSION, secret)
    return answer


def _desk(request: Request) -> Desk:
    bench = workbench_of(request)
    transport = getattr(request.app.state, "desk_transport", None)
    desk = desk_in(bench.settings.folder, transport, lambda: bench.sign_in.clock().replace(tzinfo=UTC).timestamp())
    if desk is None:
        raise HTTPException(404)
    return desk


def _seal(request: Request) -> Seal:
    return Seal(workbench_of(request).settings.key, COOKIE)


def _refused(request: Request, status: int, sentence: str) -> Response:
    return rendered(request, "login.html", status, next="/", refused=sentence, name="", desk=None)

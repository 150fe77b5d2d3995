"""Letting somebody in again: the administrator says what was lost and how it was made sure who asks."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from starlette.requests import Request
from starlette.responses import Response

from lupercal.web.accounts.letting_in import LOST, let_in_again
from lupercal.web.accounts.records import Account
from lupercal.web.accounts.sessions import FRESH
from lupercal.web.clinic.access import actor, registry_here
from lupercal.web.logs import note
from lupercal.web.rendering import rendered
from lupercal.web.workbench import signed_in, workbench_of

router = APIRouter(prefix="/accounts/{name}/again")
Text = Annotated[str, Form(max_length=300)]
LEAST_WORDS = 2
_REFUSED = {
    "lost": "Say what was lost.",
    "proof": "Say how you made sure who it is, as on the day the account was made.",
    "password": "Your own password is asked for again, and that was not it.",
}


@router.get("")
def letting_in_page(request: Request, name: str) -> Response:
    """Ask what was lost, and how it was made sure who asks."""
    return _page(request, _account(request, name))


@router.post("")
def let_in(request: Request, name: str, lost: Text = "", proof: Text = "", password: Text = "") -> Response:
    """Give the account a first password, shown once; the audit keeps who did so and why."""
    account, desk = _account(request, name), workbench_of(request).sign_in
    chosen = next((one for one in LOST if one == lost), None)
    wrong = [] if chosen else ["lost"]
    wrong += [] if len(proof.split()) >= LEAST_WORDS else ["proof"]
    wrong += [] if wrong or desk.confirms(signed_in(request), password) else ["password"]
    if chosen is None or wrong:
        return _page(request, account, 422, wrong=tuple(wrong), lost=lost, proof=proof)
    registry_here(request).audit.note(by=actor(request), action="let in again", what=chosen, why=f"{name}: {proof}")
    note(request, desk.settings, f"let in again: {chosen}", who=name, level=logging.WARNING)
    return _page(request, account, lost=chosen, made=let_in_again(desk.store, name, chosen))


def _account(request: Request, name: str) -> Account:
    account = workbench_of(request).accounts.account(name)
    if account is None or name == signed_in(request).account:
        raise HTTPException(404)
    return account


def _page(
    request: Request, account: Account, status: int = 200, *, wrong: tuple[str, ...] = (), lost: str = "",
    proof: str = "", made: str = "",
) -> Response:  # fmt: skip
    desk = workbench_of(request).sign_in
    return rendered(
        request, "letting_in.html", status, account=account, lost=lost, proof=proof, made=made,
        refused=[(one, _REFUSED[one]) for one in wrong], fresh=desk.clock() - signed_in(request).created <= FRESH,
    )  # fmt: skip

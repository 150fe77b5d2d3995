"""One's own account: password and second factor."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import pyotp
from fastapi import APIRouter, Form
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from lupercal.errors import InputError, LupercalError
from lupercal.web.accounts.passwords import check_password, hashed, is_password
from lupercal.web.accounts.records import Account, Session
from lupercal.web.accounts.sealing import Seal, secret_digest
from lupercal.web.accounts.sessions import FRESH
from lupercal.web.accounts.tokens import Tokens
from lupercal.web.rendering import rendered, see_other, set_cookie
from lupercal.web.rights.gate import SESSION
from lupercal.web.rights.table import rights
from lupercal.web.typed import whole_number
from lupercal.web.workbench import signed_in, workbench_of

router = APIRouter()
Text = Annotated[str, Form(max_length=300)]
_NOT_CONFIRMED = "The password is asked for again, and that was not it. Please type it once more."


@router.get("/account")
def own_account(request: Request, done: str = "") -> Response:
    """Show one's own account."""
    return _page(request, done=done)


@router.post("/account/password")
def change_password(request: Request, old: Text = "", new: Text = "") -> Response:
    """Change the password; all sessions end but a new one."""
    bench, account = workbench_of(request), _own(request)
    if not is_password(old, account.password_hash):
        return _page(request, 422, refused="The old password is not right.")
    try:
        check_password(new, account.name, bench.settings.folder)
    except InputError as error:
        if error.file != "password":
            raise  # a list of the clinic that cannot be read: nothing is taken unweighed
        return _page(request, 422, refused=f"The new password needs {error.expected}.")
    bench.accounts.change(account.name, password_hash=hashed(new), must_change=False)
    bench.accounts.end_sessions(account.name)
    secret, _ = bench.sign_in.begin(account, complete=True)
    answer = see_other("/account?done=password")
    set_cookie(request, answer, SESSION, secret)
    return answer


@router.post("/account/second-factor")
def set_second_factor(request: Request, sealed: Text = "", code: Text = "", password: Text = "") -> Response:
    """Keep the second factor once a code shows that the person's device has it, and the password who asks."""
    bench, account = workbench_of(request), _own(request)
    if not bench.sign_in.confirms(signed_in(request), password):
        return _page(request, 422, refused=_NOT_CONFIRMED)
    offered = _offering(request).opened(sealed)
    encrypted = None if offered is None else bench.sign_in.seal.closed(offered)
    step = None if encrypted is None else bench.sign_in.matching_step(_with(account, encrypted), code)
    if step is None:
        return _page(request, 422, refused="The code does not belong to the key shown. Please set up the new key.")
    bench.accounts.change(account.name, second_factor=encrypted, second_factor_step=step)
    return see_other("/account?done=second-factor")


@router.post("/account/tokens")
async def make_token(request: Request) -> Response:
    """Make a token for programs; it is shown once."""
    form, bench = await request.form(), workbench_of(request)
    scopes = [str(one) for one in form.getlist("scope") if str(one) in rights().scopes]
    label, days = str(form.get("label", "")).strip(), str(form.get("days", ""))
    if not await run_in_threadpool(bench.sign_in.confirms, signed_in(request), str(form.get("password", ""))):
        return _page(request, 422, refused=_NOT_CONFIRMED)
    try:
        ends = whole_number(days, "days", 1, 3660)
    except LupercalError:
        ends = 0
    if not scopes or not label or not ends:
        return _page(request, 422, refused="A token needs a name, a scope and a number of days up to ten years.")
    token = Tokens(bench.accounts).make(_own(request).name, label, scopes, ends, bench.sign_in.clock())
    return _page(request, token=token)


@router.post("/account/tokens/{token}/revoke")
def revoke_token(request: Request, token: str) -> Response:
    """End a token."""
    Tokens(workbench_of(request).accounts).revoke(_own(request).name, token)
    return see_other("/account")


@router.post("/account/sessions/{session}/end")
def end_session(request: Request, session: str) -> Response:
    """End one of one's own sessions."""
    desk, here = workbench_of(request).sign_in, signed_in(request)
    for one in desk.sessions_of(here.account):
        if shown_id(one) == session and one.id != here.id:
            desk.store.end_session(one.id)
    return see_other("/account?done=session")


@router.post("/account/sessions/end")
def end_other_sessions(request: Request) -> Response:
    """End all of one's own sessions but this one."""
    desk, here = workbench_of(request).sign_in, signed_in(request)
    for one in desk.store.sessions_of(here.account):
        if one.id != here.id:
            desk.store.end_session(one.id)
    return see_other("/account?done=session")


def shown_id(session: Session) -> str:
    """Return a name of a session by which nobody can use it."""
    return secret_digest(session.id)[:16]


def _page(request: Request, status: int = 200, *, token: str = "", done: str = "", refused: str = "") -> Response:
    account, secret, here = _own(request), pyotp.random_base32(), signed_in(request)
    desk = workbench_of(request).sign_in
    return rendered(
        request, "account.html", status, account=account, secret=secret, done=done, refused=refused,
        needed=account.role in workbench_of(request).accounts.roles_with_second_factor(),
        token=token, scopes=rights().scopes, tokens=Tokens(workbench_of(request).accounts).of_account(account.name),
        sealed=_offering(request).closed(secret.encode()),
        sessions=[(shown_id(one), one, one.id == here.id) for one in desk.sessions_of(account.name)],
        fresh=desk.clock() - here.created <= FRESH,
        address=pyotp.TOTP(secret).provisioning_uri(name=account.name, issuer_name="Lupercal"),
    )  # fmt: skip


def _own(request: Request) -> Account:
    account = workbench_of(request).accounts.account(signed_in(request).account)
    assert account is not None
    return account


def _offering(request: Request) -> Seal:
    """Return what seals a key that is offered to this session, so that no other can be handed in."""
    return Seal(workbench_of(request).settings.key, f"offered second factor {signed_in(request).id}")


def _with(account: Account, sealed: str) -> Account:
    return replace(account, second_factor=sealed, second_factor_step=0)

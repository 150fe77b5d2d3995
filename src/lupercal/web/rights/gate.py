"""The one gate: every request is matched with its row in the table of rights before its route runs."""

from __future__ import annotations

from typing import final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from lupercal.web.accounts.records import Session
from lupercal.web.accounts.tokens import ApiToken, Tokens
from lupercal.web.rights.forms import SAFE, has_form_token, is_from_here
from lupercal.web.rights.table import ANYONE, OR, SIGNED_IN, rights
from lupercal.web.workbench import session_of, workbench_of

SESSION = "lupercal"
API = "/api/"
"""How the addresses of the programming interface begin: they take tokens, and no cookie."""


@final
class SignInNeededError(Exception):
    """Nobody is signed in where somebody has to be."""


@final
class CodeNeededError(Exception):
    """The password was right, and the second factor is still to be shown."""


@final
class AccountFirstError(Exception):
    """Somebody has to see to the own account first: set up a second factor, or change a first password."""


@final
class NotAllowedError(Exception):
    """Somebody may not do what was asked; ``reason`` says why in one sentence."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@final
class TokenNeededError(Exception):
    """The programming interface was asked without a token, or with one that has ended."""


async def admit(request: Request) -> None:
    """Let a request pass, or say why not; runs before every route."""
    if request.url.path.startswith(API):
        await run_in_threadpool(_admit_token, request)
        return
    request.state.session = await run_in_threadpool(_session, request)
    wanted = rights().of_route(request.method, request.scope["route"].path)
    if wanted is None:
        raise NotAllowedError("This address has no row in the table of rights.")
    _check(wanted, session_of(request))
    if wanted not in {ANYONE, SIGNED_IN}:
        await run_in_threadpool(_check_account, request)
    if request.method not in SAFE:
        if not is_from_here(request):
            raise NotAllowedError("The request does not come from a page of this workbench.")
        if not await has_form_token(request):
            raise NotAllowedError("The page was too old to be sent. Please open it again.")


def caller_of(request: Request) -> str:
    """Return who calls the programming interface, as the audit names people."""
    token: ApiToken = request.state.token
    return token.account


def may(session: Session | None, right: str) -> bool:
    """Whether somebody has a right, or one of several that are parted by ``or``."""
    return session is not None and session.complete and bool(set(right.split(OR)) & rights().of_role(session.role))


def _admit_token(request: Request) -> None:
    wanted = rights().of_route(request.method, request.scope["route"].path)
    if wanted == ANYONE:
        return
    bench = workbench_of(request)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    token = Tokens(bench.accounts).of_secret(secret, bench.sign_in.clock()) if scheme.lower() == "bearer" else None
    if token is None:
        raise TokenNeededError
    held = rights().of_role(token.role) & rights().of_scopes(token.scopes)
    if wanted is None or not set(wanted.split(OR)) & held:
        raise NotAllowedError(f"This token does not cover: {wanted}.")
    request.state.token = token


def _check_account(request: Request) -> None:
    """Refuse everything but the own account to somebody whose role needs a second factor that is not set up."""
    session = session_of(request)
    if session is None:
        return
    needing = workbench_of(request).accounts.roles_with_second_factor()
    lacking = session.role in needing and not (session.has_second_factor or session.desk_factor)
    if session.must_change or lacking:
        raise AccountFirstError


def _session(request: Request) -> Session | None:
    bench = workbench_of(request)
    session = bench.sign_in.session(request.cookies.get(bench.settings.cookie(SESSION), ""))
    if session is not None:
        bench.admit(session.id)
    return session


def _check(wanted: str, session: Session | None) -> None:
    if wanted == ANYONE:
        return
    if session is None:
        raise SignInNeededError
    if not session.complete:
        raise CodeNeededError
    asked = wanted.split(OR)
    if wanted != SIGNED_IN and not set(asked) & rights().of_role(session.role):
        raise NotAllowedError(f"Your role, {session.role}, does not include this: {rights().rights[asked[0]]}.")

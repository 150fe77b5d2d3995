"""The accounts of the clinic: who may sign in, in which role; the administrator's page."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from lupercal.web.accounts.letting_in import first_password
from lupercal.web.accounts.passwords import hashed
from lupercal.web.accounts.records import Account
from lupercal.web.accounts.store import AccountStore
from lupercal.web.rendering import rendered, see_other
from lupercal.web.rights.table import ROLES, RoleName, rights
from lupercal.web.workbench import signed_in, workbench_of

router = APIRouter()
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
Text = Annotated[str, Form(max_length=200)]


@router.get("/accounts")
def all_accounts(request: Request) -> Response:
    """List all accounts."""
    return _page(request)


@router.post("/accounts")
def add_account(request: Request, name: Text = "", full_name: Text = "", role: Text = "") -> Response:
    """Add an account; its first password is shown once."""
    store, chosen = workbench_of(request).accounts, _role(role)
    if not _NAME.fullmatch(name) or chosen is None:
        return _page(request, 422, refused="A name has 2 to 40 small letters, digits, dots or hyphens, and a role.")
    if store.account(name) is not None:
        return _page(request, 422, refused="There is an account of that name already.")
    password = add_with_password(store, name, full_name, chosen)
    return _page(request, made=name, password=password)


@router.post("/accounts/{name}/role")
def change_role(request: Request, name: str, role: Text = "") -> Response:
    """Give an account another role; its sessions end."""
    chosen = _role(role)
    if chosen is None or name == signed_in(request).account:
        return _page(request, 422, refused="Another role, and not of your own account.")
    workbench_of(request).accounts.change(name, role=chosen)
    workbench_of(request).accounts.end_sessions(name)
    return see_other("/accounts")


@router.post("/accounts/{name}/state")
def change_state(request: Request, name: str, active: Text = "") -> Response:
    """Close an account or open it again; its sessions end."""
    if name == signed_in(request).account:
        return _page(request, 422, refused="Your own account stays open.")
    workbench_of(request).accounts.change(name, active=active == "yes")
    workbench_of(request).accounts.end_sessions(name)
    return see_other("/accounts")


@router.post("/accounts/{name}/sign-out")
def sign_out_account(request: Request, name: str) -> Response:
    """End every session of an account, which stays open."""
    workbench_of(request).accounts.end_sessions(name)
    return see_other("/accounts")


def add_with_password(store: AccountStore, name: str, full_name: str, role: RoleName) -> str:
    """Add an account with a first password that its owner has to change; return the password."""
    password = first_password()
    store.add(Account(name=name, full_name=full_name, role=role, password_hash=hashed(password), must_change=True))
    return password


def _role(name: str) -> RoleName | None:
    return next((role for role in ROLES if role == name), None)


def _page(request: Request, status: int = 200, *, refused: str = "", made: str = "", password: str = "") -> Response:
    desk = workbench_of(request).sign_in
    return rendered(
        request, "accounts.html", status, accounts=workbench_of(request).accounts.accounts(), roles=ROLES,
        rights=rights(), refused=refused, made=made, password=password,
        counts={one.name: len(desk.sessions_of(one.name)) for one in desk.store.accounts()},
    )  # fmt: skip

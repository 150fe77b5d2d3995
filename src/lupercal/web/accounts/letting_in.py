"""Letting somebody in again who forgot the password or lost what the second factor is on."""

from __future__ import annotations

import secrets
from typing import Literal, get_args

from lupercal.web.accounts.passwords import hashed
from lupercal.web.accounts.store import AccountStore

Lost = Literal["password", "second factor", "desk"]
LOST: tuple[Lost, ...] = get_args(Lost)


def first_password() -> str:
    """Return a random first password, which its owner has to change."""
    return secrets.token_urlsafe(12)


def let_in_again(store: AccountStore, name: str, lost: Lost) -> str:
    """Give an account a first password, end its sessions, and return the password.

    A forgotten password leaves the second factor as it is, which is then asked for as ever. A lost second factor is
    taken off with the password, as if the account were new. ``desk`` parts the account from the person that the
    hospital's desk named so far.
    """
    password = first_password()
    values: dict[str, object] = {"password_hash": hashed(password), "must_change": True}
    if lost == "second factor":
        values |= {"second_factor": "", "second_factor_step": 0}
    if lost == "desk":
        values |= {"desk_subject": ""}
    store.change(name, **values)
    store.end_sessions(name)
    return password

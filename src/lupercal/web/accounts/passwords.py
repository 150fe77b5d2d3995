"""Passwords: argon2id, at least 12 signs, none that everybody knows; the same time for an account that is not there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lupercal.errors import InputError

LEAST = 12
MOST = 256
_COMMON = Path(__file__).with_name("common_passwords.txt")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash("the password of nobody")


def hashed(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _hasher().hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Whether a password belongs to a hash; None (no such account) takes as long and is never true."""
    try:
        right = _hasher().verify(kept or _nobody(), password[:MOST])
        return right and kept is not None and len(password) <= MOST
    except (VerificationError, InvalidHashError):
        return False


def check_password(password: str, name: str) -> None:
    """Refuse a password that is short, common, or made of the account's name.

    Raises
    ------
    InputError
        Saying what is expected; the password itself is not repeated.
    """
    plain = password.casefold()
    weak = (
        plain in _common()
        or len(set(plain)) < 5
        or (name and plain.replace(name.casefold(), "").strip("0123456789") == "")
    )
    if not LEAST <= len(password) <= MOST or weak:
        raise InputError(
            "password", "", "a password that is easy to guess", f"{LEAST} to {MOST} signs, no common password"
        )


@cache
def _common() -> frozenset[str]:
    return frozenset(_COMMON.read_text(encoding="utf-8").split())

"""Passwords: argon2id, at least 12 signs, none that is guessed soon; the same time for an account that is not there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lupercal.errors import InputError
from lupercal.web.accounts.known_passwords import BREACHED, is_breached, is_common

LEAST = 12
MOST = 256
LEAST_SCORE = 3
"""Of zxcvbn's five scores (0 to 4): 3 is what stands some 10^8 guesses (Wheeler, USENIX Security 2016)."""
_HOUSE = Path(__file__).with_name("words_of_the_house.txt")
_LOOKED_AT = 72
"""Signs that the estimate looks at; more only add."""


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


def check_password(password: str, name: str, folder: Path | None = None) -> None:
    """Refuse a password that is short, that others have used, or that is soon guessed.

    Common ones are the 10 000 most common of 12 signs or more; breached ones those of the list that lies in ``folder``
    (`BREACHED`), if one does. What is left is weighed by zxcvbn against 30 000 more, names and words, the account's
    name and the words of the house.

    Raises
    ------
    InputError
        Saying what is expected; the password itself is not repeated.
    """
    asked = f"{LEAST} to {MOST} signs, no common password or word"
    if not LEAST <= len(password) <= MOST:
        raise InputError("password", "", "another number of signs", asked)
    if is_common(password) or (folder is not None and is_breached(password, folder / BREACHED)):
        raise InputError("password", "", "a password that others have used", f"{asked}; this one is on lists")
    if _score(password, name) < LEAST_SCORE:
        raise InputError("password", "", "a password that is easy to guess", asked)


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other settings than those of today, so that it is to be made anew."""
    return _hasher().check_needs_rehash(kept)


def _score(password: str, name: str) -> int:
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists are loaded when a password is chosen

    judged = zxcvbn(password[:_LOOKED_AT], user_inputs=[name, *_house()])
    return int(judged["score"])


@cache
def _house() -> tuple[str, ...]:
    return tuple(_HOUSE.read_text(encoding="utf-8").split())

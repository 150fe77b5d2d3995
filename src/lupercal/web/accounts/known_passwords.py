"""Passwords that others have used: the most common ones, and those of breaches where the clinic keeps such a list."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from lupercal.errors import InputError

COMMON = Path(__file__).parents[1] / "data" / "passwords" / "common.txt"
BREACHED = "breached-passwords.txt"
"""List in the workbench's folder: SHA-1 in hexadecimal, sorted, one a line, a count after a colon or none."""
_SIGNS = 16
_SHA1_SIGNS = 40


def is_common(password: str) -> bool:
    """Whether a password, whatever its case, is one of the 10 000 most common of its length."""
    return hashlib.sha256(password.strip().casefold().encode("utf-8", "replace")).hexdigest()[:_SIGNS] in _common()


def is_breached(password: str, breached: Path) -> bool:
    """Whether a password stands in a sorted list of SHA-1 digests; False where there is no such file.

    The file is searched where it lies, however large it is: nothing of it is kept in memory.

    Raises
    ------
    InputError
        If what is read of it is no such list.
    """
    if not breached.is_file():
        return False
    wanted = hashlib.sha1(password.encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper()
    with breached.open("rb") as file:
        low, high = 0, breached.stat().st_size
        while low < high:
            middle = (low + high) // 2
            file.seek(max(0, middle - 1))
            if middle:
                file.readline()
            line = file.readline()
            if not line or _digest(line, breached) >= wanted:
                high = middle
            else:
                low = middle + 1
        file.seek(max(0, low - 1))
        if low:
            file.readline()
        line = file.readline()
    return bool(line) and _digest(line, breached) == wanted


def _digest(line: bytes, breached: Path) -> str:
    digest = line.split(b":")[0].strip().decode("ascii", "replace").upper()
    if len(digest) != _SHA1_SIGNS or set(digest) - set("0123456789ABCDEF"):
        raise InputError(breached, "", digest[:60], "one SHA-1 in hexadecimal on each line, sorted")
    return digest


@cache
def _common() -> frozenset[str]:
    return frozenset(COMMON.read_text(encoding="ascii").split())

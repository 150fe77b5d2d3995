"""Numbers as people type them into forms; what is none is refused in a sentence."""

from __future__ import annotations

import math

from lupercal.errors import LupercalError


def whole_number(text: str, what: str, low: int, high: int) -> int:
    """Return a whole number that was typed.

    Raises
    ------
    LupercalError
        If it is none, or not from ``low`` to ``high``.
    """
    plain = text.strip()
    digits = plain.removeprefix("-")
    if len(digits) > 9 or not digits.isascii() or not digits.isdigit() or not low <= int(plain) <= high:
        raise LupercalError(f"{what}: expected a whole number from {low} to {high}")
    return int(plain)


def amount(text: str, what: str) -> float | None:
    """Return an amount that was typed, with a point or a comma; None where nothing was.

    Raises
    ------
    LupercalError
        If it is no number above 0.
    """
    if not text.strip():
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise LupercalError(f"{text[:20]} is no number for {what}")
    return value

"""Numbers as tables write them: decimal comma or point, thousands marks, signs, and what stands behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import final

from lupercal.exchange.tables.map_file import TableFormat

_COMPARATORS = {
    "≤": "<=",
    "≥": ">=",
    "=<": "<=",
    "=>": ">=",
    "＜": "<",
    "＞": ">",
    "<": "<",
    ">": ">",
    "<=": "<=",
    ">=": ">=",
}
_SIGN = re.compile(r"^(<=|>=|=<|=>|[<>≤≥＜＞])\s*", re.ASCII)
_TITRE = re.compile(r"^1\s*:\s*(?=\d)", re.ASCII)
_EXPONENT = re.compile(r"^[eE]([+-]?\d{1,2})(?![\d.,])", re.ASCII)
_BODY = {
    " ": re.compile(r"^[+-]?[\d.,]+(?: \d{3})*(?:[.,]\d+)?", re.ASCII),
    "'": re.compile(r"^[+-]?[\d.,]+(?:'\d+)*(?:[.,]\d+)?", re.ASCII),
}
_PLAIN = re.compile(r"^[+-]?(?:\d[\d.,]*|[.,]\d+)", re.ASCII)
_ALIKE = str.maketrans({"−": "-", "–": "-", "’": "'", "ʼ": "'", "＋": "+"})


class UnreadNumberError(ValueError):
    """A text is no number by the rules of its table; its text is the reason."""


@final
@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number as it was written: its bound sign, whether it is a titre, digits with a point, and what follows it."""

    comparator: str
    titre: bool
    number: float
    rest: str


def written_number(text: str, writes: TableFormat) -> WrittenNumber:
    """Read a number.

    Raises
    ------
    UnreadNumberError
        If it is none, or its signs can be read in two ways by what the map says.
    """
    plain = text.translate(_ALIKE)
    sign = _SIGN.match(plain)
    after = plain[sign.end() :] if sign else plain
    titre = _TITRE.match(after)
    after = after[titre.end() :] if titre else after
    body = _BODY.get(writes.thousands or "", _PLAIN).match(after)
    if body is None:
        raise UnreadNumberError("no number")
    digits, rest = _with_point(body[0], writes), after[body.end() :]
    exponent = _EXPONENT.match(rest)
    if exponent:
        digits, rest = f"{digits}e{exponent[1]}", rest[exponent.end() :]
    return WrittenNumber(_COMPARATORS[sign[1]] if sign else "", bool(titre), float(digits), _unmarked(rest, writes))


def _with_point(body: str, writes: TableFormat) -> str:
    """Return the digits with a decimal point and without thousands marks."""
    decimal, thousands = writes.decimal or ".", writes.thousands
    for sign in ".,":
        if sign in body and sign not in {decimal, thousands}:
            raise UnreadNumberError(
                f"{_name(sign)} that may be decimal or thousands; say under writes of the map which"
            )
    if writes.decimal is None and thousands == ".":
        raise UnreadNumberError("thousands marks are points; say under writes.decimal of the map what decimals are")
    whole, *fraction = body.split(decimal)
    if len(fraction) > 1 or (fraction and not fraction[0].isdigit()):
        raise UnreadNumberError(f"two decimal {'points' if decimal == '.' else 'commas'}, or a mark behind one")
    if thousands and thousands in whole:
        if not re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+", whole):
            raise UnreadNumberError("thousands marks that do not stand before three digits each")
        whole = whole.replace(thousands, "")
    return f"{whole}.{fraction[0]}" if fraction else whole


def _name(sign: str) -> str:
    return "a comma" if sign == "," else "a point"


def _unmarked(rest: str, writes: TableFormat) -> str:
    """Return what follows a number without the marks that the map says mean nothing."""
    rest = rest.strip()
    for mark in sorted(writes.marks, key=len, reverse=True):
        if rest == mark:
            return ""
        if mark and rest.endswith(f" {mark}"):
            return rest.removesuffix(mark).strip()
    return rest

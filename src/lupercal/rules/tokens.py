"""The words of a rule, each with its place, and the one way in which a rule is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn, final

from lupercal.errors import InputError

MAX_LENGTH = 2000
MAX_TOKENS = 400
SHOWN = 100
"""Longest piece of a line shown above a caret."""

_TOKEN = re.compile(
    r"""(?P<blank>\s+)
      | (?P<number>\d{1,12}(?:\.\d{1,9})?(?![\w.]))
      | (?P<name>[A-Za-z][A-Za-z0-9_]{0,60}(?!\w))
      | (?P<unit>"[^"\n]{0,60}")
      | (?P<sign>>=|<=|!=|==|[≥≤≠<>=()\[\],])
    """,
    re.VERBOSE | re.ASCII,
)
_SAME = {"≥": ">=", "≤": "<=", "≠": "!=", "==": "="}


@final
@dataclass(frozen=True, slots=True)
class Token:
    """One word: ``kind`` is name, number, unit, sign or end; ``start`` counts characters from the rule's beginning."""

    kind: str
    text: str
    start: int

    def __str__(self) -> str:
        return "the end of the rule" if self.kind == "end" else self.text


@final
@dataclass(frozen=True, slots=True)
class RuleText:
    """The text of a rule and where it stands, for messages."""

    text: str
    origin: object = "rule"
    field: str = ""

    def refuse(self, start: int, found: object, expected: str) -> NoReturn:
        """Raise `InputError` with line, column, the line itself and a caret under the place."""
        before = self.text[:start]
        line, column = before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1
        where = f"{self.field}, line {line}, column {column}".removeprefix(", ")
        raise InputError(self.origin, where, found, f"{expected}\n{self._marked(line, column)}")

    def _marked(self, line: int, column: int) -> str:
        text = self.text.split("\n")[line - 1]
        first = max(0, column - 1 - SHOWN // 2)
        piece = "".join(c if c.isprintable() else " " for c in text[first : first + SHOWN])
        return f"    {piece}\n    {' ' * (column - 1 - first)}^"


def tokens(source: RuleText) -> tuple[Token, ...]:
    """Cut a rule into words.

    Parameters
    ----------
    source
        The rule; at most `MAX_LENGTH` characters and `MAX_TOKENS` words.

    Returns
    -------
    tuple of Token
        The words in order, an ``end`` token last.

    Raises
    ------
    InputError
        If a character does not belong to the grammar or the rule is too long.
    """
    if len(source.text) > MAX_LENGTH:
        source.refuse(MAX_LENGTH, f"{len(source.text)} characters", f"a rule of at most {MAX_LENGTH} characters")
    words, position = [], 0
    while position < len(source.text):
        match = _TOKEN.match(source.text, position)
        if match is None:
            source.refuse(
                position, source.text[position], 'a name, a number, a unit in "quotes", or one of >= <= > < ='
            )
        kind, text = match.lastgroup or "", match.group()
        if kind != "blank":
            words.append(Token(kind, _SAME.get(text, text), position))
        position = match.end()
    if len(words) > MAX_TOKENS:
        source.refuse(words[MAX_TOKENS].start, f"{len(words)} words", f"a rule of at most {MAX_TOKENS} words")
    return (*words, Token("end", "", len(source.text.rstrip())))

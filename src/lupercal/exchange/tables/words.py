"""Words that clinics' tables use: for unknown, months, yes and no, and for columns; the list is ``words.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from typing_extensions import TypedDict

from lupercal.files.checked import closed, read_as
from lupercal.patient.spellings import is_unknown

WORDS = Path(__file__).with_name("words.yaml")


@closed
class _TableWords(TypedDict):
    missing: list[str]
    yes: list[str]
    no: list[str]
    female: list[str]
    male: list[str]
    months: dict[int, list[str]]
    roles: dict[str, list[str]]
    variables: dict[str, list[str]]
    several: dict[str, list[str]]
    drugs: dict[str, list[str]]


@cache
def table_words() -> _TableWords:
    """Return the list of words."""
    return read_as(WORDS, _TableWords)


def says_missing(text: str, more: tuple[str, ...] = ()) -> bool:
    """Return whether a cell says that nothing is known; ``more`` are the map's own words for it."""
    return is_unknown(text) or tidy_word(text) in _missing() or text.strip() in more


def month_of(word: str) -> int | None:
    """Return the number of a month by its name, None where the word names none."""
    return _months().get(tidy_word(word))


def tidy_word(text: str) -> str:
    """Return a word as the list writes it: small letters, one blank between words, no point at its end."""
    plain = " ".join(text.lower().split())
    return plain.rstrip(".") if plain.strip(".") else plain


@cache
def _missing() -> frozenset[str]:
    return frozenset(table_words()["missing"])


@cache
def _months() -> Mapping[str, int]:
    return {word: number for number, words in table_words()["months"].items() for word in words}

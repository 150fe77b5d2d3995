"""Words of the pages in several languages: catalogues under ``data/languages``; what is missing is told in English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, final

from markupsafe import Markup, escape
from pydantic import ConfigDict

from lupercal.errors import InputError
from lupercal.files.checked import read_as
from lupercal.rules.questions import questions
from lupercal.safety.registry import safety_rules

FOLDER = Path(__file__).with_name("data") / "languages"
ENGLISH = "en"
Direction = Literal["ltr", "rtl"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    __pydantic_config__ = ConfigDict(extra="forbid")
    name: str
    direction: Direction
    reviewed: bool
    texts: dict[str, Any]


@final
@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language by key; ``reviewed`` says whether a native clinician read them."""

    code: str
    name: str
    direction: Direction
    reviewed: bool
    texts: Mapping[str, str]

    def plain(self, key: str, **values: object) -> str:
        """Return a text with its values filled in, in English where it is missing."""
        return _filled(self.texts.get(key) or english().texts[key], values)

    def __call__(self, key: str, **values: object) -> Markup:
        """Return a text as HTML; one that is missing is marked as English."""
        markup = Markup(
            _filled(str(escape(self.plain(key))), {name: str(escape(value)) for name, value in values.items()})
        )
        if key in self.texts or self.code == ENGLISH:
            return markup
        return Markup('<span lang="en" dir="ltr">{}</span>').format(markup)

    @property
    def missing(self) -> tuple[str, ...]:
        """Keys that are told in English."""
        return tuple(key for key in english().texts if key not in self.texts)


@cache
def catalogues() -> Mapping[str, Catalogue]:
    """Return all catalogues by code, English first."""
    codes = sorted((path.stem for path in FOLDER.glob("*.yaml")), key=lambda code: (code != ENGLISH, code))
    return {code: _catalogue(code) for code in codes}


def catalogue(code: str) -> Catalogue:
    """Return one catalogue; English where there is none of that code."""
    return catalogues().get(code, english())


@cache
def english() -> Catalogue:
    """Return the English texts: those of the pages, and the questions and dangers of the rules."""
    read = _read(ENGLISH)
    asked = {f"question.{name}.text": one.text for name, one in questions().items()}
    why = {f"question.{name}.why": one.why for name, one in questions().items()}
    dangers = {f"danger.{name}": one.danger for name, one in safety_rules().items()}
    return Catalogue(
        ENGLISH, read.name, read.direction, read.reviewed, {**_flat(read.texts), **asked, **why, **dangers}
    )


def preferred(accepted: str) -> str:
    """Return the code of the first language of an ``Accept-Language`` header that has a catalogue."""
    for part in accepted.split(","):
        code = part.partition(";")[0].strip().lower().partition("-")[0]
        if code in catalogues():
            return code
    return ENGLISH


def _catalogue(code: str) -> Catalogue:
    if code == ENGLISH:
        return english()
    read = _read(code)
    texts = _flat(read.texts)
    for key, text in texts.items():
        if key not in english().texts:
            raise InputError(FOLDER / f"{code}.yaml", key, text, "a key of the English texts")
    return Catalogue(code, read.name, read.direction, read.reviewed, texts)


def _read(code: str) -> _File:
    return read_as(FOLDER / f"{code}.yaml", _File)


def _flat(texts: Mapping[str, Any], before: str = "") -> dict[str, str]:
    return dict(_pairs(texts, before))


def _pairs(texts: Mapping[str, Any], before: str) -> Iterator[tuple[str, str]]:
    for key, value in texts.items():
        if isinstance(value, Mapping):
            yield from _pairs(value, f"{before}{key}.")
        elif value:
            yield f"{before}{key}", str(value)


def _filled(text: str, values: Mapping[str, object]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text

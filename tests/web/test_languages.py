"""Catalogues: what is missing is told in English and listed; placeholders are those of the English text."""

from __future__ import annotations

import re

import pytest
from markupsafe import Markup

from lupercal.web.languages import catalogue, catalogues, english, preferred

MISSING: dict[str, tuple[str, ...]] = {"de": (), "he": (), "tr": ()}
"""Keys that a language still tells in English; whoever adds an English text adds it here, or translates it."""


@pytest.mark.parametrize("code", sorted(set(catalogues()) - {"en"}))
def test_missing_translations_are_listed(code: str) -> None:
    assert catalogue(code).missing == MISSING.get(code, ())


@pytest.mark.parametrize("code", sorted(catalogues()))
def test_placeholders_agree(code: str) -> None:
    for key, text in catalogue(code).texts.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", english().texts[key])), key


def test_translations_say_that_they_are_drafts() -> None:
    assert [one.code for one in catalogues().values() if one.reviewed] == ["en"]


def test_a_missing_text_is_marked_as_english() -> None:
    hebrew = catalogue("he")
    bare = type(hebrew)("he", hebrew.name, "rtl", False, {})
    assert bare("form.back") == '<span lang="en" dir="ltr">Back</span>'
    assert bare.plain("form.back") == "Back"


def test_values_are_escaped() -> None:
    assert "<b>" not in english()("candidate.answered", number="<b>")
    assert "<b>x</b>" in english()("result.silent", names=Markup("<b>x</b>"))


@pytest.mark.parametrize(("header", "code"), [("de-CH, en", "de"), ("fr,tr;q=0.4", "tr"), ("", "en"), (",;,", "en")])
def test_the_preferred_language_is_the_first_that_is_there(header: str, code: str) -> None:
    assert preferred(header) == code

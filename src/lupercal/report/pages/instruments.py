"""The page of all instruments, made from the registry so that it cannot fall behind the code."""

from __future__ import annotations

from fnmatch import fnmatchcase

from lupercal.instruments.contract import Instrument
from lupercal.instruments.registry import instruments
from lupercal.instruments.tables import instrument_document
from lupercal.report.markdown import markdown_table

_INTRODUCTION = """# Instruments

Every instrument is a function over columns of visits: `score("sledai_2k", columns)` takes arrays of any equal shape
and returns value, bounds, status, items, warnings, and the version and source of the rule. Unknown is never absent:
what is not known widens the bounds. `lupercal instruments NAME` shows one in full. Research use only.

*Standing*: **published**, the rule was read in print; **unconfirmed**, it was recalled or read second-hand and awaits
a second reader; **project rule**, ours; **not available**, listed with the reason.

This page is made by `python -m lupercal.report.pages docs`; a test keeps the two the same.
"""


_UNCONFIRMED = """Every result of these carries the warning `unconfirmed_rule`. What is open was found in no public text
that could be read; a second reader with the paper in hand can close it."""

_STORED = (
    "GTI, GTI 2.0: licensed, paper and app; a value computed elsewhere can be stored, no weights are shipped.",
    "SF-36: scored by its licensor; scale scores can be stored.",
    "EQ-5D-5L: profile and scale can be stored; an index needs a country's value set from the user.",
)


def page() -> str:
    """Return the text of ``docs/reference/instruments.md``: introduction, table, and what is not available."""
    head = ("name", "what", "version", "standing", "source", "licence", "missing data")
    missing = [one for one in instruments() if one.standing == "not available"]
    lines = [_INTRODUCTION, markdown_table(head, map(_row, instruments())), "", "## Not available", ""]
    lines += [f"- `{one.name}`: {one.definition}" for one in missing]
    lines += [f"- {text}" for text in _STORED]
    lines += ["", "## Unconfirmed", "", _UNCONFIRMED, ""]
    lines += [markdown_table(("name", "what is open, what was read"), map(_open, unconfirmed()))]
    return "\n".join(lines) + "\n"


def unconfirmed() -> tuple[Instrument, ...]:
    """Return the instruments whose rule, or a part of it, was read in no public text."""
    return tuple(one for one in instruments() if one.standing == "unconfirmed")


def what_is_open(one: Instrument) -> str:
    """Return what of an unconfirmed instrument awaits a second reader.

    Raises
    ------
    KeyError
        If ``data/unconfirmed.yaml`` does not say.
    """
    for pattern, text in instrument_document("unconfirmed").items():
        if fnmatchcase(one.name, pattern):
            return str(text)
    raise KeyError(one.name)


def _open(one: Instrument) -> tuple[str, ...]:
    return f"`{one.name}`", what_is_open(one)


def _row(one: Instrument) -> tuple[str, ...]:
    return f"`{one.name}`", one.title, one.version, one.standing, one.source, one.licence, one.missing_rule

"""The page of all instruments, made from the registry so that it cannot fall behind the code."""

from __future__ import annotations

from lupercal.instruments.contract import Instrument
from lupercal.instruments.registry import instruments

_INTRODUCTION = """# Instruments

Every instrument is a function over columns of visits: `score("sledai_2k", columns)` takes arrays of any equal shape
and returns value, bounds, status, items, warnings, and the version and source of the rule. Unknown is never absent:
what is not known widens the bounds. `lupercal instruments NAME` shows one in full. Research use only.

*Standing*: **published**, the rule was read in print; **unconfirmed**, it was recalled or read second-hand and awaits
a second reader; **project rule**, ours; **not available**, listed with the reason.

This page is made by `lupercal.report.pages.instruments.markdown()`; a test keeps the two the same.
"""


_STORED = (
    "GTI, GTI 2.0: licensed, paper and app; a value computed elsewhere can be stored, no weights are shipped.",
    "SF-36: scored by its licensor; scale scores can be stored.",
    "EQ-5D-5L: profile and scale can be stored; an index needs a country's value set from the user.",
)


def page() -> str:
    """Return the page: introduction, table, and what is not available."""
    header = "| name | what | version | standing | source | licence | missing data |"
    lines = [_INTRODUCTION, header, "|" + "---|" * 7]
    lines += [_row(one) for one in instruments()]
    missing = [one for one in instruments() if one.standing == "not available"]
    lines += ["", "## Not available", ""]
    lines += [f"- `{one.name}`: {one.definition}" for one in missing]
    lines += [f"- {text}" for text in _STORED]
    return "\n".join(lines) + "\n"


def _row(one: Instrument) -> str:
    cells = (f"`{one.name}`", one.title, one.version, one.standing, one.source, one.licence, one.missing_rule)
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


if __name__ == "__main__":
    print(page(), end="")

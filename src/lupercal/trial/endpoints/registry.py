"""All end points by name, and why those that are not here cannot be simulated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from typing_extensions import TypedDict

from lupercal.files.checked import closed, read_as
from lupercal.trial.endpoints import (
    activity,
    cells,
    damage,
    endings,
    flares,
    kidney,
    laboratory,
    renal_course,
    sledai,
    staying,
    steroids,
)
from lupercal.trial.endpoints.measure import Measure

MODULES = (activity, sledai, flares, kidney, renal_course, laboratory, cells, endings, staying, damage, steroids)


@cache
def measures() -> Mapping[str, Measure]:
    """Return every end point by its names, aliases included."""
    rows = [row for module in MODULES for row in module.MEASURES]
    return {name: row for row in rows for name in (row.name, *row.aliases)}


@closed
class _Reason(TypedDict):
    measure: str
    reason: str


@closed
class _NotSimulated(TypedDict):
    not_simulated: list[_Reason]


@cache
def reasons_by_pattern() -> Mapping[str, str]:
    """Return why measures are not simulated, by a regular expression on whole names; the first that fits counts."""
    table = read_as(Path(__file__).with_name("not_simulated.yaml"), _NotSimulated)
    return {row["measure"]: row["reason"] for row in table["not_simulated"]}


@cache
def why_not(name: str) -> str:
    """Return why a measure that is no end point here is not simulated."""
    reasons = (reason for pattern, reason in reasons_by_pattern().items() if re.fullmatch(pattern, name))
    return next(reasons, f"no definition of this measure in terms of simulated visits{_perhaps(name)}")


def _perhaps(name: str) -> str:
    """Return the nearest names of end points, for a name that was misspelt; nothing where none is near."""
    close = get_close_matches(name, measures(), n=2, cutoff=0.75)
    return f"; perhaps {' or '.join(close)} is meant" if close else ""

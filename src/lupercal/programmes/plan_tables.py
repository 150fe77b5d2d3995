"""The tables that all plans share, as they stand in ``data/plans/common/``; they are read by key."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from lupercal.files.checked import closed


@closed
class _Test(TypedDict):
    name: str
    needs: list[list[str]]


@closed
class _Settings(TypedDict):
    horizon_months: int
    latest_start: str
    first_infusion_at: str
    infusion_minutes: dict[str, int]
    other_minutes: int
    agenda_days: int
    care: str
    baseline_days: int
    settled_days: int


@closed
class _Goal(TypedDict):
    name: str
    rule: Literal["at_most", "state", "not_low", "halved_or_below", "falls_by", "falling_or_normal"]
    variables: list[str]
    limit: NotRequired[int | float]
    month: int
    source: str
    where: str


@closed
class _Alert(TypedDict):
    name: str
    variable: str
    rule: Literal["below", "at_least", "present", "times_baseline", "rise", "fall"]
    limit: NotRequired[int | float]
    share: NotRequired[float]
    within_days: NotRequired[int]
    severity: Literal["urgent", "warning", "notice"]
    reason: str
    source: str
    where: str
    days: NotRequired[tuple[int, int]]
    families: NotRequired[list[str]]


@closed
class _EventKind(TypedDict):
    scales: NotRequired[list[str]]
    words: list[str]


@closed
class _EventAlert(TypedDict):
    name: str
    kind: NotRequired[str]
    grade: int
    serious: NotRequired[bool]
    severity: Literal["urgent", "warning", "notice"]
    reason: str
    source: str
    where: str


@closed
class _Interval(TypedDict):
    drugs: list[str]
    days: int | None
    text: str
    at_most: NotRequired[int | float]


@closed
class _Washout(TypedDict):
    source: str
    where: str
    rows: list[_Interval]


COMMON: dict[str, Any] = {
    "tests": dict[str, _Test],
    "settings": _Settings,
    "goals": dict[str, _Goal],
    "alerts": dict[str, _Alert],
    "event_alerts": dict[str, _EventAlert],
    "event_kinds": dict[str, _EventKind],
    "washout": _Washout,
}
"""What each table must look like, by the name of its file."""

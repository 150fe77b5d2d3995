"""What a programme's plan is made of, as the files in ``programmes/data/plans/`` say it.

``<programme>.yaml`` holds the time zone and what the clinic's page states; ``sets/`` holds what several plans share;
``common/`` holds tests, goals, alerts, washouts, sources and the project's defaults. A later item replaces an earlier
one of the same id, so a page's own statement takes the place of a default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, Strict

from lupercal.errors import InputError
from lupercal.evidence.sources import Source, read_source_table
from lupercal.files.checked import read_as
from lupercal.programmes.plan_tables import COMMON
from lupercal.programmes.registry import programme
from lupercal.therapy.records import STRICT, Id, Words
from lupercal.therapy.sources import therapy_sources

FOLDER = Path(__file__).with_name("data") / "plans"
PROJECT = "lupercal"
_ZONE = re.compile(r"[A-Za-z_+-]+(?:/[A-Za-z0-9_+-]+){0,2}")

Basis = Literal["page", "published", "project default"]
Section = Literal[
    "preparation",
    "washout",
    "collection",
    "conditioning",
    "cells",
    "drugs",
    "monitoring",
    "prophylaxis",
    "revaccination",
    "visit",
    "long term",
]
SECTIONS: tuple[Section, ...] = Section.__args__  # type: ignore[attr-defined]
Anchor = Literal["first infusion", "last infusion", "collection", "conditioning"]
Factor = Literal["weight", "age", "organs"]
Whole = Annotated[int, Strict()]


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (KeyError, ValueError, OSError):
        if available_timezones() or not _ZONE.fullmatch(text):
            raise ValueError("a time zone of the IANA table, such as Europe/Berlin") from None
        return text  # this machine has no such table; only a calendar needs it


@cache
def plan_sources() -> Mapping[str, Source]:
    """Return every source a plan may cite, by key."""
    return {**therapy_sources(), **read_source_table(FOLDER / "common" / "sources.yaml")}


def _cited(key: str) -> str:
    if key and key not in plan_sources():
        raise ValueError(f"no source '{key}' in common/sources.yaml or in the tables of therapies and evidence")
    return key


Ref = Annotated[str, AfterValidator(_cited)]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """One day, a window, calendar months or years, counted from ``after``; the end of a window from ``last_after``."""

    __pydantic_config__ = STRICT
    day: Whole | None = None
    month: Whole | None = None
    years: tuple[Whole, Whole] | None = None
    after: Anchor = "first infusion"
    last_day: Whole | None = None
    last_month: Whole | None = None
    last_after: Anchor = "first infusion"

    def __post_init__(self) -> None:
        if [self.day, self.month, self.years].count(None) != 2:
            raise ValueError("exactly one of day, month and years")
        if self.last_day is not None and self.last_month is not None:
            raise ValueError("last_day or last_month, not both")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One line of a plan as a file writes it; ``source`` is filled in for statements of the page and for defaults.

    A ``note`` says how something is done or decided, not that something happens, and is not in the calendar.
    """

    __pydantic_config__ = STRICT
    id: Id
    section: Section
    title: Words
    when: When
    basis: Basis
    detail: str = ""
    source: Ref = ""
    where: str = ""
    tests: Mapping[Basis, tuple[Id, ...]] = field(default_factory=dict)
    window_days: Annotated[int, Strict(), Field(ge=0)] = 0
    factors: tuple[Factor, ...] = ()
    each_infusion: bool = False
    note: bool = False

    def __post_init__(self) -> None:
        if (self.basis == "published") != bool(self.source):
            raise ValueError("a published item has a source; pages and defaults have theirs already")
        if self.basis != "project default" and not self.where:
            raise ValueError("where in the page or publication it stands")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class GoalRow:
    """A goal of ``common/goals.yaml`` with the reason why this plan has it."""

    __pydantic_config__ = STRICT
    goal: Id
    basis: Basis
    where: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Infusion:
    """How long an infusion of these product families takes, in minutes from shortest to longest."""

    __pydantic_config__ = STRICT
    families: tuple[Id, ...]
    minutes: tuple[Whole, Whole]
    basis: Basis
    where: Words


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSet:
    """Items and goals that several plans share."""

    __pydantic_config__ = STRICT
    items: tuple[ItemRow, ...]
    goals: tuple[GoalRow, ...] = ()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanData:
    """The plan of one programme: its zone, its page, its items and goals (sets already included).

    Its regimen stands in the registry of programmes.
    """

    __pydantic_config__ = STRICT
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")]
    zone: Annotated[str, AfterValidator(_zone)]
    include: tuple[Id, ...]
    unstated: Words
    page: Ref = ""
    infusion: Infusion | None = None
    items: tuple[ItemRow, ...] = ()
    goals: tuple[GoalRow, ...] = ()

    def source_of(self, row: ItemRow | GoalRow) -> str:
        """Return the key of the source of an item or goal."""
        if row.basis == "page":
            return self.page
        return getattr(row, "source", "") or PROJECT


@cache
def plan_names() -> tuple[str, ...]:
    """Return the ids of all programmes that have a plan."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def plan_data(name: str) -> PlanData:
    """Return the plan data of a programme, by any name the registry of programmes knows.

    Raises
    ------
    InputError
        If there is no such programme, or the name leaves the therapy open; the choices are named.
    """
    return _read(FOLDER / f"{programme(name).id}.yaml")


@cache
def common(name: str) -> Mapping[str, Any]:
    """Return one of the tables in ``data/plans/common/``: tests, settings, goals, alerts or washout."""
    table: Mapping[str, Any] = read_as(FOLDER / "common" / f"{name}.yaml", COMMON[name])
    return table


def _read(path: Path) -> PlanData:
    document = read_as(path, PlanData)
    parts: list[ItemSet | PlanData] = [_read_set(FOLDER / "sets" / f"{name}.yaml") for name in document.include]
    parts.append(document)
    items = {row.id: row for part in parts for row in part.items}
    goals = {row.goal: row for part in parts for row in part.goals}
    _check(document, items, goals, path)
    return PlanData(
        id=document.id,
        zone=document.zone,
        include=document.include,
        unstated=document.unstated,
        page=document.page,
        infusion=document.infusion,
        items=tuple(items.values()),
        goals=tuple(goals.values()),
    )


def _read_set(path: Path) -> ItemSet:
    return read_as(path, ItemSet)


def _check(document: PlanData, items: Mapping[str, ItemRow], goals: Mapping[str, GoalRow], path: Path) -> None:
    if document.id != path.stem:
        raise InputError(path, "id", document.id, f"the file's name, {path.stem}")
    if not document.page and "page" in {row.basis for row in items.values()} | {row.basis for row in goals.values()}:
        raise InputError(path, "page", "nothing", "the source of the page, as items rest on it")
    unknown = [test for row in items.values() for group in row.tests.values() for test in group]
    for kind, names in (("tests", unknown), ("goals", list(goals))):
        for name in names:
            if name not in common(kind):
                raise InputError(path, kind, name, f"a key of common/{kind}.yaml")


@lru_cache(maxsize=8192)
def tests_without_values(tests: tuple[str, ...], names: frozenset[str]) -> frozenset[str]:
    """Return the tests of which a group of variables has none among the names."""
    table = common("tests")
    return frozenset(test for test in tests if any(not names.intersection(row) for row in table[test]["needs"]))

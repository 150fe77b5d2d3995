"""Recorded adverse events that are pointed out: cytokine release, neurotoxicity, infections, cytopenias, flares.

An event fits a row by its kind, told from its scale or a word of its term; of several rows the most severe counts. It
stands until it is recorded as ended or somebody acknowledges it; a death never ends.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Protocol

from lupercal.programmes.alerts import SEVERITIES, Alert
from lupercal.programmes.plan_data import common

DEATH = 5
"""The grade of a death in CTCAE and by ASTCT."""


class AdverseEvent(Protocol):
    """What an alert needs of a recorded event; ``scale`` is what ``grade`` (0 to 5) is graded by."""

    @property
    def id(self) -> str:
        """Id of the record."""

    @property
    def term(self) -> str:
        """What happened, in the words of whoever recorded it."""

    @property
    def scale(self) -> str:
        """Such as CTCAE, CRS, ICANS or ICAHT."""

    @property
    def grade(self) -> int:
        """On the scale, 0 to 5."""

    @property
    def serious(self) -> bool:
        """Whether it was recorded as serious."""

    @property
    def began_on(self) -> dt.date:
        """First day."""

    @property
    def ended_on(self) -> dt.date | None:
        """Last day; None while it goes on or where nobody knows."""


def event_alerts(events: Iterable[AdverseEvent], start: dt.date, today: dt.date) -> Iterator[Alert]:
    """Yield the alert of each event that is pointed out.

    Parameters
    ----------
    start
        Date of day 0, from which the days of the alerts count.
    today
        The day that is looked at; an event that begins later is not known yet.
    """
    for event in events:
        row = _row_of(event) if event.began_on <= today else None
        if row is not None:
            yield _alert(event, *row, start, today)


def _row_of(event: AdverseEvent) -> tuple[str, Mapping[str, Any]] | None:
    """Return the most severe row that an event fits, of equals the first."""
    fitting = [one for one in common("event_alerts").items() if _fits(one[1], event)]
    return min(fitting, key=lambda one: SEVERITIES.index(one[1]["severity"]), default=None)


def _fits(row: Mapping[str, Any], event: AdverseEvent) -> bool:
    if event.grade < row["grade"] or (row.get("serious", False) and not event.serious):
        return False
    if "kind" not in row:
        return True
    kind = common("event_kinds")[row["kind"]]
    scales = tuple(kind.get("scales", ()))
    return bool(scales and _words(scales).search(event.scale)) or bool(_words(tuple(kind["words"])).search(event.term))


@lru_cache(maxsize=64)
def _words(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds a word by its beginning, in either case: ``infect`` finds Infection, not disinfected."""
    return re.compile("|".join(rf"\b{re.escape(word)}" for word in words), re.IGNORECASE)


def _alert(event: AdverseEvent, key: str, row: Mapping[str, Any], start: dt.date, today: dt.date) -> Alert:
    ended = event.ended_on if event.ended_on is not None and event.ended_on <= today and event.grade < DEATH else None
    serious = ", serious" if event.serious else ""
    return Alert(
        id=key,
        name=row["name"],
        severity=row["severity"],
        day=(event.began_on - start).days,
        value=f"{event.term}, {event.scale} grade {event.grade}{serious}",
        reason=row["reason"],
        certain=True,
        current=ended is None,
        source=row["source"],
        where=row["where"],
        settled="" if ended is None else f"recorded as ended on {ended}",
        settled_day=None if ended is None else (ended - start).days,
        event=event.id,
    )

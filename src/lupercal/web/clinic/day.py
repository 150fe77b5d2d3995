"""The day of the clinic: what is due across all patients, and who is where on the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lupercal.registry.listing import counts_of, listed_patients, names_of
from lupercal.registry.states import state_label
from lupercal.registry.waiting import in_house, waiting_list
from lupercal.registry.work_list import KINDS, WorkItem, WorkKind
from lupercal.web.clinic.access import actor, registry_here, today
from lupercal.web.clinic.states import ON_THE_BOARD
from lupercal.web.clinic.waiting_places import free_weeks, read_clinic_capacity
from lupercal.web.clinic.work import patients_with, standing_out
from lupercal.web.rendering import rendered
from lupercal.web.rights.gate import may
from lupercal.web.workbench import session_of, workbench_of

router = APIRouter()
SHOWN = 60


_MARKS: Mapping[WorkKind, str] = {
    "alert": "stop", "overdue": "late", "due": "due", "settled": "off", "ahead": "off", "incomplete": "unknown",
    "abnormal": "clarify",
}  # fmt: skip
_TILES: Mapping[WorkKind, str] = {
    "alert": "Alerts", "overdue": "Overdue", "due": "Due now", "ahead": "Coming", "settled": "Settled",
}  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Due:
    """One thing to see to: for whom, and how it stands on this day."""

    name: str
    item: WorkItem

    @property
    def mark(self) -> str:
        """The style of its mark; an alert that is not urgent does not look as if it were."""
        if self.item.kind == "alert" and self.item.severity != "urgent":
            return "clarify"
        return _MARKS[self.item.kind]

    def words(self, today: dt.date) -> str:
        """How it stands, in words."""
        if self.item.kind == "alert":
            return self.item.severity
        if self.item.kind == "settled":
            return "settled"
        if self.item.days_late:
            return f"{_days(self.item.days_late)} late"
        ahead = (self.item.first - today).days
        return f"in {_days(ahead)}" if ahead > 0 and self.item.kind == "ahead" else self.item.kind


@router.get("/today")
def work_of_the_day(request: Request, kind: str = "") -> Response:
    """Show alerts, what is overdue, due, and coming, across all patients."""
    now = today()
    work = workbench_of(request).work.on(now)
    items = work.list.items
    if kind in KINDS:
        items = tuple(one for one in items if one.kind == kind)
    names = _names(request, [one.patient for one in items[:SHOWN]])
    due = [Due(names.get(one.patient, one.patient), one) for one in items[:SHOWN]]
    tiles = [(name, title, work.counts.get(name, 0)) for name, title in _TILES.items()]
    more = max(0, len(items) - SHOWN)
    return rendered(request, "clinic/today.html", due=due, tiles=tiles, more=more, kind=kind, now=now)


@router.get("/board")
def board(request: Request) -> Response:
    """Show who is where on the way: rows people, columns steps."""
    registry = registry_here(request)
    people = listed_patients(registry, states=ON_THE_BOARD, limit=SHOWN)
    names = _names(request, [one.id for one in people])
    columns = [(name, state_label(name)) for name in ON_THE_BOARD]
    places = {name: place for place, name in enumerate(ON_THE_BOARD)}
    counts = dict.fromkeys(ON_THE_BOARD, 0) | counts_of(registry)
    work = workbench_of(request).work.on(today()).list
    marks = {name: [Due("", one) for one in items] for name, items in standing_out(work).items()}
    rows = [
        (one.id, names.get(one.id) or one.id, one.programme, places[one.state], one.since, marks.get(one.id, []))
        for one in people
    ]
    unseen = len(set(patients_with(work, "alert")) - {one.id for one in people})
    return rendered(
        request, "clinic/board.html", rows=rows, columns=columns, counts=counts, shown=len(people), unseen=unseen,
        now=today(),
    )  # fmt: skip


@router.get("/waiting")
def waiting_page(request: Request) -> Response:
    """Show who waits for the cells, since when, until which week, and which slots are left."""
    registry, now = registry_here(request), today()
    capacity, ours = read_clinic_capacity(workbench_of(request).settings.folder)
    waiting = waiting_list(registry, capacity, now)
    names = _names(request, [one.patient for one in waiting[:SHOWN]])
    weeks = free_weeks(waiting, in_house(registry), capacity, now)
    return rendered(
        request, "clinic/waiting.html", waiting=waiting[:SHOWN], names=names, weeks=weeks, capacity=capacity, own=ours,
        more=max(0, len(waiting) - SHOWN),
    )  # fmt: skip


def _names(request: Request, patients: list[str]) -> dict[str, str]:
    if not may(session_of(request), "see people"):
        return {}
    return names_of(registry_here(request), list(dict.fromkeys(patients)), by=actor(request))


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"

"""The day of the clinic: what is due across all patients, and who is where on the way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lupercal.registry.listing import count_of, due_tasks, listed, names_of
from lupercal.registry.states import state_label
from lupercal.web.clinic.access import actor, registry_of, today
from lupercal.web.clinic.states import ON_THE_BOARD
from lupercal.web.rendering import rendered
from lupercal.web.rights.gate import may
from lupercal.web.workbench import session_of

router = APIRouter()
SHOWN = 60


@final
@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due: for whom, what, when, and how it stands on this day."""

    patient: str
    name: str
    title: str
    section: str
    date: dt.date
    days: int

    @property
    def state(self) -> str:
        """The style of its mark."""
        return "late" if self.days < 0 else "due" if self.days == 0 else "off"

    @property
    def words(self) -> str:
        """When it is due, from today."""
        if self.days == 0:
            return "today"
        number = abs(self.days)
        told = "1 day" if number == 1 else f"{number} days"
        return f"{told} late" if self.days < 0 else f"in {told}"


@router.get("/today")
def work_list(request: Request) -> Response:
    """Show what is late, due today and due this week, across all patients."""
    registry, now = registry_of(request), today()
    tasks = due_tasks(registry, now - dt.timedelta(days=60), now + dt.timedelta(days=7))
    names = _names(request, [one.patient for one in tasks[:SHOWN]])
    due = [
        Due(one.patient, names.get(one.patient, one.patient), one.title, one.section, one.date, (one.date - now).days)
        for one in tasks[:SHOWN]
        if one.date is not None
    ]
    counts = {
        "Late": sum(1 for one in tasks if one.date and one.date < now),
        "Today": sum(1 for one in tasks if one.date == now),
        "Next 7 days": sum(1 for one in tasks if one.date and one.date > now),
    }
    return rendered(request, "clinic/today.html", due=due, counts=counts, more=max(0, len(tasks) - SHOWN))


@router.get("/board")
def board(request: Request) -> Response:
    """Show who is where on the way: rows people, columns steps."""
    registry = registry_of(request)
    people = listed(registry, states=ON_THE_BOARD, limit=SHOWN)
    names = _names(request, [one.id for one in people])
    columns = [(name, state_label(name)) for name in ON_THE_BOARD]
    places = {name: place for place, name in enumerate(ON_THE_BOARD)}
    counts = {name: count_of(registry, states=[name]) for name in ON_THE_BOARD}
    rows = [(one.id, names.get(one.id) or one.id, one.programme, places[one.state], one.since) for one in people]
    return rendered(request, "clinic/board.html", rows=rows, columns=columns, counts=counts, shown=len(people))


def _names(request: Request, patients: list[str]) -> dict[str, str]:
    if not may(session_of(request), "see people"):
        return {}
    return names_of(registry_of(request), list(dict.fromkeys(patients)), by=actor(request))

"""What is to be seen to today across all patients, worked out anew only when something was written."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

from sqlalchemy import Table, func, select

from lupercal.registry import tables
from lupercal.registry.opened import Registry
from lupercal.registry.work_list import WorkItem, WorkKind, WorkList, work_list

_RESTS_ON: tuple[Table, ...] = (tables.visit, tables.task, tables.plan, tables.patient)
_kept: dict[str, tuple[object, WorkList]] = {}
_working = threading.Lock()


def work_of(registry: Registry, today: dt.date) -> WorkList:
    """Return the work list of a day; the one before is used where nothing that it rests on was written since."""
    place, state = registry.address.shown, _state(registry, today)
    with _working:
        kept = _kept.get(place)
        if kept is not None and kept[0] == state:
            return kept[1]
        found = work_list(registry.memory, today)
        if len(_kept) > _MOST:
            _kept.clear()
        _kept[place] = (state, found)
        return found


_MOST = 8


def patients_with(found: WorkList, kind: str) -> tuple[str, ...]:
    """Return who has something of a kind, or an alert of a severity, in the order of the list."""
    return tuple(dict.fromkeys(one.patient for one in found.items if kind in {one.kind, one.severity}))


def gravest(found: WorkList) -> dict[str, WorkItem]:
    """Return the first thing to see to of each patient: the list begins with the gravest."""
    first: dict[str, WorkItem] = {}
    for one in found.items:
        if one.kind in _GRAVE:
            first.setdefault(one.patient, one)
    return first


_GRAVE: tuple[WorkKind, ...] = ("alert", "overdue", "due")


def _state(registry: Registry, today: dt.date) -> tuple[Any, ...]:
    """Return what changes whenever a record is written on which the list rests."""
    with registry.memory.reading() as connection:
        rows = [
            connection.execute(select(func.count(), func.max(t.c.changed_at)).select_from(t)).one() for t in _RESTS_ON
        ]
    return (today, *(tuple(row) for row in rows))

"""What stands out in the work list: who has something of a kind, and the gravest of each patient."""

from __future__ import annotations

from lupercal.registry.work_list import WorkItem, WorkKind, WorkList


def patients_with(found: WorkList, kind: str) -> tuple[str, ...]:
    """Return who has something of a kind, or an alert of a severity or id, in the order of the list."""
    return tuple(dict.fromkeys(one.patient for one in found.items if kind in {one.kind, one.severity, one.item}))


def gravest(found: WorkList) -> dict[str, WorkItem]:
    """Return the first thing to see to of each patient: the list begins with the gravest."""
    first: dict[str, WorkItem] = {}
    for one in found.items:
        if one.kind in _GRAVE:
            first.setdefault(one.patient, one)
    return first


_GRAVE: tuple[WorkKind, ...] = ("alert", "overdue", "due")

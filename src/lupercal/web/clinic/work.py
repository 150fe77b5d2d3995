"""What stands out in the work list: who has something of a kind, and what the board says of each patient."""

from __future__ import annotations

from lupercal.registry.work_list import WorkItem, WorkKind, WorkList


def patients_with(work: WorkList, kind: str) -> tuple[str, ...]:
    """Return who has something of a kind, or an alert of a severity or id, in the order of the list."""
    return tuple(
        dict.fromkeys(one.patient for one in work.items if kind in {one.kind, _standing(one, one.severity), one.item})
    )


def standing_out(work: WorkList) -> dict[str, tuple[WorkItem, ...]]:
    """Return what the board says of each patient: every alert that stands, and the first of what is overdue or due.

    Alerts of one name are one line. What was settled of late is named only where nothing else is.
    """
    by_patient: dict[str, dict[str, WorkItem]] = {}
    for one in work.items:
        lines = by_patient.setdefault(one.patient, {}) if one.kind in _GRAVE else {}
        if one.kind == "alert":
            lines.setdefault(f"alert {one.title}", one)
        elif one.kind != "settled" or not lines:
            lines.setdefault("other", one)
    return {patient: tuple(lines.values()) for patient, lines in by_patient.items()}


def _standing(one: WorkItem, severity: str) -> str:
    """Return the severity of an alert that stands; nothing of one that is settled."""
    return severity if one.kind == "alert" else ""


_GRAVE: tuple[WorkKind, ...] = ("alert", "overdue", "due", "settled")

"""What is due, overdue, incomplete or abnormal across all patients on a day, by the rules of follow-up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, final

from lupercal.patient.record import Patient
from lupercal.programmes.alerts import SEVERITIES, Alert, Severity, alerts_of
from lupercal.programmes.event_alerts import event_alerts
from lupercal.programmes.follow_up import abnormal, is_visit, visit_statuses
from lupercal.programmes.plan_data import common
from lupercal.programmes.plan_items import PlanItem
from lupercal.registry.many import FollowedPatient, collector_paused, followed_patients
from lupercal.registry.memory import Memory
from lupercal.registry.off_course import off_course
from lupercal.registry.seen_alerts import DatedAlerts, settled_by

WorkKind = Literal["alert", "overdue", "due", "settled", "ahead", "incomplete", "abnormal"]
KINDS: tuple[WorkKind, ...] = ("alert", "overdue", "due", "settled", "ahead", "incomplete", "abnormal")
Rank = tuple[int, int, int, dt.date, str, str]
"""The place of an item in the list."""
_OF_VISIT: dict[str, WorkKind] = {"overdue": "overdue", "due": "due", "done, incomplete": "incomplete"}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """One thing to see to.

    Parameters
    ----------
    kind
        ``overdue`` and ``due`` are planned visits and tasks; ``ahead`` tasks of the days to come; ``incomplete`` visits
        that left a gap; ``abnormal`` values of the newest visit beyond the laboratory's limits; ``alert`` what
        follow-up points out and nothing has settled, recorded events and leaving the band of the kept forecast among
        it; ``settled`` what a later value or an end date took back of late and nobody has acknowledged.
    item, title
        Id and title of the planned line or the alert; empty for ``abnormal``.
    due, first, last
        Date, and the window around it; the day of the visit for what was found there.
    detail
        Tests that are missing, values that are abnormal, the value and reason of an alert.
    severity
        Of an alert; empty otherwise.
    """

    patient: str
    programme: str
    kind: WorkKind
    item: str
    title: str
    due: dt.date
    first: dt.date
    last: dt.date
    days_late: int = 0
    detail: str = ""
    severity: Severity | Literal[""] = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList:
    """What is to be seen to on a day: items in order of kind, severity and lateness.

    ``patients`` were looked at: those with a dated plan, and those with a recorded event.
    """

    today: dt.date
    patients: int
    items: tuple[WorkItem, ...]

    def of_kind(self, *kinds: WorkKind) -> tuple[WorkItem, ...]:
        """Return the items of these kinds."""
        return tuple(one for one in self.items if one.kind in kinds)


def work_list(memory: Memory, today: dt.date, programme: str | None = None) -> WorkList:
    """Return what is due, overdue, incomplete or abnormal across all patients with a dated plan or a recorded event.

    The rules are those of `lupercal.programmes.follow_up`, applied to the plan as it was kept.

    Parameters
    ----------
    today
        The day that is looked at; what was recorded later does not count.
    programme
        Only patients of this programme.
    """
    by_patient = found_work(memory, today, programme)
    items = sorted((item for some in by_patient.values() for item in some), key=rank_of)
    return WorkList(today=today, patients=len(by_patient), items=tuple(items))


def alerts_on(memory: Memory, patient: str, today: dt.date) -> DatedAlerts:
    """Return all alerts of one patient on a day, those that stand and those that are settled, in order."""
    ahead = int(common("settings")["agenda_days"])
    with memory.reading() as connection:
        followed = tuple(followed_patients(connection, today, ahead, patients=(patient,)))
        left = off_course(memory, connection, followed, today)
        every = tuple(alert for one in followed for alert in _alerts(one, today, left))
        return DatedAlerts(every, followed[0].start if followed else today)


def found_work(
    memory: Memory, today: dt.date, programme: str | None = None, patients: Collection[str] | None = None
) -> dict[str, tuple[WorkItem, ...]]:
    """Return what is to be seen to by patient, of some patients where they are named."""
    ahead = int(common("settings")["agenda_days"])
    with collector_paused(), memory.database.held(), memory.reading() as connection:
        followed = tuple(followed_patients(connection, today, ahead, programme, patients))
        left = off_course(memory, connection, followed, today)
        return {one.patient.id: tuple(_of_patient(one, today, ahead, left)) for one in followed}


def rank_of(one: WorkItem) -> Rank:
    """Return by what the list is in order: kind, severity, lateness, date."""
    return _KIND_RANK[one.kind], _SEVERITY_RANK[one.severity], -one.days_late, one.due, one.patient, one.item


_KIND_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_SEVERITY_RANK = {severity: rank for rank, severity in enumerate((*SEVERITIES, ""))}


def _of_patient(
    followed: FollowedPatient, today: dt.date, ahead: int, left: Mapping[str, tuple[Alert, ...]]
) -> Iterator[WorkItem]:
    day = (today - followed.start).days
    yield from _of_visits(followed, day)
    for item in followed.open_items:
        if not item.note and item.section != "monitoring" and item.day <= day + ahead and not is_visit(item):
            yield _of_task(followed, item, day)
    alerts = _alerts(followed, today, left)
    yield from (_of_alert(followed, one) for one in alerts if one.current)
    yield from (_of_settled(followed, one) for one in _settled_of_late(alerts, day))
    yield from _newest(followed, followed.patient, day)


def _of_visits(followed: FollowedPatient, day: int) -> Iterator[WorkItem]:
    """Yield planned visits that are due, overdue or left a gap; one that is marked as done or skipped is none."""
    for status in visit_statuses(followed.patient, followed.open_items, followed.start, day, values=False):
        kind = _OF_VISIT.get(status.state)
        if kind is not None:
            yield WorkItem(
                patient=followed.patient.id, programme=followed.programme, kind=kind, item=status.item,
                title=status.title, due=status.due, first=status.first, last=status.last, days_late=status.days_late,
                detail=", ".join(status.missing),
            )  # fmt: skip


def _of_task(followed: FollowedPatient, item: PlanItem, day: int) -> WorkItem:
    """Return a task that is no visit and that nobody marked; notes and windows of watching are none."""
    first = followed.start + dt.timedelta(days=item.day)
    last = first if item.last_day == item.day else followed.start + dt.timedelta(days=item.last_day)
    late = max(0, day - item.last_day)
    kind: WorkKind = "overdue" if late else "ahead" if item.day > day else "due"
    return WorkItem(
        patient=followed.patient.id, programme=followed.programme, kind=kind, item=item.id, title=item.title, due=first,
        first=first, last=last, days_late=late,
    )  # fmt: skip


def _of_alert(followed: FollowedPatient, alert: Alert) -> WorkItem:
    when = followed.start + dt.timedelta(days=alert.day)
    return WorkItem(
        patient=followed.patient.id, programme=followed.programme, kind="alert", item=alert.id, title=alert.name,
        due=when, first=when, last=when, detail=f"{alert.value}: {alert.reason}", severity=alert.severity,
    )  # fmt: skip


def _alerts(followed: FollowedPatient, today: dt.date, left: Mapping[str, tuple[Alert, ...]]) -> tuple[Alert, ...]:
    """Return what values, recorded events and the kept forecast point out; what was acknowledged is settled."""
    day = (today - followed.start).days
    of_values = alerts_of(followed.patient, followed.families, day) if followed.programme else ()
    of_events = event_alerts(followed.events, followed.start, today)
    of_bands = left.get(followed.patient.id, ())
    return settled_by((*of_values, *of_events, *of_bands), followed.seen, followed.start)


def _settled_of_late(alerts: Sequence[Alert], day: int) -> Iterator[Alert]:
    """Yield what was settled within the days of the settings and not acknowledged, the newest of each kind.

    Where an alert of the same kind stands, that one is shown.
    """
    earliest = day - int(common("settings")["settled_days"])
    newest: dict[tuple[str, str, str], Alert] = {}
    for alert in sorted(alerts, key=lambda one: (one.current, one.day)):
        newest[alert.id, alert.where, alert.event] = alert
    for alert in newest.values():
        if not (alert.current or alert.seen) and alert.settled_day is not None and alert.settled_day >= earliest:
            yield alert


def _of_settled(followed: FollowedPatient, alert: Alert) -> WorkItem:
    return replace(_of_alert(followed, alert), kind="settled", detail=f"{alert.value}; settled: {alert.settled}")


def _newest(followed: FollowedPatient, patient: Patient, day: int) -> Iterator[WorkItem]:
    visit = next((one for one in reversed(patient.visits) if one.day <= day), None)
    beyond = "; ".join(abnormal(patient, visit)) if visit is not None else ""
    if visit is not None and beyond:
        when = followed.start + dt.timedelta(days=visit.day)
        yield WorkItem(
            patient=patient.id, programme=followed.programme, kind="abnormal", item="", title="Newest visit", due=when,
            first=when, last=when, detail=beyond,
        )  # fmt: skip

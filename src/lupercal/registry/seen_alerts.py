"""Alerts that somebody has seen: acknowledging one, and telling which alerts are settled that way.

An acknowledgement settles an alert as it stood: by the value of that day, or by the event as it was recorded. What is
recorded later raises its own alert, and so does another value of the same day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from sqlalchemy import Connection, select

from lupercal.errors import InputError
from lupercal.programmes.alerts import Alert, alerts_in_order
from lupercal.registry import tables
from lupercal.registry.care_records import AcknowledgementRecord, AdverseEventRecord
from lupercal.registry.opened import Registry
from lupercal.registry.refusals import RefusedError
from lupercal.registry.values import parted


@final
@dataclass(frozen=True, slots=True)
class DatedAlerts:
    """The alerts of a patient as they stand on a day, with the date of the day 0 from which their days count."""

    alerts: tuple[Alert, ...]
    start: dt.date

    def date_of(self, alert: Alert) -> dt.date:
        """Return the date on which an alert rests."""
        return self.start + dt.timedelta(days=alert.day)


def settled_by(alerts: Sequence[Alert], seen: Iterable[AcknowledgementRecord], start: dt.date) -> tuple[Alert, ...]:
    """Return alerts in order, those that somebody has acknowledged as settled; their days count from ``start``."""
    newest = {_key(one.alert, one.event, one.found_on, one.value): one for one in seen}
    keys = (_key(one.id, one.event, start + dt.timedelta(days=one.day), one.value) for one in alerts)
    return alerts_in_order([_told(one, newest.get(key)) for one, key in zip(alerts, keys, strict=True)])


def acknowledge(
    registry: Registry, patient: str, alerts: DatedAlerts, *, alert: str, about: str, note: str, by: str
) -> AcknowledgementRecord:
    """Keep that somebody has seen an alert, and what was done.

    Parameters
    ----------
    alerts
        The alerts of the patient as they stand now.
    alert, about
        Id of the alert, and what it rests on as `about_of` says it: only what was shown can be acknowledged.
    note
        What was done or decided, in words.

    Raises
    ------
    RefusedError
        If no such alert stands, or nothing is said of what was done.
    """
    what = f"acknowledge {alert}"
    if not note.strip():
        raise RefusedError(what, "what was done or decided is needed, in a word or two")
    standing = next((one for one in alerts.alerts if one.current and one.id == alert and about_of(one) == about), None)
    if standing is None:
        raise RefusedError(what, "no such alert stands; it was settled or its value was changed in between")
    made = AcknowledgementRecord(
        patient=patient, alert=standing.id, found_on=alerts.date_of(standing), value=standing.value,
        event=standing.event, note=note.strip()[:1000],
    )  # fmt: skip
    return registry.acknowledgements.add(made, by=by)


def standing_alerts(alerts: DatedAlerts, asked: str) -> tuple[Alert, ...]:
    """Return the alerts that stand under an id or a name.

    Raises
    ------
    InputError
        If none does; those that stand are named.
    """
    open_ones = [one for one in alerts.alerts if one.current]
    chosen = tuple(one for one in open_ones if asked in {one.id, one.name})
    if not chosen:
        names = ", ".join(dict.fromkeys(one.id for one in open_ones)) or "none stands"
        raise InputError("ALERT", "", asked, f"an alert that stands: {names}")
    return chosen


def about_of(alert: Alert) -> str:
    """Return what an alert rests on: a recorded event as it stands, or the value of a day."""
    return f"{alert.event or alert.day}: {alert.value}"


def _key(alert: str, event: str, found_on: dt.date, value: str) -> tuple[str, str, str]:
    """Return what an acknowledgement and an alert agree in; the date stays where day 0 is moved."""
    return alert, event or found_on.isoformat(), value


def _told(alert: Alert, seen: AcknowledgementRecord | None) -> Alert:
    if seen is None:
        return alert
    on = "" if seen.changed_at is None else f" on {seen.changed_at.date()}"
    words = f"acknowledged by {seen.changed_by}{on}{f': {seen.note}' if seen.note else ''}"
    return replace(alert, current=False, seen=True, settled="; ".join(filter(None, (alert.settled, words))))


def events_by_patient(
    connection: Connection, patients: Sequence[str] | None
) -> Mapping[str, tuple[AdverseEventRecord, ...]]:
    """Return the adverse events of patients (of all, where None) by patient, without the notes, which are encrypted."""
    return _by_patient(connection, AdverseEventRecord, tables.adverse_event, _EVENT, patients)


def seen_by_patient(
    connection: Connection, patients: Sequence[str] | None
) -> Mapping[str, tuple[AcknowledgementRecord, ...]]:
    """Return the acknowledged alerts of patients (of all, where None) by patient, without the notes."""
    return _by_patient(connection, AcknowledgementRecord, tables.acknowledgement, _SEEN, patients)


_EVENT = ("id", "patient", "term", "scale", "grade", "began_on", "ended_on", "serious")
_SEEN = ("id", "patient", "alert", "found_on", "value", "event", "changed_by")


def _by_patient(
    connection: Connection, record: type[Any], table: Any, names: Sequence[str], patients: Sequence[str] | None
) -> dict[str, tuple[Any, ...]]:
    by_patient: dict[str, tuple[Any, ...]] = {}
    for row in _rows(connection, table, names, patients):
        made = record(**dict(zip(names, row, strict=True)))
        by_patient[made.patient] = (*by_patient.get(made.patient, ()), made)
    return by_patient


def _rows(connection: Connection, table: Any, names: Sequence[str], patients: Sequence[str] | None) -> Iterator[Any]:
    query = select(*(table.c[name] for name in names)).where(table.c.struck_at.is_(None))
    parts = [None] if patients is None else parted(list(patients))
    for part in parts:
        chosen = query if part is None else query.where(table.c.patient.in_(part))
        yield from connection.execute(chosen.order_by(table.c.changed_at, table.c.id))

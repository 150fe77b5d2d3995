"""Values and recorded events that a follow-up points out, each with severity, reason and source.

Nothing here is a diagnosis or a grade. An alert stands until a newer value of the same variable certainly takes it
back, an event has ended, or somebody acknowledges it (`lupercal.registry`); what settled it is told. A visit without
the variable, a value that a bound leaves open, and a window that has passed settle nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, final

from lupercal.patient.record import Patient, Visit
from lupercal.programmes.alert_rules import AlertRow, clears, fires
from lupercal.programmes.plan import Plan
from lupercal.programmes.plan_data import common
from lupercal.rules.measured import told
from lupercal.therapy.registry import product

Severity = Literal["urgent", "warning", "notice"]
SEVERITIES: tuple[Severity, ...] = ("urgent", "warning", "notice")


@final
@dataclass(frozen=True, slots=True)
class Alert:
    """A value or an event pointed out.

    ``certain`` is false where a bound such as ``<5`` leaves it open; ``current`` says whether it stands, ``settled``
    what took it back, in words, empty while it stands; ``settled_day`` since when. ``event`` is the id of a recorded
    event, empty for a value; ``seen`` says whether somebody has acknowledged it.
    """

    id: str
    name: str
    severity: Severity
    day: int
    value: str
    reason: str
    certain: bool
    current: bool
    source: str
    where: str
    settled: str = ""
    settled_day: int | None = None
    event: str = ""
    seen: bool = False


def alerts(patient: Patient, plan: Plan, until: int) -> tuple[Alert, ...]:
    """Return all alerts of the visits up to day ``until``, those that stand first, then by severity, newest first."""
    return alerts_of(patient, {product(dose.product).family for dose in plan.expansion.doses}, until)


def alerts_of(patient: Patient, families: Collection[str], until: int) -> tuple[Alert, ...]:
    """Return all alerts of the visits up to day ``until`` for products of these families."""
    measured = _measured(patient, until)
    rows = _rows_for(frozenset(families))
    return alerts_in_order(
        [one for key, row in rows for one in _of(key, row, patient, measured.get(row["variable"], ()))]
    )


def alerts_in_order(raised: Collection[Alert]) -> tuple[Alert, ...]:
    """Return alerts in order: those that stand first, the most severe and the newest first."""
    return tuple(
        sorted(raised, key=lambda one: (not one.current, SEVERITIES.index(one.severity), -one.day, one.id, one.event))
    )


@lru_cache(maxsize=64)
def _rows_for(families: frozenset[str]) -> tuple[tuple[str, AlertRow], ...]:
    """Return the rows of the table that apply to products of these families."""
    rows = common("alerts").items()
    return tuple((key, row) for key, row in rows if not row.get("families") or families & set(row["families"]))


@lru_cache(maxsize=1)
def _watched() -> frozenset[str]:
    return frozenset(row["variable"] for row in common("alerts").values())


def _measured(patient: Patient, until: int) -> Mapping[str, Sequence[Visit]]:
    """Return the visits up to a day that have a value of each variable that any row watches, in order of day."""
    visits: dict[str, list[Visit]] = {}
    for visit in patient.visits:
        if visit.day <= until:
            for name in _watched() & visit.values.keys():
                visits.setdefault(name, []).append(visit)
    return visits


def _of(key: str, row: AlertRow, patient: Patient, visits: Sequence[Visit]) -> Iterator[Alert]:
    """Yield the alerts of one row: of each run of findings the last one stands, until a value takes it back."""
    standing: list[Alert] = []
    for visit in visits:
        truth = fires(row, patient, visit)
        if truth is not False:
            standing = [*standing, _alert(key, row, visit, certain=truth is True)]
        elif standing and visit.day > standing[-1].day and clears(row, patient, visit, standing[0].day):
            value = told(row["variable"], visit.values[row["variable"]])
            yield from (_settled(one, f"{value}, day {visit.day}", visit.day) for one in standing)
            standing = []
    for earlier in standing[:-1]:
        yield _settled(earlier, f"pointed out again, day {standing[-1].day}", standing[-1].day)
    yield from standing[-1:]


def _settled(alert: Alert, by: str, day: int) -> Alert:
    return replace(alert, current=False, settled=by, settled_day=day)


def _alert(key: str, row: AlertRow, visit: Visit, *, certain: bool) -> Alert:
    return Alert(
        id=key,
        name=row["name"],
        severity=row["severity"],
        day=visit.day,
        value=told(row["variable"], visit.values[row["variable"]]),
        reason=row["reason"] if certain else f"{row['reason']}; the recorded bound leaves it open",
        certain=certain,
        current=True,
        source=row["source"],
        where=row["where"],
    )

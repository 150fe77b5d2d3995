"""Values that a follow-up points out, each with severity, reason and source. Nothing here is a diagnosis or a grade."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, final

from lupercal.patient.record import Measurement, Patient, Visit
from lupercal.programmes.plan import Plan
from lupercal.programmes.plan_data import common
from lupercal.rules.measured import Truth, above, before, below, newest_measured, not_, told
from lupercal.therapy.registry import product

Severity = Literal["urgent", "warning", "notice"]
SEVERITIES: tuple[Severity, ...] = ("urgent", "warning", "notice")

SLACK = 1e-9  # of a limit: what a product of two decimal numbers can be off


@final
@dataclass(frozen=True, slots=True)
class Alert:
    """A value pointed out.

    ``certain`` is false where a bound such as ``<5`` leaves it open; ``current`` says whether the newest value of the
    variable is still one to point out.
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


def alerts(patient: Patient, plan: Plan, until: int) -> tuple[Alert, ...]:
    """Return all alerts of the visits from day 0 to ``until``, the most severe and newest first."""
    return alerts_of(patient, {product(dose.product).family for dose in plan.expansion.doses}, until)


def alerts_of(patient: Patient, families: Collection[str], until: int) -> tuple[Alert, ...]:
    """Return all alerts of the visits from day 0 to ``until`` for products of these families."""
    visits = [visit for visit in patient.visits if 0 <= visit.day <= until]
    fired = [alert for key, row in _rows_for(frozenset(families)) for alert in _of(key, row, patient, visits)]
    return tuple(sorted(fired, key=lambda one: (SEVERITIES.index(one.severity), not one.current, -one.day, one.id)))


def current_alerts(patient: Patient, families: frozenset[str], until: int) -> Iterator[Alert]:
    """Yield the alerts that the newest value of their variable still gives, as `alerts_of` calls them current."""
    newest = {name: visit for visit in patient.visits if 0 <= visit.day <= until for name in visit.values}
    for key, row in _rows_for(families):
        visit = newest.get(row["variable"])
        truth = False if visit is None else _fires(row, patient, visit)
        if visit is not None and truth is not False:
            yield _alert(key, row, visit, certain=truth is True, current=True)


@lru_cache(maxsize=64)
def _rows_for(families: frozenset[str]) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Return the rows of the table that apply to products of these families."""
    rows = common("alerts").items()
    return tuple((key, row) for key, row in rows if not row.get("families") or families & set(row["families"]))


def _of(key: str, row: Mapping[str, Any], patient: Patient, visits: list[Visit]) -> Iterator[Alert]:
    name = row["variable"]
    last = newest_measured(visits, name)
    for visit in visits:
        truth = _fires(row, patient, visit)
        if truth is not False and last is not None:
            certain = truth is True
            current = visit.day == last[0]
            yield _alert(key, row, visit, certain=certain, current=current)


def _alert(key: str, row: Mapping[str, Any], visit: Visit, *, certain: bool, current: bool) -> Alert:
    return Alert(
        id=key,
        name=row["name"],
        severity=row["severity"],
        day=visit.day,
        value=told(row["variable"], visit.values[row["variable"]]),
        reason=row["reason"] if certain else f"{row['reason']}; the recorded bound leaves it open",
        certain=certain,
        current=current,
        source=row["source"],
        where=row["where"],
    )


def _fires(row: Mapping[str, Any], patient: Patient, visit: Visit) -> Truth:
    """Return whether a visit's value is one to point out; false where there is no value or the day is another."""
    measured = visit.values.get(row["variable"])
    first, last = row.get("days", (-36525, 36525))
    if measured is None or not first <= visit.day <= last:
        return False
    rule, limit = row["rule"], row.get("limit", 0.0)
    if rule == "present":
        return measured.value > 0
    if rule in ("below", "at_least"):
        return below(measured, limit) if rule == "below" else not_(below(measured, limit))
    if rule == "rise":
        return visit.day > 0 and _rise(measured, before(patient, row["variable"], visit.day), limit)
    return _multiple(measured, before(patient, row["variable"]), limit)


def _rise(measured: Measurement, earlier: Measurement | None, limit: float) -> Truth:
    """Return whether a value is above the limit and above the one before; without one before, above the limit."""
    if not above(measured, limit):
        return False
    return True if earlier is None or above(measured, earlier.high) else not_(_no_more(measured, earlier))


def _no_more(measured: Measurement, earlier: Measurement) -> Truth:
    return True if measured.high <= earlier.low else None


def _multiple(measured: Measurement, earlier: Measurement | None, times: float) -> Truth:
    """Return whether a value is at least so many times an exact earlier one; false without one."""
    if earlier is None or earlier.censored or earlier.value <= 0:
        return False
    return not_(below(measured, times * earlier.value * (1 - SLACK)))

"""When a value is one to point out, and when a later value of the same variable takes that back.

Both answers are asked apart, so that a value that is merely no new finding never takes an older finding back: protein
in the urine that rose and stayed up is no new rise, and still no reason to look away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lupercal.patient.record import Measurement, Patient, Visit
from lupercal.programmes.plan_data import common
from lupercal.rules.measured import Truth, above, all_measured, before, below, measured_at_most, not_

AlertRow = Mapping[str, Any]
SLACK = 1e-9  # of a limit: what a product of two decimal numbers can be off


def fires(row: AlertRow, patient: Patient, visit: Visit) -> Truth:
    """Return whether a visit's value is one to point out; false where there is no value or the day is another."""
    measured = visit.values.get(row["variable"])
    first, last = row.get("days", (0, 36525))
    if measured is None or not first <= visit.day <= last:
        return False
    if row["rule"] == "rise":
        return visit.day > 0 and _rise(measured, before(patient, row["variable"], visit.day), row["limit"])
    return _found(row, patient, visit, measured)


def clears(row: AlertRow, patient: Patient, visit: Visit, began: int) -> bool:
    """Return whether a visit's value certainly takes back what was pointed out since the day ``began``.

    The days of the row do not matter here: a window that has passed makes no value harmless.
    """
    measured = visit.values[row["variable"]]
    if row["rule"] == "rise":
        earlier = before(patient, row["variable"], began)
        back = earlier is not None and measured.high <= earlier.low
        return back or measured_at_most(measured, row["limit"]) is True
    if row["rule"] == "fall":
        return below(measured, row["limit"]) is False
    return _found(row, patient, visit, measured) is False


def _found(row: AlertRow, patient: Patient, visit: Visit, measured: Measurement) -> Truth:
    rule, limit = row["rule"], row.get("limit", 0.0)
    if rule == "present":
        return measured.value > 0
    if rule in ("below", "at_least"):
        return below(measured, limit) if rule == "below" else not_(below(measured, limit))
    if rule == "fall":
        return all_measured((below(measured, limit), _fallen(row, patient, visit, measured)))
    return _multiple(measured, _reference(patient, row["variable"], visit.day), limit)


def _rise(measured: Measurement, earlier: Measurement | None, limit: float) -> Truth:
    """Return whether a value is above the limit and above the one before; without one before, above the limit."""
    higher = not_(measured_at_most(measured, limit))
    if higher is False or earlier is None or above(measured, earlier.high):
        return higher
    return False if measured.high <= earlier.low else None


def _fallen(row: AlertRow, patient: Patient, visit: Visit, measured: Measurement) -> Truth:
    """Return whether a value is at most the row's share of one measured within so many days before."""
    earliest = visit.day - row["within_days"]
    highest = [
        earlier.values[row["variable"]]
        for earlier in patient.visits
        if earliest <= earlier.day < visit.day and row["variable"] in earlier.values
    ]
    answers = [_at_most_share(measured, earlier, row["share"]) for earlier in highest]
    return True if True in answers else None if None in answers else False


def _at_most_share(measured: Measurement, earlier: Measurement, share: float) -> Truth:
    if measured.high <= share * earlier.low * (1 + SLACK):
        return True
    return False if measured.low > share * earlier.high * (1 + SLACK) else None


def _reference(patient: Patient, name: str, day: int) -> Sequence[Measurement]:
    """Return what a value is compared with; the lowest of them counts, so that an early high value hides no later one.

    They are the values of the days before day 0, else the last one before these, else all earlier ones since day 0.
    """
    earlier = [(visit.day, visit.values[name]) for visit in patient.visits if visit.day < day and name in visit.values]
    first = -int(common("settings")["baseline_days"])
    before_treatment = [measured for when, measured in earlier if first <= when <= 0]
    long_before = [measured for when, measured in earlier if when < first]
    return before_treatment or long_before[-1:] or [measured for _, measured in earlier]


def _multiple(measured: Measurement, earlier: Sequence[Measurement], times: float) -> Truth:
    """Return whether a value is at least so many times the lowest of earlier ones; false where there is none."""
    if not earlier:
        return False
    low, high = (min(ends) for ends in ([one.low for one in earlier], [one.high for one in earlier]))
    if measured.low >= times * high * (1 - SLACK) > 0:
        return True
    return False if measured.high < times * max(low, 0.0) * (1 - SLACK) else None

"""Values whose day is known only as an interval: of a visit where its window holds the interval, else kept apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from lupercal.exchange.fhir.code_tables import system_table
from lupercal.exchange.fhir.dates import DateInterval
from lupercal.exchange.fhir.ledger import FoundValue, ImportLedger
from lupercal.exchange.import_report import Verdict


def apart_from_visits(values: Sequence[FoundValue]) -> tuple[list[FoundValue], list[FoundValue]]:
    """Return the values whose day is known, and the others."""
    dated = [one for one in values if one.when.exact and not one.apart]
    return dated, [one for one in values if one.apart or not one.when.exact]


def within_a_visit(
    undated: Sequence[FoundValue], dated: Sequence[FoundValue], ledger: ImportLedger
) -> tuple[list[FoundValue], list[FoundValue]]:
    """Return the undated values that a visit may count, on its day and with a warning, and those that stay apart.

    A visit counts what was found on its day or in the days before it that SLEDAI-2K counts. An interval that lies
    wholly within them needs no guess: whichever day it was, the visit counts it. It stays apart where the visit has a
    value of its own, or where two such values differ by their interval alone.
    """
    taken = {(one.when.low, one.variable) for one in dated}
    days = sorted({one.when.low for one in dated if not one.visit or ledger.visits[one.visit].date})
    places = [None if one.apart else _day_of_visit(one.when, days) for one in undated]
    rivals = Counter((day, one.variable) for day, one in zip(places, undated, strict=True))
    within, apart = [], []
    for day, finding in zip(places, undated, strict=True):
        if day is None or (day, finding.variable) in taken or rivals[day, finding.variable] > 1:
            apart.append(finding)
        else:
            finding.warns = (
                *finding.warns,
                f"dated {finding.when.in_words()}: within the days that the visit of {day} counts",
            )
            finding.when = DateInterval(day, day)
            within.append(finding)
    return within, apart


def _day_of_visit(when: DateInterval, days: Sequence[date]) -> date | None:
    window = timedelta(days=system_table()["visit_window_days"])
    return next((day for day in days if when.high <= day and day - window <= when.low), None)


def undated_rows(values: Sequence[FoundValue], ledger: ImportLedger) -> list[dict[str, Any]]:
    """Return values without a day as a patient file writes them, and tell what became of each."""
    rows = []
    for finding in values:
        first, last = finding.when.low.isoformat(), finding.when.high.isoformat()
        sign = finding.value.comparator if finding.value.censored else ""
        became = f"undated {first} to {last}: {finding.variable} {sign}{finding.value.value:g}"
        reason = "its day is not known, and none is made up: kept apart from the visits"
        verdict: Verdict = "used" if finding.apart else "warned"
        ledger.tell_at(
            finding.order, verdict, finding.place, finding.found, "; ".join((*finding.warns, reason)), became
        )
        rows.append({"variable": finding.variable, "value": finding.value, "first_date": first, "last_date": last})
    return rows

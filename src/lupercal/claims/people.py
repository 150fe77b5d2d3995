"""People behind a printed figure: how many had the event, of how many."""

from __future__ import annotations

from lupercal.evidence.study_records import Row

NEAR = 0.05
"""Less than so far from a whole number a number of people is that number: printed shares are rounded."""


def people_counted(row: Row) -> tuple[float, int] | None:
    """Return people with the event and people, of a share or a count of people; None where either is unknown."""
    if row.n is None or not row.n:
        return None
    if row.statistic == "share" and row.value is not None:
        return (row.events if row.events is not None else row.value * row.n / 100), row.n
    if row.statistic == "count" and row.unit == "{patients}" and row.value is not None and row.value <= row.n:
        return row.value, row.n
    return None


def whole_people(row: Row, people: float) -> int | None:
    """Return a number of people as a whole one; None where it was worked out from a share and is near none."""
    near = abs(people - round(people)) < NEAR
    return round(people) if near or row.events is not None else None

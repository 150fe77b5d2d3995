"""Values of visits as rows: the one that holds now is the one without an end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, select

from lupercal.patient.record import Attribution, Measurement
from lupercal.registry import tables

MANY = 500
"""How many ids are asked for at once; databases limit the parameters of a query."""


def value_row(
    visit: str, name: str, one: Measurement | None, cause: str | None, since: str, by: str, why: bytes | None
) -> dict[str, Any]:
    """Return a value as a row; a value that was taken out is one without a number."""
    return {
        "visit": visit, "variable": name, "value": None if one is None else one.value,
        "comparator": "=" if one is None else one.comparator, "given": None if one is None else one.given,
        "attribution": cause, "since": since, "until": None, "changed_by": by, "why": why,
    }  # fmt: skip


def current_values(
    connection: Connection, visits: Sequence[str]
) -> dict[str, tuple[dict[str, Measurement], dict[str, Attribution]]]:
    """Return the values that hold now and what they are put down to, by visit."""
    by_visit: dict[str, tuple[dict[str, Measurement], dict[str, Attribution]]] = defaultdict(lambda: ({}, {}))
    table = tables.value.c
    columns = (table.visit, table.variable, table.value, table.comparator, table.given, table.attribution)
    for part in parted(visits):
        query = select(*columns).where(
            table.visit.in_(part), table.until.is_(None), table.value.is_not(None)
        ).order_by(table.number)  # fmt: skip
        for visit, name, value, comparator, given, cause in connection.execute(query):
            by_visit[visit][0][name] = Measurement(value, comparator, given)
            if cause is not None:
                by_visit[visit][1][name] = cause
    return by_visit


def parted(names: Iterable[str]) -> Iterator[list[str]]:
    """Yield names in parts of at most `MANY`."""
    rest = list(names)
    for first in range(0, len(rest), MANY):
        yield rest[first : first + MANY]

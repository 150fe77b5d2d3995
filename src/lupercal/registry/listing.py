"""Lists of patients without opening their records: who, where on the way, since when, in which programme."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from sqlalchemy import func, select

from lupercal.registry import tables
from lupercal.registry.opened import Registry
from lupercal.registry.records import State

_PATIENT = tables.patient.c


@final
@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a list; nothing of it is encrypted, so thousands are read at once."""

    id: str
    state: State
    since: dt.date
    programme: str


def listed_patients(
    registry: Registry,
    *,
    states: Sequence[State] = (),
    ids: Sequence[str] | None = None,
    start: int = 0,
    limit: int | None = None,
) -> tuple[Listed, ...]:
    """Return lines in these states (any, where none is named) or of these ids, the latest change of state first."""
    columns = (_PATIENT.id, _PATIENT.state, _PATIENT.state_since, _PATIENT.programme)
    query = select(*columns).where(*_conditions(states, ids)).order_by(_PATIENT.state_since.desc(), _PATIENT.id)
    with registry.memory.reading() as connection:
        rows = connection.execute(query.offset(start).limit(limit)).all()
    return tuple(Listed(row.id, row.state, row.state_since, row.programme or "") for row in rows)


def count_of(registry: Registry, *, states: Sequence[State] = ()) -> int:
    """Return how many lines such a list has."""
    with registry.memory.reading() as connection:
        query = select(func.count()).select_from(tables.patient).where(*_conditions(states, None))
        return int(connection.execute(query).scalar_one())


def names_of(registry: Registry, patients: Sequence[str], *, by: str) -> dict[str, str]:
    """Return the names of some patients; that they were looked at is one line in the audit for each of them."""
    people = registry.patients.identities_of(patients, by=by, why="list of patients")
    return {name: one.name for name, one in people.items()}


def counts_of(registry: Registry) -> dict[State, int]:
    """Return how many patients are in each state."""
    query = select(_PATIENT.state, func.count()).where(*_conditions((), None)).group_by(_PATIENT.state)
    with registry.memory.reading() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def _conditions(states: Sequence[State], ids: Sequence[str] | None) -> list[Any]:
    conditions: list[Any] = [_PATIENT.erased_at.is_(None)]
    if states:
        conditions.append(_PATIENT.state.in_(list(states)))
    if ids is not None:
        conditions.append(_PATIENT.id.in_(list(ids)))
    return conditions

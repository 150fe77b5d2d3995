"""One page of the list of patients: who, where on the way, since when, what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import final

from lupercal.registry.listing import Listed, count_of, listed_patients, names_of
from lupercal.registry.opened import Registry
from lupercal.registry.records import State
from lupercal.registry.states import state_label

PAGE = 50


@final
@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person in the list."""

    id: str
    name: str
    state: State
    label: str
    since: dt.date
    programme: str


@final
@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some rows of a longer list, from the place ``start`` on."""

    rows: tuple[PersonRow, ...]
    start: int
    all: int

    @property
    def next(self) -> int | None:
        """Place of the first row of the next page; None on the last."""
        return self.start + PAGE if self.start + PAGE < self.all else None

    @property
    def before(self) -> int | None:
        """Place of the first row of the page before; None on the first."""
        return max(0, self.start - PAGE) if self.start else None


def page_of(registry: Registry, states: Sequence[State], start: int, *, by: str, names: bool) -> PeoplePage:
    """Return a page of the list; names only where they may be seen, which the audit notes."""
    heads = listed_patients(registry, states=states, start=start, limit=PAGE)
    names_by_id = names_of(registry, [one.id for one in heads], by=by) if names else {}
    return PeoplePage(_rows(heads, names_by_id), start, count_of(registry, states=states))


def page_with(registry: Registry, ids: Sequence[str], start: int, *, by: str, names: bool) -> PeoplePage:
    """Return a page of some patients in the order in which they are given."""
    part = ids[start : start + PAGE]
    heads = {one.id: one for one in listed_patients(registry, ids=list(part))}
    names_by_id = names_of(registry, list(part), by=by) if names else {}
    return PeoplePage(_rows((heads[one] for one in part if one in heads), names_by_id), start, len(ids))


def found_by_name(registry: Registry, text: str, *, by: str) -> PeoplePage:
    """Return the people whose name or number holds a text, at most one page."""
    people = registry.patients.named(text, by=by)
    names_by_id = {one.patient: one.name for one in people[:PAGE]}
    heads = listed_patients(registry, ids=list(names_by_id), limit=PAGE)
    return PeoplePage(_rows(heads, names_by_id), 0, len(heads))


def _rows(heads: Iterable[Listed], names: dict[str, str]) -> tuple[PersonRow, ...]:
    return tuple(
        PersonRow(one.id, names.get(one.id) or one.id, one.state, state_label(one.state), one.since, one.programme)
        for one in heads
    )

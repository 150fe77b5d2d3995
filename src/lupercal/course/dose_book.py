"""The doses of every day of a stay as they stand: what is planned, and what was decided on the way.

A level has one row for each span of days on which nobody's dose changes and one column per person, so that decisions
that differ between people need no groups of drugs. Only inputs that somebody decides on are written out; the others
stay in the plan.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.plan import DrugPlan
from lupercal.model.schedule import Amount, Bolus, Factor, InputChange

Array = NDArray[np.float64]
Days = NDArray[np.int64]
People = NDArray[np.intp]


@final
class InputSpans:
    """What people take of one input, by spans of days, each table (spans, people); the last span ends on day ``last``.

    Tables are ``level``, all that is taken; ``standing``, what is taken apart from courses and pulses; and, where there
    is any, ``pulses``, what a regimen gives for a while, and ``held``, what is taken again after a pause.
    """

    def __init__(self, begins: list[int], last: int, planned: Array) -> None:
        self.begins, self.last = begins, last
        self.tables = {"level": planned.copy(), "standing": planned}

    def table(self, name: str, empty: float) -> Array:
        """Return a table, to be written to; filled with ``empty`` where it was not there."""
        if name not in self.tables:
            self.tables[name] = np.full_like(self.tables["level"], empty)
        return self.tables[name]

    def between(self, day: int, end: int) -> slice:
        """Return the rows of the days from ``day`` to before ``end``; spans are cut there, which makes new tables."""
        for cut in (day, end) if day < end else ():
            self._cut(cut)
        return slice(bisect_left(self.begins, day), bisect_left(self.begins, end))

    def row(self, day: int) -> int:
        """Return the row of a day."""
        return bisect_right(self.begins, day) - 1

    def forget_before(self, day: int) -> None:
        """Let go of the spans that end before a day."""
        row = self.row(day)
        if row > 0:
            self.begins = self.begins[row:]
            self.tables = {name: table[row:] for name, table in self.tables.items()}

    def _cut(self, day: int) -> None:
        row = bisect_left(self.begins, day)
        if row and day <= self.last and day not in self.begins[row : row + 1]:
            self.begins.insert(row, day)
            self.tables = {name: np.concatenate([table[:row], table[row - 1 :]]) for name, table in self.tables.items()}


@final
class DoseBook:
    """Doses of ``size`` people from day ``first`` to day ``last``; nothing is written for days from ``until`` on.

    Where it is ``lasting`` standing doses go on from ``until``, and only courses and pulses end.
    """

    def __init__(
        self, plan: DrugPlan, first: int, last: int, size: int, until: int | None = None, lasting: bool = False
    ) -> None:
        self.plan, self.first, self.last, self.size, self.lasting = plan, first, last, size, lasting
        self.until = last + 1 if until is None else until
        self.days = np.arange(first, last + 1)
        self.inputs: dict[str, InputSpans] = {}
        self.apart_until: dict[str, int] = {}
        self.boluses: dict[tuple[int, str, str], Array] = {}
        self.factors: dict[tuple[int, str, str], Array] = {}
        self._biologic: Array | None = None

    def rows(self, name: str, day: int, end: int | None = None) -> slice:
        """Return the rows of the days from ``day`` to before ``end``, none at or after ``until``.

        Rows, and the tables they are rows of, hold until more rows are asked for.
        """
        return self._spans(name).between(max(day, self.first), self.until if end is None else min(end, self.until))

    def standing_rows(self, name: str, day: int, end: int | None = None) -> slice:
        """Return the rows of the days on which a standing dose of ``day`` holds, up to before ``end``; see `rows`."""
        if end is None and self.lasting:
            return self._spans(name).between(max(day, self.first), self.last + 1)
        return self.rows(name, day, end)

    def level(self, name: str) -> Array:
        """Return what is taken, (rows, people), to be written to."""
        return self._spans(name).tables["level"]

    def besides(self, name: str) -> Array:
        """Return what is taken apart from courses and pulses, (rows, people), to be written to."""
        return self._spans(name).tables["standing"]

    def pulses(self, name: str) -> Array:
        """Return what a regimen gives for a while, (rows, people), to be written to."""
        return self._spans(name).table("pulses", 0.0)

    def held(self, name: str) -> Array:
        """Return what is taken again after a pause, NaN where none is, (rows, people), to be written to."""
        return self._spans(name).table("held", np.nan)

    def is_held(self, name: str) -> bool:
        """Whether there was a pause with something to be taken again after it."""
        return name in self.inputs and "held" in self.inputs[name].tables

    def _spans(self, name: str) -> InputSpans:
        if name not in self.inputs:
            changes = {event.day for event in self.plan.timeline.inputs if event.name == name}
            begins = sorted({self.first, *(day for day in changes if self.first < day <= self.last)})
            planned = self.plan.level(name, np.array(begins), self.size)
            self.inputs[name] = InputSpans(begins, self.last, planned)
        return self.inputs[name]

    def without_courses(self, name: str, rows: slice, who: People) -> Array:
        """Return what some people take in some rows apart from courses: standing doses or pulses, (rows, people)."""
        return self._with_pulses(name, rows, who, self.besides(name)[rows, who])

    def _with_pulses(self, name: str, rows: slice, who: People, doses: Array) -> Array:
        return np.maximum(doses, self.pulses(name)[rows, who]) if "pulses" in self._spans(name).tables else doses

    def mark_apart(self, name: str, until: int) -> None:
        """Note that up to a day something else may be taken than `without_courses` says; beyond, it is so for all."""
        self.apart_until[name] = max(until, self.apart_until.get(name, self.first))

    def now(self, name: str, day: int) -> Array:
        """Return what is taken on a day, (people,)."""
        if name in self.inputs:
            return np.asarray(self.level(name)[self.inputs[name].row(day)])
        return np.asarray(self.plan.level(name, np.array([day]), self.size)[0])

    def write(self, name: str, rows: slice, who: People, doses: Array) -> None:
        """Set a standing dose of some people, (rows, people) or broadcast to it; courses that run then end."""
        self.besides(name)[rows, who] = doses
        self.level(name)[rows, who] = self._with_pulses(name, rows, who, doses)

    def add(self, store: dict[tuple[int, str, str], Array], key: tuple[int, str, str], who: People, by: float) -> None:
        """Add a bolus, or multiply a factor, on a day for some people; nothing beyond the book."""
        if self.first <= key[0] < self.until:
            neutral = 0.0 if store is self.boluses else 1.0
            amounts = store.setdefault(key, np.full(self.size, neutral))
            amounts[who] = amounts[who] + by if neutral == 0 else amounts[who] * by

    def biologic(self) -> Array:
        """Return whether a biologic counts as current therapy on each day, (days, people), to be written to."""
        if self._biologic is None:
            flags = np.zeros((len(self.days), self.size))
            if self.plan.biologic is not None:
                shown = self.plan.biologic(self.days)
                flags[:] = shown if shown.ndim == 2 else shown[:, None]
            self._biologic = flags
        return self._biologic

    def take_over(self, states: frozenset[str], product: str, day: int) -> None:
        """Write planned boluses of these states from a day on into the book, so that they can be left out."""
        mine = [event for event in self.plan.timeline.boluses if event.day >= day and event.state in states]
        if not mine:
            return
        rest = tuple(event for event in self.plan.timeline.boluses if event not in mine)
        self.plan = replace(self.plan, timeline=replace(self.plan.timeline, boluses=rest))
        for event in mine:
            key = (event.day, event.state, product)
            self.boluses[key] = self.boluses.get(key, np.zeros(self.size)) + event.amount

    def plan_from(self, day: int, until: int) -> DrugPlan:
        """Return the plan as it stands, with what the book says of the days from ``day`` to before ``until``.

        What was before ``day`` is settled: nothing more can be written there.
        """
        now = self.plan.timeline
        settled = tuple(e for e in now.inputs if e.name not in self.inputs or e.day < day)
        timeline = replace(
            now,
            inputs=_in_order((*settled, *self._changes(day, until))),
            boluses=_in_order((*now.boluses, *self._boluses(day, until))),
            factors=_in_order((*now.factors, *self._factors(day, until))),
        )
        shown = self.plan.biologic if self._biologic is None else _Shown(self.first, self._biologic)
        self.plan = replace(self.plan, timeline=timeline, biologic=shown)
        for spans in self.inputs.values():
            spans.forget_before(day)
        return self.plan

    def _changes(self, day: int, until: int) -> Iterator[InputChange]:
        for name, spans in self.inputs.items():
            first, end = spans.row(day), bisect_left(spans.begins, until)
            part, begins = spans.tables["level"][first:end], (day, *spans.begins[first + 1 : end])
            before = np.concatenate([self._in_force(name, day)[None], part[:-1]])
            for row in np.flatnonzero((part != before).any(axis=1)).tolist():
                yield InputChange(begins[row], name, part[row].copy())

    def _in_force(self, name: str, day: int) -> Array:
        """Return what was in force before a day's changes, by the plan as it has been followed."""
        return np.asarray(self.plan.level(name, np.array([day - 1]), self.size)[0])

    def _boluses(self, day: int, until: int) -> Iterator[Bolus]:
        for (when, state, _), amounts in sorted(self.boluses.items(), key=lambda item: item[0]):
            if day <= when < until and amounts.any():
                yield Bolus(when, state, amounts.copy())

    def _factors(self, day: int, until: int) -> Iterator[Factor]:
        for (when, state, _), factors in sorted(self.factors.items(), key=lambda item: item[0]):
            if day <= when < until and (factors != 1).any():
                yield Factor(when, state, factors.copy())


@final
@dataclass(frozen=True, slots=True)
class _Shown:
    """Whether a biologic counts as current therapy, by day and person."""

    first: int
    flags: Array

    def __call__(self, days: Days) -> Array:
        rows = np.clip(days - self.first, 0, len(self.flags) - 1)
        return np.asarray(self.flags[rows])


def _in_order(events: tuple[InputChange | Bolus | Factor, ...]) -> tuple:  # type: ignore[type-arg]
    return tuple(sorted(events, key=lambda event: event.day))


def stepped(begin: Array, end: Array, steps: int) -> list[Array]:
    """Return doses that fall (or rise) from one to another in equal steps, the first step already taken."""
    return [begin + (end - begin) * (k / steps) for k in range(1, steps + 1)]


def amount_of(amount: Amount | str, parameters: object, size: int) -> Array:
    """Return a number, or a parameter by name, for each person, (size,)."""
    value = parameters[amount] if isinstance(amount, str) else amount  # type: ignore[index]
    return np.broadcast_to(np.asarray(value, np.float64), (size,))

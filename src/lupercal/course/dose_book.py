"""The doses of every day of a stay as they stand: what is planned, and what was decided on the way.

A level has one row per day and one column per person, so that decisions that differ between people need no groups of
drugs; the days of a person lie side by side in memory, as doses are written for many days of some people. Only inputs
that somebody decides on are written out; the others stay in the plan.
"""

from __future__ import annotations

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
        self.levels: dict[str, Array] = {}
        self.standing: dict[str, Array] = {}
        self.infused: dict[str, Array] = {}
        self.apart_until: dict[str, int] = {}
        self.held: dict[str, Array] = {}
        self.boluses: dict[tuple[int, str, str], Array] = {}
        self.factors: dict[tuple[int, str, str], Array] = {}
        self._biologic: Array | None = None

    def rows(self, day: int, end: int | None = None) -> slice:
        """Return the rows of the days from ``day`` to before ``end``, none at or after ``until``."""
        most = self.until if end is None else min(end, self.until)
        return slice(max(day, self.first) - self.first, max(most, self.first) - self.first)

    def standing_rows(self, day: int, end: int | None = None) -> slice:
        """Return the rows of the days on which a standing dose of ``day`` holds, up to before ``end``."""
        if end is None and self.lasting:
            return slice(max(day, self.first) - self.first, len(self.days))
        return self.rows(day, end)

    def level(self, name: str) -> Array:
        """Return what is taken on each day, (days, people), to be written to."""
        if name not in self.levels:
            self.standing[name] = self._planned(name)
            self.levels[name] = self.standing[name].copy(order="F")
        return self.levels[name]

    def _planned(self, name: str) -> Array:
        """Return the plan's level; one that never changes is not written out, and not to be written to."""
        if any(change.name == name for change in self.plan.timeline.inputs):
            return self.plan.level(name, self.days, self.size)
        return np.broadcast_to(np.asarray(self.plan.inputs.get(name, 0.0), np.float64), (len(self.days), self.size))

    def besides(self, name: str) -> Array:
        """Return what is taken on each day apart from courses and pulses, (days, people), to be written to."""
        self.level(name)
        if not self.standing[name].flags.writeable:
            self.standing[name] = self.standing[name].copy(order="F")
        return self.standing[name]

    def pulses(self, name: str) -> Array:
        """Return what a regimen gives on each day for a while, (days, people), to be written to."""
        if name not in self.infused:
            self.infused[name] = np.zeros_like(self.level(name))
        return self.infused[name]

    def without_courses(self, name: str, rows: slice, who: People) -> Array:
        """Return what some people take on some days apart from courses: standing doses or pulses, (rows, people)."""
        self.level(name)
        standing = self.standing[name][rows, who]
        return np.maximum(standing, self.infused[name][rows, who]) if name in self.infused else standing

    def mark_apart(self, name: str, until: int) -> None:
        """Note that up to a day something else may be taken than `without_courses` says; beyond, it is so for all."""
        self.apart_until[name] = max(until, self.apart_until.get(name, self.first))

    def now(self, name: str, day: int) -> Array:
        """Return what is taken on a day, (people,)."""
        if name in self.levels:
            return np.asarray(self.levels[name][day - self.first])
        return np.asarray(self.plan.level(name, np.array([day]), self.size)[0])

    def write(self, name: str, rows: slice, who: People, doses: Array) -> None:
        """Set a standing dose of some people, (rows, people) or broadcast to it; courses that run then end."""
        besides, level = self.besides(name), self.level(name)
        besides[rows, who] = doses
        level[rows, who] = np.maximum(doses, self.infused[name][rows, who]) if name in self.infused else doses

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
        """Return the plan as it stands, with what the book says of the days from ``day`` to before ``until``."""
        now = self.plan.timeline
        settled = tuple(e for e in now.inputs if e.name not in self.levels or e.day < day)
        timeline = replace(
            now,
            inputs=_in_order((*settled, *self._changes(day, until))),
            boluses=_in_order((*now.boluses, *self._boluses(day, until))),
            factors=_in_order((*now.factors, *self._factors(day, until))),
        )
        shown = self.plan.biologic if self._biologic is None else _Shown(self.first, self._biologic)
        self.plan = replace(self.plan, timeline=timeline, biologic=shown)
        return self.plan

    def _changes(self, day: int, until: int) -> Iterator[InputChange]:
        for name, level in self.levels.items():
            part = level[day - self.first : until - self.first]
            if not len(part):
                continue
            differs = np.append((part[0] != self._in_force(name, day)).any(), (part[1:] != part[:-1]).any(axis=1))
            for row in np.flatnonzero(differs).tolist():
                yield InputChange(day + row, name, part[row].copy())

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
    value = np.asarray(parameters[amount] if isinstance(amount, str) else amount, np.float64)  # type: ignore[index]
    return value if value.shape == (size,) else np.broadcast_to(value, (size,))

"""From a regimen to the plan of people on different background drugs: one schedule with one value per patient.

Patients on the same drugs share one expansion of the regimen; expansions do not depend on the model's parameters and
are kept. Their schedules are laid over one another: steps of inputs hold for the patients of their group, boluses are 0
and factors 1 for everybody else, and an engine passes over what changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.background import Group
from lupercal.course.drugs import counted_at, counted_spans
from lupercal.course.plan import DrugPlan
from lupercal.errors import LupercalError
from lupercal.model.inputs import schedule
from lupercal.model.schedule import Amount, Bolus, Factor, InputChange, Schedule
from lupercal.therapy.body import Person
from lupercal.therapy.dosing import ByItself, expand
from lupercal.therapy.regimen_records import Regimen

Array = NDArray[np.float64]
Days = NDArray[np.int64]
Current = tuple[tuple[str, float], ...]
Spans = tuple[tuple[int, int], ...]


def planned(
    regimen: Regimen, person: Person, groups: Iterable[Group], inputs: Mapping[str, Amount], months: int, size: int
) -> DrugPlan:
    """Return what patients are given under one regimen.

    Parameters
    ----------
    regimen
        What everybody is given.
    person
        Whose body doses are reckoned by.
    groups
        Patients on the same background drugs; together all ``size`` of them.
    inputs
        Model inputs of the background drugs, which hold before the regimen begins, one number or (size,).
    months
        Horizon after day 0.

    Raises
    ------
    LupercalError
        If the model cannot represent the doses together.
    """
    alone = ByItself(regimen)
    parts = [(group.members, *_written_out(alone, person, tuple(group.current.items()), months)) for group in groups]
    biologics = _Biologics(tuple((members, spans) for members, _, spans in parts), size)
    return DrugPlan(inputs, overlaid([(members, timeline) for members, timeline, _ in parts], size), biologics)


@lru_cache(maxsize=20000)
def _written_out(one: ByItself, person: Person, current: Current, months: int) -> tuple[Schedule, Spans]:
    """Return the schedule of a regimen for a person on these drugs, and when its biologics count as current therapy."""
    expansion = expand(one.regimen, person, dict(current), months)
    return schedule(expansion), counted_spans(expansion)


@final
@dataclass(frozen=True, slots=True)
class _Biologics:
    """Whether a biologic counts as current therapy of the patients of each group."""

    parts: tuple[tuple[Days, Spans], ...]
    size: int

    def __call__(self, days: Days) -> Array:
        counted, by_spans = np.zeros((len(days), self.size)), dict[Spans, Array]()
        for members, spans in self.parts:
            if spans not in by_spans:  # groups hardly ever differ in them
                by_spans[spans] = counted_at(spans, days)
            if by_spans[spans].any():
                counted[:, members] = by_spans[spans][:, None]
        return counted


def overlaid(parts: Sequence[tuple[Days, Schedule]], size: int) -> Schedule:
    """Return the schedules of groups of patients as one with arrays of shape (size,).

    Raises
    ------
    LupercalError
        If the groups need different properties of one state for the whole arm.
    """
    first = parts[0][1]
    if any(part.switches != first.switches or part.scales != first.scales for _, part in parts):
        raise LupercalError("patients of one arm need different switches of the model")
    return Schedule(
        inputs=tuple(_inputs(parts, size)),
        boluses=tuple(Bolus(day, state, x) for (day, state), x in _events(parts, size, _boluses, 0.0)),
        factors=tuple(Factor(day, state, x) for (day, state), x in _events(parts, size, _factors, 1.0)),
        switches=first.switches,
        scales=first.scales,
    )


_Step = tuple[int, str, float]


def _boluses(part: Schedule) -> Iterator[_Step]:
    return ((event.day, event.state, float(np.asarray(event.amount))) for event in part.boluses)


def _factors(part: Schedule) -> Iterator[_Step]:
    return ((event.day, event.state, float(np.asarray(event.factor))) for event in part.factors)


def _events(
    parts: Sequence[tuple[Days, Schedule]], size: int, steps: Callable[[Schedule], Iterator[_Step]], neutral: float
) -> list[tuple[tuple[int, str], Array]]:
    """Return what happens to a state on a day, one value per patient; several doses of a day come together."""
    by_event: dict[tuple[int, str], Array] = {}
    for members, part in parts:
        for day, state, value in steps(part):
            values = by_event.setdefault((day, state), np.full(size, neutral))
            values[members] = values[members] + value if neutral == 0 else values[members] * value
    return sorted(by_event.items())


def _inputs(parts: Sequence[tuple[Days, Schedule]], size: int) -> Iterator[InputChange]:
    """Yield each input on each day on which it changes for anybody, with the value in force for everybody."""
    steps: dict[tuple[int, str], list[tuple[Days, float]]] = {}
    for members, part in parts:
        for event in part.inputs:
            steps.setdefault((event.day, event.name), []).append((members, float(np.asarray(event.value))))
    level: dict[str, Array] = {}
    for (day, name), changes in sorted(steps.items()):
        now = level.get(name, np.zeros(size)).copy()
        for members, value in changes:
            now[members] = value
        level[name] = now
        yield InputChange(day, name, now)

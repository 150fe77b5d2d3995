"""The doses of an arm for patients on different background drugs, as one schedule with one value per patient.

Patients on the same drugs share one expansion of the regimen; expansions do not depend on the model's parameters and
are kept. Their schedules are laid over one another: steps of inputs hold for the patients of their group, boluses are 0
and factors 1 for everybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.background import DRAWN
from lupercal.course.drugs import biologic_at, dose_at
from lupercal.errors import LupercalError
from lupercal.model.inputs import schedule
from lupercal.model.schedule import Bolus, Factor, InputChange, Schedule
from lupercal.therapy.body import Person
from lupercal.therapy.dosing import Expansion, expand
from lupercal.therapy.treatment import StudyTreatment, combined

Array = NDArray[np.float64]
Days = NDArray[np.int64]
Current = tuple[tuple[str, float], ...]
DRUGS = ("prednisone", "hydroxychloroquine", "on_immunosuppressant", "on_biologic", "on_investigational")


@final
@dataclass(frozen=True, slots=True)
class Given:
    """What N patients of an arm are given.

    ``inputs`` (name to shape (N,)) hold before the schedule begins, ``timeline`` from day ``-lead`` on for ``months``;
    ``groups`` are the members and the drugs of patients on the same ones.
    """

    treatment: StudyTreatment
    months: int
    inputs: Mapping[str, Array]
    timeline: Schedule
    groups: tuple[tuple[Days, Current], ...]
    size: int

    def drugs(self, days: Days) -> dict[str, Array]:
        """Return the drugs in force on each day as visit columns, shape (D, N)."""
        found = {name: np.zeros((len(days), self.size)) for name in DRUGS}
        for members, current in self.groups:
            for name, doses in _drugs(self.treatment, current, self.months, tuple(days.tolist())).items():
                found[name][:, members] = doses[:, None]
        return found


def given(treatment: StudyTreatment, background: Mapping[str, Array], months: int) -> Given:
    """Return what patients with these background drugs are given.

    Parameters
    ----------
    treatment
        What the arm is given.
    background
        Model inputs gc (mg/d), hq (mg/d), ap (g/d) of each patient, shape (N,).
    months
        Horizon.

    Raises
    ------
    LupercalError
        If the model cannot represent the doses together.
    """
    keys = np.stack([background[DRAWN[family][1]] for family in DRAWN], axis=1)
    combinations, owner = np.unique(keys, axis=0, return_inverse=True)
    groups = tuple((np.flatnonzero(owner.ravel() == k), _current(row)) for k, row in enumerate(combinations))
    parts = [(members, written_out(treatment, current, months)[1]) for members, current in groups]
    size = len(keys)
    inputs = {DRAWN[family][1]: np.ascontiguousarray(keys[:, column]) for column, family in enumerate(DRAWN)}
    return Given(treatment, months, inputs, overlaid(parts, size), groups, size)


@lru_cache(maxsize=20000)
def written_out(treatment: StudyTreatment, current: Current, months: int) -> tuple[Expansion, Schedule]:
    """Return a treatment written out for a person of usual size on these drugs, and its schedule."""
    expansion = expand(combined(treatment), Person(), dict(current), months)
    return expansion, schedule(expansion)


@lru_cache(maxsize=20000)
def _drugs(treatment: StudyTreatment, current: Current, months: int, days: tuple[int, ...]) -> Mapping[str, Array]:
    """Return the drugs in force on each day for patients on the same drugs, by the names of `DRUGS`, shape (D,)."""
    expansion, timeline = written_out(treatment, current, months)
    when = np.array(days, np.int64)
    dose = {name: dose_at(timeline, name, when) for name in ("gc", "hq", "ap", "cn")}
    suppressed = (dose["ap"] + dose["cn"] > 0).astype(np.float64)
    none = np.zeros(len(when))
    return dict(zip(DRUGS, (dose["gc"], dose["hq"], suppressed, biologic_at(expansion, when), none), strict=True))


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
    found: dict[tuple[int, str], Array] = {}
    for members, part in parts:
        for day, state, value in steps(part):
            one = found.setdefault((day, state), np.full(size, neutral))
            one[members] = one[members] + value if neutral == 0 else one[members] * value
    return sorted(found.items())


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


def _current(row: Array) -> Current:
    doses = zip((DRAWN[family][0] for family in DRAWN), row.tolist(), strict=True)
    return tuple((name, dose) for name, dose in doses if dose > 0)

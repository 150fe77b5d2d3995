"""Lives that go on from visit to visit: people reach a day, are kept with what a visit looks back on, and go on from
it.

A stretch begins where the last one ended; its luck is addressed by slot, the visit it begins at, and day, so that what
comes later changes nothing before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.follow import Followed, follow
from lupercal.course.luck import trigger_jumps, weekly_luck
from lupercal.course.plan import DrugPlan
from lupercal.course.stay import look_back, stay, window
from lupercal.engine.choose import EngineName
from lupercal.engine.random import normals
from lupercal.engine.streams import LifeStreams
from lupercal.model.observation import NOISE_STREAMS, Observed
from lupercal.population.cohort import Cohort

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True)
class StretchLuck:
    """The luck of slots on a stretch, by the ``streams`` of the stretch and the day since ``zero``.

    ``of_year`` is the day of the year that day ``zero`` is, 0 for 1 January.
    """

    seed: int
    streams: LifeStreams
    people: Cohort
    slots: Whole
    zero: int = 0
    of_year: int = 0

    def triggers(self, days: Whole) -> Array:
        """See `lupercal.course.luck.Luck`."""
        season = np.full(self.slots.shape, self.of_year)
        return trigger_jumps(self.seed, self.streams, self.slots, days - self.zero, self.people.parameters, season)

    def infections(self, days: Whole) -> Array:
        """See `lupercal.course.luck.Luck`."""
        return weekly_luck(self.seed, self.streams, self.slots, days - self.zero)

    def noise(self, visits: Sequence[int]) -> dict[str, Array]:
        """See `lupercal.course.luck.Luck`; fresh at every visit, for what is not believed of each slot."""
        days = np.array(visits, np.int64)[:, None] - self.zero
        return {
            name: normals(self.seed, self.streams.noise_of(name), self.slots[None, :], days) for name in NOISE_STREAMS
        }


@final
@dataclass(frozen=True, slots=True)
class Recent:
    """States on the last recorded days (T,) that a visit looks back on, each (T, N)."""

    days: Whole
    states: Mapping[str, Array]

    def take(self, index: Whole) -> Recent:
        """Return those of the people at these indices."""
        return Recent(self.days, {name: state[:, index] for name, state in self.states.items()})

    def beside(self, others: Recent) -> Recent:
        """Return these people and, behind them, others recorded on the same days."""
        return Recent(
            self.days, {name: np.concatenate([own, others.states[name]], axis=1) for name, own in self.states.items()}
        )

    def until(self, day: int) -> Recent:
        """Return what a visit on a day looks back on."""
        rows = np.flatnonzero((self.days > day - window() - 1) & (self.days <= day))
        return Recent(self.days[rows], {name: state[rows] for name, state in self.states.items()})

    def then(self, later: Recent) -> Recent:
        """Return these and later days together; of a day in both the later counts."""
        earlier = np.flatnonzero(~np.isin(self.days, later.days))
        return Recent(
            np.concatenate([self.days[earlier], later.days]),
            {name: np.concatenate([self.states[name][earlier], later.states[name]]) for name in later.states},
        )

    def seen(self, days: Sequence[int], noise: Mapping[str, Array]) -> Observed:
        """Return what visits on some of the days read, with a noise (V, N) for each stream."""
        return Observed(self.days, self.states, np.array(days, np.int64), noise)


@final
@dataclass(frozen=True, slots=True)
class Continued:
    """People at the end of a stretch, what they can be seen with, and who can be used, (N,)."""

    people: Cohort
    recent: Recent
    usable: NDArray[np.bool_]


def lived_on(
    people: Cohort, recent: Recent, plan: DrugPlan, span: tuple[int, int], luck: StretchLuck,
    seen: Iterable[int] = (), engine: EngineName = "compiled",
) -> Continued:  # fmt: skip
    """Let people go on from one day to another.

    Parameters
    ----------
    people
        With their states on the first day.
    recent
        What was recorded before it; kept as far as a visit on the last day looks back, or where days are ``seen``.
    plan
        What they are given; events before the first day are over, levels hold.
    span
        First and last day.
    luck
        Of this stretch.
    seen
        Days of the stretch on which they are to be seen, besides the last.
    """
    first, last = span
    if last <= first:
        return Continued(people, recent, np.asarray(np.isfinite(people.states).all(axis=0)))
    visits = sorted({*seen, last})
    days = {day for day in look_back(visits) if day >= first}
    lived = follow(people, plan, stay(first, last, visits, days), luck, engine)
    return _end(lived, recent, last, keep=bool(list(seen)))


def _end(lived: Followed, recent: Recent, last: int, *, keep: bool) -> Continued:
    whole = recent.then(Recent(lived.course.days, lived.course.states)) if len(recent.days) else Recent(
        lived.course.days, lived.course.states
    )  # fmt: skip
    return Continued(replace(lived.people, states=lived.course.end), whole if keep else whole.until(last), lived.usable)

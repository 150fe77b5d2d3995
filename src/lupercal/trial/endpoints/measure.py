"""The skeleton of an end point: its name, its meaning in words, where that is written, how it is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from lupercal.trial.seen import SeenArm

Array = NDArray[np.float64]
Kind = Literal["state", "event", "number"]
Value = Callable[[SeenArm, float], Array]


@final
@dataclass(frozen=True, slots=True)
class Measure:
    """One end point.

    ``value(seen, day)`` has shape (N,): for a state 1, 0 or NaN at the visit of a day; for an event the day of the
    first one, infinite where there is none (``day`` is the end of the window); for a number its value in ``unit`` at
    the visit of a day (0: baseline). ``composite`` states are 0 for those who failed, where the design says so.
    ``count(seen, day)`` (N,) is how often an event has come, for rates; ``among(seen, day)`` (N,) says whom the end
    point is about, such as those who had responded, everybody where it is not given.
    ``needs_care`` end points say nothing where nobody decides on drugs during the trial. A ``lasting`` state, such as
    survival, never comes back once it is lost: "up to a time" asks for it at that time, not whether it was ever so.
    """

    name: str
    kind: Kind
    value: Value
    words: str
    source: str
    unit: str = "1"
    aliases: tuple[str, ...] = ()
    composite: bool = True
    count: Value | None = None
    among: Callable[[SeenArm, float], NDArray[np.bool_]] | None = None
    needs_care: bool = False
    lasting: bool = False


def instrument_state(name: str) -> Value:
    """Return a state that an instrument of the package answers against the baseline visit."""

    def value(seen: SeenArm, day: float) -> Array:
        return seen.scored(name, day)

    return value


def column(name: str) -> Value:
    """Return a number that is a column of the visits."""

    def value(seen: SeenArm, day: float) -> Array:
        return seen.at(name, day)

    return value


def onsets(happens: Callable[[SeenArm], NDArray[np.bool_]]) -> Value:
    """Return how often something that holds at visits (V, N) has begun since baseline, while in the trial (N,)."""

    def value(seen: SeenArm, day: float) -> Array:
        there = happens(seen) & (seen.days[:, None] < seen.gone[None, :])
        begins = there[1:] & ~there[:-1] & (seen.days[1:, None] <= day)
        return np.asarray(begins.sum(axis=0), np.float64)

    return value


def first_of(happens: Callable[[SeenArm], NDArray[np.bool_]]) -> Value:
    """Return the first day on which something that holds at visits (V, N) does (N,), infinite where it never does."""
    return lambda seen, day: seen.first_day(happens(seen))


def truth(condition: NDArray[np.bool_]) -> Array:
    """Return 1.0 where true, 0.0 where false."""
    return np.where(condition, 1.0, 0.0)


def running(happens: NDArray[np.bool_], visits: int) -> NDArray[np.bool_]:
    """Return where something holds at a visit and at those before it, so many in a row, shape (V, N)."""
    holding = happens.copy()
    for back in range(1, visits):
        earlier = np.zeros_like(happens)
        earlier[back:] = happens[:-back]
        holding &= earlier
    return holding

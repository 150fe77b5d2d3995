"""What an engine is asked to do, and what it answers. Every engine of this package takes the same task."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from lupercal.model.schedule import Amount, Schedule

Array = NDArray[np.float64]
Made = TypeVar("Made")


class Outcome(IntEnum):
    """How the integration of one virtual patient ended."""

    DONE = 0
    NOT_FINITE = 1
    STEP_LIMIT = 2
    OUT_OF_BOUNDS = 3
    NOT_USABLE = 4

    @property
    def sentence(self) -> str:
        """What happened, and what to do about it."""
        return {
            Outcome.DONE: "finished",
            Outcome.NOT_FINITE: "a parameter or state is infinite or not a number; look at this patient's parameters",
            Outcome.STEP_LIMIT: "needed too many steps; loosen the tolerance or look at this patient's parameters",
            Outcome.OUT_OF_BOUNDS: "a state left its plausible bounds; look at this patient's parameters",
            Outcome.NOT_USABLE: "a parameter or input is outside what the model can use; correct its sign",
        }[self]


@final
class Once:
    """What follows from people and their parameters alone: worked out once for all tasks in which they live on.

    Tasks that share one have the same parameters, and schedules with the same switches and scales.
    """

    def __init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what is kept under a key, made now where nothing is; it must not be written to."""
        if key not in self._kept:
            self._kept[key] = make()
        made: Made = self._kept[key]
        return made


@final
@dataclass(frozen=True, slots=True)
class Task:
    """An ensemble of N virtual patients under one schedule.

    Attributes
    ----------
    start
        States at the start of ``first_day``, shape (S, N), in the order of ``system().states``.
    parameters
        Value of each parameter of the equations, one number or shape (N,).
    inputs
        Inputs in force when the task begins, one number or shape (N,); inputs not named are 0.
    schedule
        Events; those before ``first_day`` are ignored except that the latest value of each input holds.
    first_day, last_day
        Integration runs from the start of ``first_day`` to the start of ``last_day``.
    record_days
        Days at whose start, before that day's events, states are recorded; ascending.
    record
        Names of the states to record.
    triggers
        What each day adds to state Z, shape (last_day - first_day, N), or None.
    luck
        Uniform numbers that decide on chance events, shape (weeks, N) for the marks ``first_day``, ``first_day + 7``,
        …, or None for no chance events.
    once
        Shared by the tasks in which the same people live on from day to day; None where this is the only one.
    """

    start: Array
    parameters: Mapping[str, Amount]
    inputs: Mapping[str, Amount]
    schedule: Schedule
    first_day: int
    last_day: int
    record_days: tuple[int, ...]
    record: tuple[str, ...]
    triggers: Array | None = None
    luck: Array | None = None
    once: Once | None = field(default=None, compare=False, repr=False)

    @property
    def size(self) -> int:
        """Number of virtual patients N."""
        return int(self.start.shape[1])

    def made_once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what follows from people and parameters alone; see `Once`."""
        return make() if self.once is None else self.once.get(key, make)


@final
@dataclass(frozen=True, slots=True)
class Course:
    """What an engine answers.

    ``states[name]`` has shape (T, N) at the T recorded days, NaN once a patient's outcome is not usable; ``end`` (S,
    N) are the states at the start of ``last_day``; ``outcome`` (N,) holds `Outcome` codes; ``infections`` (weeks, N) is
    1 where a serious infection began at that weekly mark.
    """

    days: NDArray[np.int64]
    states: Mapping[str, Array]
    end: Array
    outcome: NDArray[np.int8]
    infections: Array = field(default_factory=lambda: np.zeros((0, 0)))


def with_products(parameters: Mapping[str, Amount], schedule: Schedule) -> dict[str, Amount]:
    """Return the parameters with the arm's switches set and its scales applied."""
    changed = dict(parameters) | dict(schedule.switches)
    for name, factor in schedule.scales.items():
        changed[name] = changed[name] * factor
    return changed

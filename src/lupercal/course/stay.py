"""How long people are followed, when they are seen, and on which days states are kept for that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import final

from lupercal.evidence.parameters import parameters
from lupercal.model.observation import RECORDED

LOOK_BACK_EVERY = 10
"""Days between recorded states within a look-back window, where a stay asks for no more."""


@final
@dataclass(frozen=True, slots=True)
class Stay:
    """A stretch of life from the start of day ``first`` to the start of day ``last``.

    ``visits`` are days on which people are seen, ``recorded`` those at whose start ``states`` are kept, both ascending;
    visits are read from what was recorded in their look-back window (`look_back`), so they are among the recorded days.
    Who decides on the way does not look at the days that are recorded ``apart``.
    """

    first: int
    last: int
    visits: tuple[int, ...]
    recorded: tuple[int, ...]
    states: tuple[str, ...] = RECORDED
    apart: frozenset[int] = frozenset()


def stay(
    first: int, last: int, visits: Sequence[int], recorded: Iterable[int], states: tuple[str, ...] = RECORDED
) -> Stay:
    """Return a stay whose recorded days are put in order, the days of the visits added."""
    days = {*map(int, recorded), *map(int, visits)}
    return Stay(first, last, tuple(map(int, visits)), tuple(sorted(days)), states)


def shown_only(whole: Stay, days: Iterable[int]) -> Stay:
    """Return a stay of which those who decide on the way look at some of the recorded days alone."""
    return replace(whole, apart=frozenset(whole.recorded).difference(days))


def window() -> int:
    """Return how many days before a visit its look-back reaches."""
    return int(parameters()["lookback_days"].value)


def look_back(visits: Iterable[int], every: int = LOOK_BACK_EVERY) -> set[int]:
    """Return the days on which the visits need states: their own and those of their windows, ``every`` so many days."""
    return {day - past for day in visits for past in range(0, window() + 1, every)}

"""The particle filter itself: live on to a visit, weigh, temper, resample, move. It knows no model.

Where the visit leaves too few (less than a tenth worth), the stretch before it is lived again: ancestors are chosen by
a power of how well they did, moved, and given fresh luck; weights make up for the choice (the auxiliary particle filter
of Pitt and Shephard 1999, doi 10.1080/01621459.1999.10474153, with Liu and West's moves). Where even then too few are
left, the visit counts with a power below 1, and the record of the visit says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from lupercal.forecast.assimilation.weights import (
    effective_number,
    largest_power,
    log_mean,
    systematic,
    tempered_logs,
    weights_of,
)

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
P = TypeVar("P")
V = TypeVar("V")
V_contra = TypeVar("V_contra", contravariant=True)


class Dynamics(Protocol[P, V_contra]):
    """How particles live, what a visit says of them, and how copies part; ``turn`` counts how often they lived it."""

    def lived(self, particles: P, visit: V_contra, turn: int) -> P:
        """Return the particles on the day of a visit."""
        ...

    def weighed(self, particles: P, visit: V_contra) -> tuple[Array, P]:
        """Return the log likelihood of a visit, (N,), and the particles with what they have learnt from it."""
        ...

    def chosen(self, particles: P, index: Whole) -> P:
        """Return the particles at these indices, repeated where an index is."""
        ...

    def moved(self, particles: P, visit: V_contra, turn: int) -> P:
        """Return equally weighted particles moved a little, so that copies part."""
        ...

    def start_of(self, visit: V_contra, turn: int) -> float:
        """Return the uniform number of a resampling."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Rules:
    """``least`` is the share of particles a visit must leave before resampling; ``turns`` how often it is tried."""

    least: float = 0.1
    turns: int = 3


@final
@dataclass(frozen=True, slots=True)
class Weighing:
    """What a visit did: effective number left of N, the power with which it counted, in how many turns;
    ``log_evidence`` is the log of the visit's predictive density.
    """

    effective: float
    power: float
    turns: int
    log_evidence: float


def filtered(
    particles: P, visits: Sequence[V], how: Dynamics[P, V], size: int, rules: Rules | None = None
) -> tuple[P, tuple[Weighing, ...]]:
    """Return equally weighted particles after all visits, and what each visit did.

    Parameters
    ----------
    particles
        Equally weighted, before the first visit.
    visits
        In order of day.
    how
        The model.
    size
        Number of particles N.
    """
    told = list[Weighing]()
    for visit in visits:
        particles, weighing = learnt_at(particles, visit, how, size, rules or Rules())
        told.append(weighing)
    return particles, tuple(told)


def learnt_at(particles: P, visit: V, how: Dynamics[P, V], size: int, rules: Rules) -> tuple[P, Weighing]:
    """Return equally weighted particles after a visit; as they lived on, where it says nothing."""
    wanted = rules.least * size
    logs, learnt = how.weighed(how.lived(particles, visit, 0), visit)
    if np.ptp(logs) == 0:
        return learnt, Weighing(float(size), 1.0, 1, float(logs[0]))
    best, turn = _Lived(particles, learnt, logs, np.zeros(size)), 0
    while best.worth < wanted and turn + 1 < rules.turns:
        turn += 1
        again = _again(best, visit, how, wanted, turn)
        best = again if again.worth > best.worth else best
    power = largest_power(best.weights, wanted)
    weights = tempered_logs(best.weights, power)
    index = systematic(weights_of(weights), how.start_of(visit, 0))
    weighing = Weighing(effective_number(weights), power, turn + 1, log_mean(logs))
    return how.moved(how.chosen(best.after, index), visit, 0), weighing


@final
@dataclass(frozen=True, slots=True)
class _Lived(Generic[P]):
    """Particles ``before`` a stretch and ``after`` its visit, the visit's log likelihood, (N,), and the log of how much
    likelier than others each was to be chosen, (N,)."""

    before: P
    after: P
    logs: Array
    chosen: Array

    @property
    def weights(self) -> Array:
        """Logarithms of the weights, (N,)."""
        return self.logs - self.chosen

    @property
    def worth(self) -> float:
        """Effective number of particles."""
        return effective_number(self.weights)


def _again(best: _Lived[P], visit: V, how: Dynamics[P, V], wanted: float, turn: int) -> _Lived[P]:
    """Return the stretch lived anew by those who did well in it, moved and with fresh luck."""
    likely = tempered_logs(best.weights, largest_power(best.weights, wanted))
    index = systematic(weights_of(likely), how.start_of(visit, turn))
    before = how.moved(how.chosen(best.before, index), visit, turn)
    logs, after = how.weighed(how.lived(before, visit, turn), visit)
    if np.array_equal(logs, best.logs[index]):  # copies of the same: nothing was lived anew
        return best
    return _Lived(before, after, logs, (best.chosen + likely)[index])

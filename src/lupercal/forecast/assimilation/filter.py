"""The particle filter itself: live on to a visit, weigh, temper, resample, move. It knows no model.

A visit is learnt from in stages. Each raises the power with which it counts as far as a quarter of the particles are
left, resamples them, and moves the copies: the stretch of life before the visit is lived again with parameters moved a
little and fresh luck, and the new life is taken with a probability that leaves the posterior at that power as it is
(Metropolis and Hastings within sequential Monte Carlo: Del Moral, Doucet and Jasra 2006, doi
10.1111/j.1467-9868.2006.00553.x; luck as part of the particle: Andrieu, Doucet and Holenstein 2010, doi
10.1111/j.1467-9868.2009.00736.x). Where lives lived again are hardly ever taken, copies would stay copies: then the
visit counts with a power below 1, and the record of the visit says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

    def mover(self, particles: P, visit: V_contra) -> Callable[[P, int], P]:
        """Return what moves particles a little, by the number of the move, and leaves the distribution of equally
        weighted ``particles`` before a visit as it is.
        """
        ...

    def either(self, new: NDArray[np.bool_], these: P, those: P) -> P:
        """Return these particles where they are ``new``, (N,), else those."""
        ...

    def start_of(self, visit: V_contra, turn: int) -> float:
        """Return the uniform number of a resampling."""
        ...

    def chances(self, visit: V_contra, turn: int) -> Array:
        """Return the uniform numbers by which moves are taken, (N,)."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Rules:
    """``least`` is the share of particles a stage must leave before resampling, ``stages`` how many there may be;
    ``sweeps`` how often particles are moved in each, ``taken`` the share of moves below which no stage follows.
    """

    least: float = 0.25
    stages: int = 12
    sweeps: int = 1
    taken: float = 0.02


@final
@dataclass(frozen=True, slots=True)
class Weighing:
    """What a visit did: the least effective number of N left by a stage, the power with which it counted, in how many
    stages; ``log_evidence`` is the log of the visit's predictive density; ``taken`` the share of moves that were.
    """

    effective: float
    power: float
    stages: int
    log_evidence: float
    taken: float = 1.0


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
    weighings = list[Weighing]()
    for visit in visits:
        particles, weighing = learnt_at(particles, visit, how, size, rules or Rules())
        weighings.append(weighing)
    return particles, tuple(weighings)


def learnt_at(particles: P, visit: V, how: Dynamics[P, V], size: int, rules: Rules) -> tuple[P, Weighing]:
    """Return equally weighted particles after a visit; as they lived on, where it says nothing."""
    logs, after = how.weighed(how.lived(particles, visit, 0), visit)
    if np.ptp(logs) == 0:
        return after, Weighing(float(size), 1.0, 1, float(logs[0]))
    lives, moved = _Lives(particles, after, logs), how.mover(particles, visit)
    power, least, evidence, taken, stage = 0.0, float(size), 0.0, 1.0, 0
    while power < 1 and stage < rules.stages and taken >= rules.taken:
        rest = tempered_logs(lives.logs, 1 - power)
        step = largest_power(rest, rules.least * size)
        weights = tempered_logs(rest, step)
        power, least = (1.0 if step == 1 else power + step * (1 - power)), min(least, effective_number(weights))
        evidence += log_mean(weights)
        lives = lives.chosen(systematic(weights_of(weights), how.start_of(visit, stage)), how)
        shares = list[float]()
        for sweep in range(rules.sweeps):
            lives, share = _moved(lives, visit, how, moved, (power, 1 + stage * rules.sweeps + sweep))
            shares.append(share)
        taken, stage = float(np.mean(shares)), stage + 1
    return lives.after, Weighing(least, power, stage, evidence, taken)


@final
@dataclass(frozen=True, slots=True)
class _Lives(Generic[P]):
    """Particles ``before`` a stretch and ``after`` its visit, and the visit's log likelihood, (N,)."""

    before: P
    after: P
    logs: Array

    def chosen(self, index: Whole, how: Dynamics[P, V]) -> _Lives[P]:
        """Return the lives at these indices."""
        return _Lives(how.chosen(self.before, index), how.chosen(self.after, index), self.logs[index])


def _moved(
    lives: _Lives[P], visit: V, how: Dynamics[P, V], moved: Callable[[P, int], P], at: tuple[float, int]
) -> tuple[_Lives[P], float]:
    """Return lives of which some were lived anew, and the share of those; ``at`` is the power and the turn."""
    power, turn = at
    before = moved(lives.before, turn)
    logs, after = how.weighed(how.lived(before, visit, turn), visit)
    if np.array_equal(logs, lives.logs):  # what the visit tells does not depend on what moved
        return lives, 0.0
    with np.errstate(invalid="ignore"):
        new = np.log(how.chances(visit, turn)) < power * (logs - lives.logs)
    taken = _Lives(
        how.either(new, before, lives.before), how.either(new, after, lives.after), np.where(new, logs, lives.logs)
    )
    return taken, float(new.mean())

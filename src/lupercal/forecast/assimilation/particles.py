"""Virtual patients on their way with one real patient: who they are, their states, and what is believed of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.continued import Recent
from lupercal.engine.random import normals
from lupercal.engine.streams import ASSIMILATION_SPREAD, move_of
from lupercal.evidence.parameter_sets import accepted, typical_of
from lupercal.forecast.assimilation.moves import liu_west
from lupercal.forecast.assimilation.residual import Belief, believed_later, nothing_learnt
from lupercal.forecast.assimilation.settings import assimilation_settings
from lupercal.forecast.assimilation.weights import ancestors_worth
from lupercal.forecast.match import Resembling, fill_slots
from lupercal.model.observation import RECORDED
from lupercal.model.system import system
from lupercal.population.cohort import Cohort, joined
from lupercal.population.draw import Typical, drawn_names, parameters_at, points_of, varying
from lupercal.population.proposal import Proposal, fitted

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True)
class Particles:
    """N equally weighted virtual patients on day ``day`` since the first visit.

    ``cohort`` holds parameters and states, ``scores`` (D, N) the independent normal scores behind the parameters,
    ``beliefs`` what lies between model and patient by channel, ``recent`` the states a visit looks back on,
    ``ancestors`` (N,) who they were among those matched, ``usable`` (N,) whose integration went through; ``lines`` who
    they were just before past visits, by day.
    """

    cohort: Cohort
    scores: Array
    beliefs: Mapping[str, Belief]
    recent: Recent
    ancestors: Whole
    usable: NDArray[np.bool_]
    day: int = 0
    lines: tuple[tuple[int, Whole], ...] = ()

    @property
    def size(self) -> int:
        """Number of particles N."""
        return self.cohort.size

    @property
    def worth(self) -> float:
        """Effective number of distinct ancestors."""
        return ancestors_worth(self.ancestors, np.full(self.size, 1 / self.size))

    def take(self, index: Whole) -> Particles:
        """Return the particles at these indices, repeated where an index is."""
        return Particles(
            self.cohort.take(index), np.ascontiguousarray(self.scores[:, index]),
            {name: belief.take(index) for name, belief in self.beliefs.items()}, self.recent.take(index),
            self.ancestors[index], self.usable[index], self.day, tuple((day, line[index]) for day, line in self.lines),
        )  # fmt: skip

    def marked(self, visit: int) -> Particles:
        """Return the particles that remember who they are just before a visit on that day."""
        now = (visit, np.arange(self.size))
        lag = assimilation_settings().kin_days
        return replace(self, lines=(*(line for line in self.lines if line[0] >= visit - lag), now))

    @property
    def kin(self) -> Whole:
        """Who each was before the first visit of the last half year or so, (N,); before the last where none was since.

        Lines further back run together whatever the filter does, while what they share fades: variances are taken
        between lines of a fixed lag (Olsson and Douc 2019, doi 10.3150/18-BEJ1086).
        """
        recent = [line for day, line in self.lines if day >= self.day - assimilation_settings().kin_days]
        return (recent or [line for _, line in self.lines[-1:]] or [self.ancestors])[0]

    def unless(self, kept: NDArray[np.bool_], those: Particles) -> Particles:
        """Return these particles, and those where ``kept``, (N,); both on the same day."""
        both = Particles(
            joined([self.cohort, those.cohort]), np.concatenate([self.scores, those.scores], axis=1),
            {name: belief.and_of(those.beliefs[name]) for name, belief in self.beliefs.items()},
            self.recent.beside(those.recent), np.concatenate([self.ancestors, those.ancestors]),
            np.concatenate([self.usable, those.usable]), self.day,
            tuple(
                (day, np.concatenate([line, other]))
                for (day, line), (_, other) in zip(self.lines, those.lines, strict=True)
            ),
        )  # fmt: skip
        return both.take(np.where(kept, np.arange(self.size) + self.size, np.arange(self.size)))

    def beliefs_on(self, day: int) -> dict[str, Belief]:
        """Return what is believed on a later day."""
        channels = assimilation_settings().channels
        return {
            name: believed_later(belief, channels[name].wobble, day - self.day) for name, belief in self.beliefs.items()
        }


def first_particles(weighted: Resembling, size: int, seed: int) -> Particles:
    """Return particles at the first visit from those who resemble there; nothing is believed of them yet."""
    slots = fill_slots(weighted, size, seed)
    cohort, choices = weighted.cohort.take(slots), assimilation_settings()
    draws = normals(seed, ASSIMILATION_SPREAD, np.arange(size))
    far = np.exp(choices.offset_spread * draws)
    beliefs = {name: nothing_learnt(channel.offset * far, channel.wobble) for name, channel in choices.channels.items()}
    scores = np.ascontiguousarray(weighted.scores[:, slots])
    return Particles(cohort, scores, beliefs, just_now(cohort), slots, np.ones(size, np.bool_))


def just_now(people: Cohort) -> Recent:
    """Return people's states as they are, on day 0."""
    rows = {name: index for index, name in enumerate(system().states)}
    return Recent(np.zeros(1, np.int64), {name: people.states[rows[name]][None] for name in RECORDED})


def spread_of(particles: Particles) -> Proposal:
    """Return how the scores of particles lie: as the population's, where they do not differ by more than chance."""
    choices, rows = assimilation_settings(), len(varying())
    return fitted(
        particles.scores[:rows], np.full(particles.size, 1 / particles.size), choices.sure * _wider(particles),
        choices.narrowest,
    )  # fmt: skip


def moved_particles(particles: Particles, around: Proposal, seed: int, turn: int) -> Particles:
    """Return particles whose parameters have moved a little in the space of the population's draw.

    What makes a person somebody else stays: traits, drugs, and which organs lupus involves. Moves leave scores that lie
    as ``around`` as they are.
    """
    rows = len(varying())
    fresh = np.stack([
        normals(seed, move_of(turn), np.arange(particles.size), particles.day, row)
        for row in range(rows)
    ])  # fmt: skip
    scores = particles.scores.copy()
    scores[:rows] = liu_west(particles.scores[:rows], around, assimilation_settings().shrink, fresh)
    return _with_scores(particles, scores)


def _wider(particles: Particles) -> float:
    """Return by what the standard error of means exceeds that of independent particles: they share ancestors."""
    return float(np.sqrt(particles.size / max(particles.worth, 1.0)))


def _with_scores(particles: Particles, scores: Array) -> Particles:
    typical = typical_of(accepted(), particles.cohort.patients) or {}
    scores = _same_organs(particles.scores, scores, typical)
    drawn = parameters_at(dict(zip(drawn_names(), points_of(scores), strict=True)), typical)
    return replace(particles, scores=scores, cohort=replace(particles.cohort, parameters=drawn))


def _same_organs(before: Array, after: Array, typical: Typical) -> Array:
    """Return scores in which no parameter that is zero in some people crosses from zero to more or back."""
    names = drawn_names()
    rows = [names.index(one.symbol) for one in varying() if one.spread.kind.startswith("zero_inflated")]
    if not rows:
        return after
    scores, points = after.copy(), (points_of(before), points_of(after))
    for row in rows:
        parameter = next(one for one in varying() if one.symbol == names[row])
        border = 1 - np.asarray(typical.get(f"{parameter.symbol}.involved", parameter.spread.involved))
        crossed = (points[0][row] > border) != (points[1][row] > border)
        scores[row] = np.where(crossed, before[row], after[row])
    return scores

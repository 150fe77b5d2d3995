"""How particles live between the visits of a real patient, and what each visit says of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.continued import Continued, Recent, StretchLuck, lived_on
from lupercal.engine.choose import EngineName
from lupercal.engine.random import uniforms
from lupercal.engine.streams import ASSIMILATION_BOUND, ASSIMILATION_CHOICE, ASSIMILATION_TAKEN, between_visits
from lupercal.forecast.assimilation.ahead import with_care
from lupercal.forecast.assimilation.evidence import VisitEvidence
from lupercal.forecast.assimilation.given import Given
from lupercal.forecast.assimilation.particles import Particles, moved_particles, spread_of
from lupercal.forecast.assimilation.reading import (
    finding_chances,
    finding_log,
    model_values,
    sledai,
    streams_at,
)
from lupercal.forecast.assimilation.residual import Belief, learn, learn_within
from lupercal.forecast.assimilation.settings import assimilation_settings

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True)
class Living:
    """The model as `lupercal.forecast.assimilation.filter` asks for it.

    ``given`` is what the patient was given, ``of_year`` the day of the year of the first visit; ``cared``
    says whether flares are answered where no record tells what was done.
    """

    given: Given
    seed: int
    of_year: int = 0
    cared: bool = True
    engine: EngineName = "compiled"
    size: int | None = None

    def lived(self, particles: Particles, visit: VisitEvidence, turn: int) -> Particles:
        """Return the particles on the day of a visit."""
        return self.until(particles, visit.day, turn)

    def until(self, particles: Particles, day: int, turn: int = 0) -> Particles:
        """Return the particles on a day."""
        there = self.stretch(particles, (particles.day, day), turn=turn)
        return replace(
            particles, cohort=there.people, recent=there.recent, beliefs=particles.beliefs_on(day), day=day,
            usable=particles.usable & there.usable,
        )  # fmt: skip

    def stretch(
        self, particles: Particles, span: tuple[int, int], seen: Sequence[int] = (), turn: int = 0, *,
        cared: bool = False,
    ) -> Continued:  # fmt: skip
        """Return how particles live from one day to another, ``seen`` on some days of it.

        Where they are ``cared`` for, flares are answered; between visits of a record the record says what was done.
        """
        cohort, slots = particles.cohort, np.arange(particles.size)
        luck = StretchLuck(self.seed, between_visits(particles.day, turn), cohort, slots, 0, self.of_year)
        plan = self.given.plan(cohort)
        plan = with_care(plan, cohort, self.seed, span[0]) if cared and self.cared else plan
        return lived_on(cohort, particles.recent, plan, span, luck, seen, self.engine)

    def weighed(self, particles: Particles, visit: VisitEvidence) -> tuple[Array, Particles]:
        """Return the log likelihood of a visit, and particles that have learnt from it."""
        logs, beliefs = np.where(particles.usable, 0.0, -np.inf), dict(particles.beliefs)
        model = model_values(particles.cohort, particles.recent, [visit.day])
        for name in streams_at(visit):
            expected = (
                self.score(particles, particles.recent, beliefs, visit) if name == "sledai_2k" else model[name][0]
            )
            likelihood, beliefs[name] = self._learnt(name, beliefs[name], expected, visit)
            logs = logs + likelihood
        for name, chance in finding_chances(particles, particles.recent, list(visit.findings), visit.day).items():
            logs = logs + finding_log(visit.findings[name], chance)
        return np.where(np.isfinite(logs), logs, -np.inf), replace(particles, beliefs=beliefs)

    def score(self, particles: Particles, recent: Recent, beliefs: dict[str, Belief], visit: VisitEvidence) -> Array:
        """Return SLEDAI-2K as each particle shows it at a visit, (N,)."""
        slots = np.arange(particles.size)
        luck = StretchLuck(self.seed, between_visits(visit.day, 0), particles.cohort, slots)
        fresh = {name: series[0] for name, series in luck.noise([visit.day]).items()}
        return sledai(particles, recent, fresh, beliefs, visit)

    def _learnt(self, name: str, belief: Belief, expected: Array, visit: VisitEvidence) -> tuple[Array, Belief]:
        channels = assimilation_settings().channels
        value_told, wobble = visit.values[name], channels[name].wobble
        if value_told.exact:
            return learn(belief, wobble, value_told.low - expected)
        number = list(channels).index(name)
        u = uniforms(self.seed, ASSIMILATION_BOUND, np.arange(len(expected)), visit.day, number)
        return learn_within(belief, wobble, value_told.low - expected, value_told.high - expected, u)

    def chosen(self, particles: Particles, index: Whole) -> Particles:
        """Return the particles at these indices."""
        return particles.take(index)

    def mover(self, particles: Particles, visit: VisitEvidence) -> Callable[[Particles, int], Particles]:
        """Return what moves particles a little; see `lupercal.forecast.assimilation.filter`."""
        around = spread_of(particles)
        return lambda some, turn: moved_particles(some, around, self.seed, turn)

    def either(self, new: NDArray[np.bool_], these: Particles, those: Particles) -> Particles:
        """Return these particles where they are ``new``, (N,), else those."""
        return these.unless(~new, those)

    def start_of(self, visit: VisitEvidence, turn: int) -> float:
        """Return the uniform number of a resampling."""
        return float(uniforms(self.seed, ASSIMILATION_CHOICE, turn, visit.day))

    def chances(self, visit: VisitEvidence, turn: int) -> Array:
        """Return the uniform numbers by which moves are taken, (N,)."""
        size = assimilation_settings().particles if self.size is None else self.size
        return uniforms(self.seed, ASSIMILATION_TAKEN, np.arange(size), visit.day, turn)

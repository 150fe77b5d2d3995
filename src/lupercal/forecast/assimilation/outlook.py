"""What particles expect of values yet to be measured: a mixture of normal distributions for each channel and day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.continued import Recent
from lupercal.engine.random import normals
from lupercal.engine.streams import ASSIMILATION_LATER
from lupercal.evidence.curves import ndtr
from lupercal.forecast.assimilation.evidence import Told, VisitEvidence
from lupercal.forecast.assimilation.living import Living
from lupercal.forecast.assimilation.particles import Particles
from lupercal.forecast.assimilation.reading import model_values
from lupercal.forecast.assimilation.residual import Belief, believed_later
from lupercal.forecast.assimilation.settings import assimilation_settings
from lupercal.forecast.assimilation.weights import log_mean

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Outlook:
    """What M particles as they were on day ``since`` expect on later ``days`` (D,), days since the first visit.

    ``mean[channel]`` and ``sd[channel]`` (D, M) are each particle's expectation of a measurement on the channel's
    scale; ``usable`` (M,) says who could be followed.
    """

    since: int
    days: tuple[int, ...]
    mean: Mapping[str, Array]
    sd: Mapping[str, Array]
    usable: NDArray[np.bool_]
    seed: int
    beliefs: Mapping[str, Belief] = field(default_factory=dict)

    def log_density(self, channel: str, day: int, told: Told) -> float:
        """Return the log density of a value, or of a bound the log probability."""
        mean, sd = self.at(channel, day)
        if told.exact:
            z = (told.low - mean) / sd
            return log_mean(-0.5 * z * z - np.log(sd) - 0.5 * np.log(2 * np.pi))
        share = ndtr((told.high - mean) / sd) - ndtr((told.low - mean) / sd)
        return float(np.log(max(float(share.mean()), np.finfo(float).tiny)))

    def place(self, channel: str, day: int, value: float) -> float:
        """Return the share of what was expected that lies below a value: its probability integral transform."""
        mean, sd = self.at(channel, day)
        return float(ndtr((value - mean) / sd).mean())

    def sample(self, channel: str, day: int) -> Array:
        """Return a measurement for each particle as it would be recorded, on the channel's scale, (M,)."""
        return assimilation_settings().channels[channel].recorded(self.drawn(channel, day))

    def drawn(self, channel: str, day: int) -> Array:
        """Return a measurement for each particle, neither rounded nor cut at the floor, (M,), by slot and day."""
        mean, sd = self.at(channel, day)
        number = list(assimilation_settings().channels).index(channel)
        slots = np.flatnonzero(self.usable)
        return np.asarray(mean + sd * normals(self.seed, ASSIMILATION_LATER, slots, day, number))

    def quantiles(self, channel: str, levels: Sequence[float]) -> Array:
        """Return quantiles of measurements on all days in the data dictionary's unit, (levels, D)."""
        settings = assimilation_settings().channels[channel]
        rows = [np.quantile(settings.unscaled(self.drawn(channel, day)), levels) for day in self.days]
        return np.stack(rows, axis=1) if rows else np.zeros((len(levels), 0))

    def at(self, channel: str, day: int) -> tuple[Array, Array]:
        """Return mean and standard deviation of what each particle expects on a day, (M,)."""
        row = self.days.index(day)
        return self.mean[channel][row][self.usable], self.sd[channel][row][self.usable]

    def shared(self, test: tuple[str, int], outcome: tuple[str, int]) -> Array:
        """Return the covariance, within each particle, of two measurements of one channel, the test first, (M,).

        Measurements of different channels share nothing but the particle's course.
        """
        (name, day), (other, then) = test, outcome
        if name != other:
            return np.zeros(int(self.usable.sum()))
        wobble = assimilation_settings().channels[name].wobble
        at_test = believed_later(self.beliefs[name], wobble, day - self.since)
        slow, fast = np.exp(-(then - day) / wobble.offset_days), np.exp(-(then - day) / wobble.noise_days)
        covariance = slow * (at_test.var_offset + at_test.shared) + fast * (at_test.var_noise + at_test.shared)
        return np.asarray(covariance[self.usable])


def outlook(particles: Particles, how: Living, days: Sequence[int], size: int | None = None) -> Outlook:
    """Return what particles expect on later days, none before their own.

    ``size`` is how many of them are followed, those of `AssimilationSettings.outlook` where not given; the particles
    are equally weighted, and each of an even stretch of slots.
    """
    most = min(size or assimilation_settings().outlook, particles.size)
    some = particles.take(np.arange(most) * particles.size // most)
    when = tuple(sorted(set(days)))
    there = how.stretch(some, (some.day, when[-1]), when, cared=True) if when[-1] > some.day else None
    recent = some.recent if there is None else there.recent
    model = model_values(some.cohort, recent, list(when))
    channels = assimilation_settings().channels
    if "sledai_2k" in channels:
        model["sledai_2k"] = np.stack([_score(some, recent, how, day) for day in when])
    beliefs = [
        {name: believed_later(belief, channels[name].wobble, day - some.day) for name, belief in some.beliefs.items()}
        for day in when
    ]
    mean = {name: np.stack([model[name][k] + beliefs[k][name].mean for k in range(len(when))]) for name in model}
    sd = {name: np.stack([one[name].sd(channels[name].wobble) for one in beliefs]) for name in model}
    usable = some.usable if there is None else some.usable & there.usable
    return Outlook(some.day, when, mean, sd, usable, how.seed, some.beliefs)


def _score(some: Particles, recent: Recent, how: Living, day: int) -> Array:
    channels = assimilation_settings().channels
    beliefs = {name: believed_later(one, channels[name].wobble, day - some.day) for name, one in some.beliefs.items()}
    return how.score(some, recent, beliefs, VisitEvidence(day, {}))

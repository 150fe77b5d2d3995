"""From a filter to the arms of a forecast: virtual patients in slots, and the personal offset each goes on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.noise import later
from lupercal.engine.random import normals
from lupercal.engine.streams import HANDED_ON, HANDED_ON_BELIEF, SLOT_POINTS, handed_noise_of
from lupercal.forecast.assimilation.history import Assimilation
from lupercal.forecast.assimilation.particles import Particles
from lupercal.forecast.assimilation.residual import Belief
from lupercal.forecast.assimilation.settings import Channel, assimilation_settings
from lupercal.instruments.registry import score_simulated
from lupercal.model.observation import NOISE_STREAMS, Observed, observe
from lupercal.population.cohort import Cohort
from lupercal.population.draw import sobol_points

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True)
class Offsets:
    """Personal offsets of slots on the day of the decision, by channel on its scale, ``now`` and ``sd`` (N,)."""

    now: Mapping[str, Array]
    sd: Mapping[str, Array]
    seed: int

    def beside(self, others: Offsets) -> Offsets:
        """Return the offsets of these slots and, behind them, of others."""
        return replace(
            self, now={name: np.concatenate([own, others.now[name]]) for name, own in self.now.items()},
            sd={name: np.concatenate([own, others.sd[name]]) for name, own in self.sd.items()},
        )  # fmt: skip

    def take(self, slots: Whole) -> Offsets:
        """Return those of some slots."""
        return replace(
            self, now={name: own[slots] for name, own in self.now.items()},
            sd={name: own[slots] for name, own in self.sd.items()},
        )  # fmt: skip

    def applied(self, columns: Mapping[str, Array], days: Whole, slots: Whole) -> dict[str, Array]:
        """Return columns (V, N) as the patient would show them on days (V,) since the decision.

        Offsets fade and wander as `assimilation_settings` says; measurements have their error. Numbers are addressed by
        slot and day.
        """
        shown = dict(columns)
        for number, (name, channel) in enumerate(assimilation_settings().channels.items()):
            if name in columns and name in self.now:
                shown[name] = self._shown(name, channel, number, columns[name], days, slots)
        return shown

    def _shown(self, name: str, channel: Channel, number: int, seen: Array, days: Whole, slots: Whole) -> Array:
        offset, day, rows = self.now[name], 0, list[Array]()
        for row, when in enumerate(days.tolist()):
            fresh = normals(self.seed, HANDED_ON, slots, when, 2 * number)
            offset = later(offset / self.sd[name], fresh, when - day, channel.offset_days) * self.sd[name]
            error = channel.error * normals(self.seed, HANDED_ON, slots, when, 2 * number + 1) if when > 0 else 0.0
            rows.append(channel.unscaled(channel.scaled(seen[row]) + offset + error))
            day = when
        shown = np.stack(rows)
        return np.round(shown) if name == "sledai_2k" else shown


def handed_on(found: Assimilation, size: int, seed: int) -> tuple[Cohort, Offsets, Whole]:
    """Return virtual patients for ``size`` slots, their offsets, and who are kin.

    Slot k holds the same particle however many slots there are: they follow a low-discrepancy sequence over particles,
    which are equally weighted.
    """
    particles = found.particles
    places = sobol_points(seed, SLOT_POINTS, 0, size, 1)[0]
    some = particles.take(np.minimum((places * particles.size).astype(np.int64), particles.size - 1))
    drawn = {name: _drawn(belief, seed, number) for number, (name, belief) in enumerate(some.beliefs.items())}
    channels = assimilation_settings().channels
    noise = {stream: normals(seed, handed_noise_of(stream), np.arange(size)) for stream in NOISE_STREAMS}
    for name, (_, visit_noise) in drawn.items():
        sd = channels[name].wobble.noise_sd
        if channels[name].stream and sd > 0:
            noise[channels[name].stream] = visit_noise / sd
    offsets = Offsets(
        {name: offset for name, (offset, _) in drawn.items()},
        {name: belief.offset_sd for name, belief in some.beliefs.items()}, seed,
    )  # fmt: skip
    return _cohort(some, noise, offsets), offsets, some.kin


def _drawn(belief: Belief, seed: int, number: int) -> tuple[Array, Array]:
    """Return an offset and a visit noise for each particle as it is believed to have, (N,) each."""
    slots = np.arange(len(belief.offset))
    first, other = (normals(seed, HANDED_ON_BELIEF, slots, 0, 2 * number + k) for k in range(2))
    sd = np.sqrt(np.maximum(belief.var_noise, 1e-18))
    rest = np.sqrt(np.maximum(belief.var_offset - np.square(belief.shared / sd), 0.0))
    return belief.offset + belief.shared / sd * first + rest * other, belief.noise + np.sqrt(belief.var_noise) * first


def _cohort(some: Particles, noise: Mapping[str, Array], offsets: Offsets) -> Cohort:
    """Return the particles with what a visit now would show, what the match knew of them beside."""
    read = Observed(
        some.recent.days, some.recent.states, np.array([some.day]), {name: own[None] for name, own in noise.items()}
    )
    shown = observe(read, some.cohort.parameters, some.cohort.traits)
    slots = np.arange(some.size)
    shown = offsets.applied(shown, np.zeros(1, np.int64), slots)
    columns = dict(some.cohort.columns) | {name: column[0] for name, column in shown.items()}
    score = score_simulated("sledai_2k", {name: column[0] for name, column in shown.items()}).low
    channel = assimilation_settings().channels["sledai_2k"]
    total = np.asarray(np.round(channel.unscaled(score + offsets.now["sledai_2k"])))
    return replace(some.cohort, columns=columns | {"sledai_2k": total}, noise=noise)

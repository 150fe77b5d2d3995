"""The luck of virtual trial patients, addressed by slot and day since screening, so that arms and trials share it.

The numbers do not depend on any parameter and are kept between calls; triggers and infections come from
`lupercal.course.luck`, as those of the burn-in do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.luck import trigger_jumps, weekly_luck
from lupercal.course.noise import BLOCK_DAYS, autoregression, later
from lupercal.engine.random import exponentials, normals, uniforms
from lupercal.engine.streams import DROP_OUT, RESCUE, SCREENING, TRIAL
from lupercal.model.infection import CHANCE_INTERVAL_DAYS
from lupercal.model.observation import NOISE_STREAMS
from lupercal.model.schedule import Amount
from lupercal.population.cohort import Cohort
from lupercal.trial.settings import settings

Array = NDArray[np.float64]
Days = NDArray[np.int64]
YEAR = 365.25


@final
@dataclass(frozen=True, slots=True)
class TrialLuck:
    """The luck of those who stand in the slots of a trial, from screening on; ``baseline`` is the day of that visit."""

    seed: int
    people: Cohort
    baseline: int

    def triggers(self, days: Days) -> Array:
        """See `lupercal.course.luck.Luck`; the days begin with that of screening."""
        return trial_triggers(self.seed, self.people.patients, len(days), self.people.parameters)

    def infections(self, days: Days) -> Array:
        """See `lupercal.course.luck.Luck`; the days begin with that of screening."""
        return trial_infections(self.seed, self.people.patients, len(days))

    def noise(self, visits: Sequence[int]) -> dict[str, Array]:
        """See `lupercal.course.luck.Luck`."""
        correlation = float(np.asarray(self.people.parameters["noise_days"]))
        return trial_noise(self.seed, self.people.noise, np.array(visits, np.int64) - self.baseline, correlation)


@final
@dataclass(frozen=True, slots=True)
class ScreeningLuck:
    """The luck of the month before the baseline visit, addressed by patient; one visit is read at its end."""

    seed: int
    people: Cohort

    def triggers(self, days: Days) -> Array:
        """See `lupercal.course.luck.Luck`."""
        return screening_triggers(self.seed, self.people.patients, self.people.parameters)[: len(days)]

    def infections(self, days: Days) -> Array:
        """See `lupercal.course.luck.Luck`."""
        return screening_infections(self.seed, self.people.patients)

    def noise(self, visits: Sequence[int]) -> dict[str, Array]:
        """See `lupercal.course.luck.Luck`; noise goes on from that of the visit on day 0."""
        who, correlation = self.people.patients, np.asarray(self.people.parameters["noise_days"])
        since = np.array(visits)[:, None]
        return {
            name: later(self.people.noise[name], normals(self.seed, SCREENING.noise_of(name), who), since, correlation)
            for name in NOISE_STREAMS
        }


def trial_triggers(seed: int, patients: Days, days: int, p: Mapping[str, Amount]) -> Array:
    """Return what each day since screening adds to the trigger state, shape (days, slots).

    ``patients`` (slots,) are the numbers of those who stand in the slots: the month of screening is theirs, what
    follows is the slot's. Each has the rate, season and size of ``p``, one number or shape (slots,); patients come all
    year round.
    """
    who, when = np.arange(len(patients)), np.arange(_rounded(days))
    jumps = trigger_jumps(seed, TRIAL, who, when, p, screened_on(seed, patients))[:days]
    month = screening_triggers(seed, patients, p)[:days]
    jumps[: len(month)] = month
    return jumps


def trial_infections(seed: int, patients: Days, days: int) -> Array:
    """Return the uniform numbers that decide on infections, one per week, shape (weeks, slots)."""
    weeks = -(-days // CHANCE_INTERVAL_DAYS)
    who = np.arange(len(patients))
    luck = weekly_luck(seed, TRIAL, who, np.arange(_rounded(days)))[:weeks].copy()
    month = screening_infections(seed, patients)[:weeks]
    luck[: len(month)] = month
    return luck


def screening_triggers(seed: int, patients: Days, p: Mapping[str, Amount]) -> Array:
    """Return what each day of the month of screening adds to the trigger state, shape (days, N)."""
    when = np.arange(settings().conduct.screening_days)
    return trigger_jumps(seed, SCREENING, patients, when, p, screened_on(seed, patients))


def screening_infections(seed: int, patients: Days) -> Array:
    """Return the uniform numbers that decide on infections in the month of screening, shape (weeks, N); read only."""
    when = np.arange(settings().conduct.screening_days)
    return weekly_luck(seed, SCREENING, patients, when)


def trial_noise(seed: int, initial: Mapping[str, Array], days: Days, correlation: float) -> dict[str, Array]:
    """Return the noise of visits, shape (V, N) per stream; a first-order autoregression on blocks of five days.

    Parameters
    ----------
    seed
        Of the numbers.
    initial
        Noise at screening, shape (N,) per stream.
    days
        Days of the visits since screening, shape (V,).
    correlation
        Days after which the correlation has fallen to 1/e.
    """
    blocks = days // BLOCK_DAYS
    now = np.stack([initial[name] for name in NOISE_STREAMS])
    numbers = _noise_numbers(seed, now.shape[1], _rounded(int(days.max()) + 1))[: int(blocks.max()) + 1]
    chosen = autoregression(np.concatenate([now[None], numbers[1:]]), correlation)[blocks]
    return {name: np.ascontiguousarray(chosen[:, row]) for row, name in enumerate(NOISE_STREAMS)}


def leaves_trial(seed: int, slots: int, yearly_share: float) -> Array:
    """Return the day after the start of the arm on which each patient drops out, shape (slots,); at a constant rate."""
    if yearly_share <= 0:
        return np.full(slots, np.inf)
    rate = -float(np.log1p(-yearly_share)) / YEAR
    return np.asarray(exponentials(seed, DROP_OUT, np.arange(slots)) / rate)


def leaves_for_harm(seed: int, slots: int) -> NDArray[np.bool_]:
    """Return who, on leaving for another reason than lupus, leaves for an adverse event, shape (slots,)."""
    return np.asarray(uniforms(seed, DROP_OUT, np.arange(slots), draw=1) < settings().drop_out.for_adverse_event)


def rescued(seed: int, slots: int, days: Days) -> NDArray[np.bool_]:
    """Return whether a severe flare at the visits of these days would be answered outside the protocol, (V, slots)."""
    u = _rescue_numbers(seed, slots, tuple(days.tolist()))
    return np.asarray(u < settings().rescue.share)


def _rounded(days: int) -> int:
    """Return a number of days of which few different ones are asked for, so that numbers are found again."""
    return -(-days // 400) * 400


def screened_on(seed: int, patients: Days) -> Days:
    """Return the day of the year on which each patient is screened, the first of one of twelve equal months, (N,)."""
    return (uniforms(seed, SCREENING.season, patients) * 12).astype(np.int64) * 365 // 12


@lru_cache(maxsize=64)
def _rescue_numbers(seed: int, slots: int, days: tuple[int, ...]) -> Array:
    return uniforms(seed, RESCUE, np.arange(slots)[None, :], np.array(days)[:, None])


def _noise_numbers(seed: int, slots: int, days: int) -> Array:
    """Return standard normal numbers, shape (blocks, streams, slots); read only."""
    return _numbers_of(seed).first(-(-(days + BLOCK_DAYS) // BLOCK_DAYS), slots)


@lru_cache(maxsize=2)
def _numbers_of(seed: int) -> _Numbers:
    return _Numbers(seed)


@final
class _Numbers:
    """The numbers of a seed for as many blocks and slots as were asked for at most: arms of any size share them."""

    def __init__(self, seed: int) -> None:
        self.seed, self._made = seed, np.empty((0, len(NOISE_STREAMS), 0))

    def first(self, blocks: int, slots: int) -> Array:
        """Return those of the first blocks and slots."""
        made = self._made
        if made.shape[0] < blocks or made.shape[2] < slots:
            made = self._made = self._new(max(blocks, made.shape[0]), max(slots, made.shape[2]))
        return made[:blocks, :, :slots]

    def _new(self, blocks: int, slots: int) -> Array:
        who, when = np.arange(slots)[None, :], np.arange(0, blocks * BLOCK_DAYS, BLOCK_DAYS)[:, None]
        return np.stack([normals(self.seed, TRIAL.noise_of(name), who, when) for name in NOISE_STREAMS], axis=1)

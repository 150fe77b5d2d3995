"""The luck of virtual patients: triggers, chance events and visit noise, made once for each address and kept.

Uniform, exponential and normal numbers depend on (seed, stream, patient, day) alone, streams are those of
`lupercal.engine.streams`; rate and size of triggers are parameters and are applied to the kept numbers at each call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast, final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.kept import Kept, content_of, mark
from lupercal.course.noise import BLOCK_DAYS, halved, visit_noise
from lupercal.engine.random import exponentials, normals, uniforms
from lupercal.engine.streams import BURN_IN, EARLIER_NOISE, FORECAST, LifeStreams
from lupercal.evidence.parameters import parameters, values
from lupercal.model.infection import CHANCE_INTERVAL_DAYS
from lupercal.model.observation import NOISE_STREAMS
from lupercal.model.triggers import daily_probability, sizes
from lupercal.population.cohort import Cohort
from lupercal.population.quantiles import Typical

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
PREVIOUS_VISIT = -30
"""Day of the visit before the baseline visit, where the forward series of visit noise begins."""

_IN_CACHE = 65_536  # numbers that are drawn and looked through together
TRIGGER_SYMBOLS = ("z_rate", "z_season", "z_peak", "z_size")
_kept = Kept()


class Luck(Protocol):
    """What chance brings to N people during a stay; the same address, the same number."""

    def triggers(self, days: Whole) -> Array | None:
        """Return what each of these days in a row adds to the trigger state, shape (D, N); None for no triggers."""
        ...

    def infections(self, days: Whole) -> Array | None:
        """Return uniform numbers that decide on infections, one for each week of these days, shape (weeks, N).

        None where nothing is left to chance.
        """
        ...

    def noise(self, visits: Sequence[int]) -> dict[str, Array]:
        """Return the noise with which visits on these days read, shape (V, N) for each of `NOISE_STREAMS`."""
        ...


@final
@dataclass(frozen=True, slots=True)
class NoLuck:
    """Nothing is left to chance; visits read what is there."""

    size: int

    def triggers(self, days: Whole) -> None:
        """See `Luck`."""

    def infections(self, days: Whole) -> None:
        """See `Luck`."""

    def noise(self, visits: Sequence[int]) -> dict[str, Array]:
        """See `Luck`."""
        return {name: np.zeros((len(visits), self.size)) for name in NOISE_STREAMS}


@final
@dataclass(frozen=True, slots=True)
class OwnLuck:
    """The luck of people before day 0, addressed by their own numbers.

    ``of_year`` is the day of the year that day 0 is, 0 for 1 January, one number or (N,).
    """

    seed: int
    people: Cohort
    of_year: int | Whole = 0

    def triggers(self, days: Whole) -> Array:
        """See `Luck`."""
        season = np.broadcast_to(self.of_year, self.people.patients.shape)
        return trigger_jumps(self.seed, BURN_IN, self.people.patients, days, self.people.parameters, season)

    def infections(self, days: Whole) -> Array:
        """See `Luck`."""
        return weekly_luck(self.seed, BURN_IN, self.people.patients, days)

    def noise(self, visits: Sequence[int]) -> dict[str, Array]:
        """See `Luck`."""
        return noise_until_baseline(self.seed, self.people.patients, visits, values()["noise_days"])


@final
@dataclass(frozen=True, slots=True)
class SlotLuck:
    """The luck from a decision on, addressed by slot and day since the decision on day ``decided``.

    Whoever stands in a slot has its luck, so therapies of a forecast share it; the visit at the decision reads with the
    noise that the people were chosen with. ``of_year`` is the day of the year of the decision, 0 for 1 January.
    """

    seed: int
    people: Cohort
    slots: Whole
    decided: int
    of_year: int = 0

    def triggers(self, days: Whole) -> Array:
        """See `Luck`."""
        season = np.full(self.slots.shape, self.of_year)
        return trigger_jumps(self.seed, FORECAST, self.slots, days - self.decided, self.people.parameters, season)

    def infections(self, days: Whole) -> Array:
        """See `Luck`."""
        return weekly_luck(self.seed, FORECAST, self.slots, days - self.decided)

    def noise(self, visits: Sequence[int]) -> dict[str, Array]:
        """See `Luck`."""
        since, correlation = tuple(day - self.decided for day in visits), values()["noise_days"]
        chosen_with = content_of(self.people.noise[name] for name in NOISE_STREAMS)
        key = ("slot noise", self.seed, mark(self.slots), chosen_with, since, correlation)
        by_stream = _kept.get(key, lambda: self._noise(since, correlation))
        return dict(zip(NOISE_STREAMS, by_stream, strict=True))

    def _noise(self, since: Sequence[int], correlation: float) -> tuple[Array, ...]:
        return tuple(
            visit_noise(self.seed, FORECAST.noise_of(name), self.slots, since, 0, correlation, self.people.noise[name])
            for name in NOISE_STREAMS
        )


def trigger_jumps(
    seed: int,
    streams: LifeStreams,
    patients: Whole,
    days: Whole,
    p: Typical | None = None,
    first_day: Whole | None = None,
) -> Array:
    """Return what each day adds to the trigger state, shape (D, N); addressed by patient and day.

    Parameters
    ----------
    seed, streams, patients, days
        The address; patients (N,), days (D,).
    p
        Parameters with z_rate, z_season, z_peak and z_size, one number or shape (N,); the shipped ones if not given.
    first_day
        For each patient the day of the year that day 0 is, shape (N,), 0 for 1 January; that if not given.
    """
    given = {name: np.asarray((p or values())[name], np.float64) for name in TRIGGER_SYMBOLS}
    most = np.broadcast_to(given["z_rate"] / 365 * (1 + given["z_season"]), patients.shape)
    bound = _bound(float(most.max(initial=0.0)))
    key = ("trigger", seed, streams.triggers, mark(patients), mark(days), bound)
    possible = _kept.get(key, lambda: _possible(seed, streams, patients, days, bound))
    near = np.flatnonzero(possible[2] < most[possible[1]])
    day, patient, u, size = (numbers[near] for numbers in possible)
    of_person = cast(
        Mapping[str, float], {name: value[patient] if value.ndim else value for name, value in given.items()}
    )
    of_year = np.mod(days[day] + (0 if first_day is None else first_day[patient]), 365).astype(np.float64)
    jumps = np.zeros((len(days), len(patients)))
    jumps[day, patient] = np.where(u < daily_probability(of_year, of_person), sizes(size, of_person), 0.0)
    return jumps


def weekly_luck(seed: int, streams: LifeStreams, patients: Whole, days: Whole) -> Array:
    """Return the uniform numbers that decide on infections, one per week of ``days``, shape (weeks, N); read only."""
    weeks = days[::CHANCE_INTERVAL_DAYS]
    key = ("weekly", seed, streams.infections, mark(patients), mark(weeks))
    return _kept.get(key, lambda: (uniforms(seed, streams.infections, patients[None, :], weeks[:, None]),))[0]


def noise_until_baseline(seed: int, patients: Whole, days: Sequence[int], correlation_days: float) -> dict[str, Array]:
    """Return visit noise up to day 0, shape (V, N) per stream; read only.

    From `PREVIOUS_VISIT` on the series runs forward. Before, it goes backward from there: a stationary first-order
    autoregression is the same process in both directions, so the numbers of a visit do not depend on how far back
    others go. Few days of the three years are visits, so the series is halved down to these.
    """
    key = ("noise", seed, mark(patients), tuple(days), correlation_days)
    by_stream = _kept.get(key, lambda: _noise(seed, patients, days, correlation_days))
    return dict(zip(NOISE_STREAMS, by_stream, strict=True))


def forget() -> None:
    """Give back the memory of the kept numbers, where patients are not asked for again."""
    _kept.clear()


def _bound(chance: float) -> float:
    """Return the daily probability up to which numbers are kept: that of the largest plausible rate, or a multiple."""
    table = parameters()
    usual = table["z_rate"].high * (1 + table["z_season"].high) / 365
    return float(usual * 2 ** max(0, np.ceil(np.log2(max(chance, usual) / usual))))


def _possible(seed: int, streams: LifeStreams, patients: Whole, days: Whole, bound: float) -> tuple[NDArray[Any], ...]:
    """Return day, patient, uniform and exponential number wherever a trigger comes if its probability is ``bound``."""
    people, places, numbers = max(1, len(patients)), [np.empty(0, np.int64)], [np.empty(0)]
    together = max(1, _IN_CACHE // people)
    for first in range(0, len(days), together):
        occurs = uniforms(seed, streams.trigger_occurs, patients[None, :], days[first : first + together, None]).ravel()
        struck = np.flatnonzero(occurs < bound)
        places.append(struck + first * people)
        numbers.append(occurs[struck])
    day, patient = np.divmod(np.concatenate(places), people)
    size = exponentials(seed, streams.trigger_size, patients[patient], days[day])
    return day.astype(np.int32), patient.astype(np.int32), np.concatenate(numbers), size


def _noise(seed: int, patients: Whole, days: Sequence[int], correlation_days: float) -> tuple[Array, ...]:
    early = [day for day in days if day < PREVIOUS_VISIT]
    late = [day for day in days if day >= PREVIOUS_VISIT]
    if sorted(days) != list(days):
        raise ValueError("days of visits must ascend")
    return tuple(
        np.concatenate([
            _backward(seed, name, patients, early, correlation_days),
            visit_noise(seed, BURN_IN.noise_of(name), patients, late, PREVIOUS_VISIT, correlation_days),
        ])
        for name in NOISE_STREAMS
    )  # fmt: skip


def _backward(seed: int, name: str, patients: Whole, days: Sequence[int], correlation_days: float) -> Array:
    """Return noise of one stream on days before `PREVIOUS_VISIT`, shape (V, N)."""
    now = visit_noise(seed, BURN_IN.noise_of(name), patients, [PREVIOUS_VISIT], PREVIOUS_VISIT, correlation_days)[0]

    def numbers(blocks: Whole) -> Array:
        starts = PREVIOUS_VISIT - BLOCK_DAYS * blocks
        return normals(seed, f"{BURN_IN.noise_of(name)} {EARLIER_NOISE}", patients[None, :], starts[:, None])

    blocks = [(PREVIOUS_VISIT - day + BLOCK_DAYS - 1) // BLOCK_DAYS for day in days]
    return halved(now, blocks, numbers, correlation_days)

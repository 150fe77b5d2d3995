"""The filter on problems whose answers are known: Kalman's equations, quadrature, and what must change nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm

from lupercal.engine.random import normals, uniforms
from lupercal.forecast.assimilation.filter import Rules, Weighing, filtered
from lupercal.forecast.assimilation.moves import liu_west
from lupercal.forecast.assimilation.weights import (
    effective_number,
    largest_power,
    systematic,
    tempered_logs,
    weights_of,
)
from lupercal.population.proposal import Proposal

Array = NDArray[np.float64]
SIZE, START, STEP, ERROR = 20000, 1.0, 0.5, 0.7


@dataclass(frozen=True)
class Walkers:
    """Random walkers and the day they have reached."""

    place: Array
    day: int = 0


@dataclass(frozen=True)
class Look:
    """Where a walker was seen, with what standard deviation, on a day."""

    day: int
    value: float
    error: float = ERROR


@dataclass(frozen=True)
class Walk:
    """A random walk: one normal step a day, seen with a normal error."""

    seed: int = 1
    step: float = STEP

    def lived(self, particles: Walkers, visit: Look, turn: int) -> Walkers:
        slots, days = np.arange(len(particles.place)), range(particles.day, visit.day)
        steps = sum((normals(self.seed, f"step {turn}", slots, day) for day in days), np.zeros(len(slots)))
        return Walkers(particles.place + self.step * steps, visit.day)

    def weighed(self, particles: Walkers, visit: Look) -> tuple[Array, Walkers]:
        z = (visit.value - particles.place) / visit.error
        return -0.5 * z * z - np.log(visit.error) - 0.5 * np.log(2 * np.pi), particles

    def chosen(self, particles: Walkers, index: NDArray[np.int64]) -> Walkers:
        return replace(particles, place=particles.place[index])

    def mover(self, particles: Walkers, visit: Look) -> Callable[[Walkers, int], Walkers]:
        return lambda some, turn: some

    def either(self, new: NDArray[np.bool_], these: Walkers, those: Walkers) -> Walkers:
        return replace(these, place=np.where(new, these.place, those.place))

    def start_of(self, visit: Look, turn: int) -> float:
        return float(uniforms(self.seed, "choice", turn, visit.day))

    def chances(self, visit: Look, turn: int) -> Array:
        return uniforms(self.seed, "taken", np.arange(SIZE), visit.day, turn)


def walkers(seed: int = 1) -> Walkers:
    return Walkers(START * normals(seed, "start", np.arange(SIZE)))


def kalman(looks: list[Look]) -> tuple[float, float, float]:
    """Return mean, variance and log evidence by Kalman's equations."""
    mean, variance, day, evidence = 0.0, START**2, 0, 0.0
    for look in looks:
        variance += STEP**2 * (look.day - day)
        total = variance + look.error**2
        evidence += -0.5 * (look.value - mean) ** 2 / total - 0.5 * np.log(2 * np.pi * total)
        gain, day = variance / total, look.day
        mean, variance = mean + gain * (look.value - mean), (1 - gain) * variance
    return mean, variance, evidence


LOOKS = [Look(1, 0.4), Look(2, 1.1), Look(4, 1.9), Look(5, 1.4), Look(9, 2.5)]


def test_random_walk_is_kalmans_within_three_monte_carlo_errors() -> None:
    ends = [filtered(walkers(seed), LOOKS, Walk(seed), SIZE) for seed in range(1, 9)]
    found = np.array([(end.place.mean(), end.place.var(), sum(w.log_evidence for w in told)) for end, told in ends])
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - kalman(LOOKS)) < 3 * error + 1e-3).all()


def test_a_surprise_is_learnt_in_stages_and_still_kalmans() -> None:
    """Nobody is where the walker is seen: copies of the nearest live the stretch again until enough are."""
    surprise = [Look(1, 3.6, 0.1)]
    ends = [filtered(walkers(seed), surprise, Walk(seed, 1.0), SIZE, Rules(0.25, 20, 2)) for seed in range(1, 9)]
    assert all(told[0].stages > 1 and told[0].power == 1 for _, told in ends)
    found = np.array([(end.place.mean(), end.place.var(), told[0].log_evidence) for end, told in ends])
    total = START**2 + 1.0**2
    wanted = (3.6 * total / (total + 0.01), total * 0.01 / (total + 0.01), norm.logpdf(3.6, 0, np.sqrt(total + 0.01)))
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - wanted) < 3 * error + 1e-3).all()


@dataclass(frozen=True)
class Decay(Walk):
    """An exponential decay whose log rate is ``place``, seen with a normal error; only moves part copies."""

    error: float = 0.1

    def lived(self, particles: Walkers, visit: Look, turn: int) -> Walkers:
        return particles

    def weighed(self, particles: Walkers, visit: Look) -> tuple[Array, Walkers]:
        z = (visit.value - np.exp(-np.exp(particles.place) * visit.day)) / self.error
        return -0.5 * z * z, particles

    def mover(self, particles: Walkers, visit: Look) -> Callable[[Walkers, int], Walkers]:
        around = Proposal(np.array([particles.place.mean()]), np.array([particles.place.std()]))

        def moved(some: Walkers, turn: int) -> Walkers:
            fresh = normals(self.seed, "move", np.arange(SIZE), visit.day, turn)[None]
            return Walkers(liu_west(some.place[None], around, 0.95, fresh)[0])

        return moved


def test_one_parameter_is_quadrature() -> None:
    """An exponential decay of unknown rate, seen four times."""
    days, seen = [1, 2, 4, 7], [0.8, 0.55, 0.41, 0.12]
    prior = Walkers(-1.5 + 0.8 * normals(1, "rate", np.arange(SIZE)))
    looks = [Look(day, value) for day, value in zip(days, seen, strict=True)]
    end, _ = filtered(prior, looks, Decay(), SIZE)
    grid = np.linspace(-6, 3, 20001)
    log = -0.5 * ((grid + 1.5) / 0.8) ** 2
    for day, value in zip(days, seen, strict=True):
        log = log - 0.5 * ((value - np.exp(-np.exp(grid) * day)) / Decay().error) ** 2
    weight = np.exp(log - log.max()) / np.exp(log - log.max()).sum()
    mean = float(weight @ grid)
    sd = float(np.sqrt(weight @ (grid - mean) ** 2))
    assert abs(end.place.mean() - mean) < 3 * sd / np.sqrt(SIZE / 20)
    assert end.place.std() == pytest.approx(sd, rel=0.05)


def test_moves_part_copies_and_keep_the_posterior() -> None:
    """After a visit that leaves a quarter, most particles are nobody's copy, and mean and spread are quadrature's."""
    prior = Walkers(-1.5 + 0.8 * normals(1, "rate", np.arange(SIZE)))
    end, told = filtered(prior, [Look(2, 0.55)], Decay(error=0.03), SIZE, Rules(0.25, 12, 4))
    assert told[0].power == 1
    assert told[0].effective >= 0.2499 * SIZE
    assert len(np.unique(end.place)) > 0.5 * SIZE
    grid = np.linspace(-6, 3, 20001)
    log = -0.5 * ((grid + 1.5) / 0.8) ** 2 - 0.5 * ((0.55 - np.exp(-np.exp(grid) * 2)) / 0.03) ** 2
    weight = np.exp(log - log.max()) / np.exp(log - log.max()).sum()
    assert end.place.mean() == pytest.approx(float(weight @ grid), abs=0.004)
    assert end.place.std() == pytest.approx(float(np.sqrt(weight @ (grid - weight @ grid) ** 2)), rel=0.05)


def test_a_visit_twice_is_one_with_half_the_variance() -> None:
    twice, _ = filtered(walkers(), [Look(1, 1.0), Look(1, 1.0)], Walk(), SIZE)
    half, _ = filtered(walkers(), [Look(1, 1.0, ERROR / np.sqrt(2))], Walk(), SIZE)
    assert twice.place.mean() == pytest.approx(half.place.mean(), abs=0.03)
    assert twice.place.var() == pytest.approx(half.place.var(), rel=0.06)


def test_one_more_visit_changes_nothing_before_it() -> None:
    _, early = filtered(walkers(), LOOKS[:3], Walk(), SIZE)
    _, late = filtered(walkers(), LOOKS, Walk(), SIZE)
    assert late[:3] == early


def test_a_visit_that_says_nothing_changes_nothing() -> None:
    class Silent(Walk):
        def weighed(self, particles: Walkers, visit: Look) -> tuple[Array, Walkers]:
            return np.zeros(len(particles.place)), particles

    end, told = filtered(walkers(), [Look(0, 0.0)], Silent(), SIZE)
    assert np.array_equal(end.place, walkers().place)
    assert told == (Weighing(float(SIZE), 1.0, 1, 0.0),)


def test_what_nothing_explains_counts_with_a_power_that_leaves_a_quarter() -> None:
    _, told = filtered(walkers(), [Look(0, 30.0, 0.01)], Walk(), SIZE)
    assert told[0].power < 0.01
    assert told[0].effective >= 0.2499 * SIZE


@given(st.lists(st.floats(-30, 0), min_size=4, max_size=40), st.floats(0.05, 1.0))
def test_power_leaves_as_many_as_asked(logs: list[float], share: float) -> None:
    weights = np.array(logs)
    power = largest_power(weights, share * len(weights))
    assert 0 <= power <= 1
    assert effective_number(tempered_logs(weights, power)) >= share * len(weights) * (1 - 1e-6)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=30), st.floats(0.001, 0.999))
def test_systematic_takes_everybody_about_as_often_as_his_weight(raw: list[float], u: float) -> None:
    weights = weights_of(np.log(np.array(raw)))
    counts = np.bincount(systematic(weights, u), minlength=len(weights))
    assert counts.sum() == len(weights)
    assert (np.abs(counts - len(weights) * weights) < 1 + 1e-6).all()


def test_moves_keep_mean_and_spread() -> None:
    fresh, own = normals(1, "fresh", np.arange(SIZE))[None], 2 + 0.4 * normals(1, "own", np.arange(SIZE))[None]
    found = liu_west(own, Proposal(np.array([2.0]), np.array([0.4])), 0.9, fresh)
    assert found.mean() == pytest.approx(2.0, abs=0.01)
    assert found.std() == pytest.approx(0.4, rel=0.02)
    assert np.array_equal(liu_west(own, Proposal(np.zeros(1), np.ones(1)), 1.0, fresh), own)

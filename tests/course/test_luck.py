"""The luck of virtual patients: numbers at fixed addresses, parameters applied afterwards, memory bounded."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lupercal.course.kept import Kept
from lupercal.course.luck import PREVIOUS_VISIT, noise_until_baseline, trigger_jumps, weekly_luck
from lupercal.course.noise import visit_noise
from lupercal.engine.random import exponentials, uniforms
from lupercal.engine.streams import BURN_IN, LifeStreams
from lupercal.evidence.parameters import values
from lupercal.model.observation import NOISE_STREAMS
from lupercal.model.triggers import daily_probability, sizes

PATIENTS = np.arange(5, 45)
DAYS = np.arange(-400, 0)
A = LifeStreams("a", "a")


def written_out(p: dict[str, float]) -> NDArray[np.float64]:
    """Return the jumps with every number made, as the process is defined."""
    u = uniforms(4, "trigger occurs", PATIENTS[None, :], DAYS[:, None])
    struck = u < daily_probability(np.mod(DAYS, 365).astype(float), p)[:, None]
    return np.asarray(struck * sizes(exponentials(4, "trigger size", PATIENTS[None, :], DAYS[:, None]), p))


@pytest.mark.parametrize("changed", [{}, {"z_rate": 7.9}, {"z_rate": 60.0, "z_size": 0.1}, {"z_season": 0.5}])
def test_kept_numbers_give_the_process_as_defined(changed: dict[str, float]) -> None:
    p = values() | changed
    expected = written_out(p)
    assert (expected > 0).sum() > 50
    assert np.array_equal(trigger_jumps(4, BURN_IN, PATIENTS, DAYS, p), expected)


def test_a_rate_for_each_patient_is_that_patient_s() -> None:
    rate = np.linspace(1.0, 8.0, len(PATIENTS))
    found = trigger_jumps(4, BURN_IN, PATIENTS, DAYS, values() | {"z_rate": rate})
    one = trigger_jumps(4, BURN_IN, PATIENTS, DAYS, values() | {"z_rate": float(rate[7])})
    assert np.array_equal(found[:, 7], one[:, 7])


def test_a_patient_s_day_0_lies_where_it_is_said_to_in_the_year() -> None:
    p = values() | {"z_rate": 20.0, "z_season": 2.0}
    phase = np.where(np.arange(len(PATIENTS)) < 20, 0, 90)
    found = trigger_jumps(4, BURN_IN, PATIENTS, DAYS, p, phase)
    later = trigger_jumps(4, BURN_IN, PATIENTS, DAYS, p | {"z_peak": p["z_peak"] - 90})
    assert np.array_equal(found[:, :20], trigger_jumps(4, BURN_IN, PATIENTS, DAYS, p)[:, :20])
    assert np.array_equal(found[:, 20:], later[:, 20:])


def test_a_patient_s_luck_does_not_depend_on_the_others() -> None:
    assert np.array_equal(trigger_jumps(4, A, PATIENTS[3:5], DAYS[10:]), trigger_jumps(4, A, PATIENTS, DAYS)[10:, 3:5])
    assert np.array_equal(weekly_luck(4, A, PATIENTS[3:5], DAYS), weekly_luck(4, A, PATIENTS, DAYS)[:, 3:5])


def test_noise_before_day_0_goes_on_into_that_of_the_baseline_visit() -> None:
    days = (-200, -100, -31, -30, -3, 0)
    noise = noise_until_baseline(4, PATIENTS, days, 60.0)
    late = visit_noise(4, "noise SK", PATIENTS, (-30, -3, 0), PREVIOUS_VISIT, 60.0)
    assert set(noise) == set(NOISE_STREAMS)
    assert np.array_equal(noise["SK"][3:], late)
    assert np.array_equal(noise_until_baseline(4, PATIENTS[:2], (-100,), 60.0)["SK"][0], noise["SK"][1, :2])


def test_noise_before_day_0_has_the_variance_and_correlation_of_the_process() -> None:
    series = noise_until_baseline(4, np.arange(4000), (-180, -150, -60, -30, 0), 60.0)["UP"]
    assert series.std(axis=1) == pytest.approx(np.ones(5), abs=0.04)
    steps = [np.corrcoef(series[a], series[b])[0, 1] for a, b in ((0, 1), (2, 3), (3, 4))]
    assert steps == pytest.approx([np.exp(-0.5)] * 3, abs=0.04)


def test_the_store_stays_within_its_memory_and_forgets_the_oldest() -> None:
    store, made = Kept(most_bytes=2500), []

    def ask(key: int) -> None:
        store.get(key, lambda: made.append(key) or (np.zeros(100),))  # type: ignore[func-returns-value]

    for key in (1, 2, 3, 1, 4, 1, 2):
        ask(key)
        assert store.held_bytes <= 2500
    assert made == [1, 2, 3, 4, 2]
    store.clear()
    assert store.held_bytes == 0


def test_what_is_kept_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        weekly_luck(4, A, PATIENTS, DAYS)[0, 0] = 1.0

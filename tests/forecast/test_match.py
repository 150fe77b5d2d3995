"""Weights, slots, and the refusal to guess."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.forecast.match import (
    Resembling,
    agreement,
    fill_slots,
    importance,
    tempered,
    weighted_quantiles,
)
from lupercal.forecast.run import Request, compute
from lupercal.forecast.search import ForecastRefusedError
from lupercal.forecast.settings import ResemblanceKernel
from lupercal.forecast.targets import MatchTarget
from lupercal.patient.cases import read_case
from lupercal.population.cohort import Cohort

TARGET = MatchTarget("c3", 0.7, 0.7, ResemblanceKernel(scale="linear", tolerance=0.1))


def weighted(weights: list[float]) -> Resembling:
    nobody: Cohort = None  # type: ignore[assignment]
    return Resembling(nobody, np.array(weights), 1.0, len(weights))


def silent(_: str, __: float) -> None:
    pass


def weights_of(values: list[float] | np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[np.ndarray, float]:
    return importance(agreement([TARGET], {"c3": np.asarray(values, np.float64)}), 1)


def test_weights_sum_to_one_and_favour_the_similar() -> None:
    weights, size = weights_of([0.7, 0.8, 1.4])
    assert weights.sum() == pytest.approx(1)
    assert weights[0] > weights[1] > weights[2]
    assert 1 < size < 3


def test_equal_candidates_count_fully() -> None:
    assert weights_of(np.full(50, 0.75))[1] == pytest.approx(50)


def test_when_nobody_is_near_the_effective_size_is_zero() -> None:
    assert weights_of(np.full(50, 9.0))[1] == 0


def test_weights_make_up_for_how_candidates_were_drawn() -> None:
    weights, _ = importance(np.zeros(4), 1, np.log([1.0, 2.0, 3.0, 4.0]))
    assert weights == pytest.approx([0.1, 0.2, 0.3, 0.4])


@given(st.lists(st.floats(-1e4, 0), min_size=40, max_size=60), st.floats(1.5, 30))
def test_tempered_weights_are_worth_at_least_what_is_asked(agreed: list[float], wanted: float) -> None:
    weights, power = tempered(np.array(agreed), np.zeros(len(agreed)), wanted)
    assert weights.sum() == pytest.approx(1)
    assert 0 < power <= 1
    assert 1 / np.square(weights).sum() >= wanted * 0.999 or power == pytest.approx(np.exp(-12), rel=0.02)


def test_enough_who_resemble_are_not_tempered() -> None:
    agreed = -0.5 * np.linspace(-2, 2, 200) ** 2
    assert tempered(agreed, np.zeros(200), 20)[1] == 1


def test_a_slot_holds_the_same_patient_however_many_slots_there_are() -> None:
    pool = weighted([0.1, 0.2, 0.3, 0.4])
    assert np.array_equal(fill_slots(pool, 100, 3)[:64], fill_slots(pool, 64, 3))


def test_slots_follow_the_weights_closely() -> None:
    shares = np.bincount(fill_slots(weighted([0.1, 0.2, 0.3, 0.4]), 1024, 3)) / 1024
    assert np.allclose(shares, [0.1, 0.2, 0.3, 0.4], atol=0.005)


def test_weighted_quantiles_of_equal_weights_are_quantiles() -> None:
    assert weighted_quantiles(np.arange(101.0), np.ones(101) / 101, (0.05, 0.5, 0.95)).tolist() == [5, 50, 95]


def test_a_patient_of_whom_nothing_is_known_is_refused() -> None:
    with pytest.raises(ForecastRefusedError, match="tells none of sledai_2k"):
        compute(read_case("ozek-case-1"), Request(("standard_care",), 10, 3), silent)

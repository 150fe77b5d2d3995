"""Weights, slots, and the refusal to guess."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.forecast.match import (
    ForecastRefusedError,
    Resembling,
    fill_slots,
    importance,
    weighted_quantiles,
)
from lupercal.forecast.run import Request, compute
from lupercal.forecast.settings import ResemblanceKernel
from lupercal.forecast.targets import MatchTarget
from lupercal.patient.cases import read_case
from lupercal.patient.record import Measurement, Patient, Visit
from lupercal.population.cohort import Cohort

TARGET = MatchTarget("c3", 0.7, 0.7, ResemblanceKernel(scale="linear", tolerance=0.1))


def weighted(weights: list[float]) -> Resembling:
    nobody: Cohort = None  # type: ignore[assignment]
    return Resembling(nobody, np.array(weights), 1.0, len(weights))


def silent(_: str, __: float) -> None:
    pass


def test_weights_sum_to_one_and_favour_the_similar() -> None:
    weights, size = importance([TARGET], {"c3": np.array([0.7, 0.8, 1.4])})
    assert weights.sum() == pytest.approx(1)
    assert weights[0] > weights[1] > weights[2]
    assert 1 < size < 3


def test_equal_candidates_count_fully() -> None:
    _, size = importance([TARGET], {"c3": np.full(50, 0.75)})
    assert size == pytest.approx(50)


def test_when_nobody_is_near_the_effective_size_is_zero() -> None:
    assert importance([TARGET], {"c3": np.full(50, 9.0)})[1] == 0


def test_a_slot_holds_the_same_patient_however_many_slots_there_are() -> None:
    pool = weighted([0.1, 0.2, 0.3, 0.4])
    assert np.array_equal(fill_slots(pool, 100, 3)[:64], fill_slots(pool, 64, 3))


def test_slots_follow_the_weights_closely() -> None:
    shares = np.bincount(fill_slots(weighted([0.1, 0.2, 0.3, 0.4]), 1024, 3)) / 1024
    assert np.allclose(shares, [0.1, 0.2, 0.3, 0.4], atol=0.005)


def test_weighted_quantiles_of_equal_weights_are_quantiles() -> None:
    assert weighted_quantiles(np.arange(101.0), np.ones(101) / 101, (0.05, 0.5, 0.95)).tolist() == [5, 50, 95]


def test_a_value_out_of_reach_is_refused_and_named() -> None:
    values = {"upcr": Measurement(14.0), "c3": Measurement(1.5)}
    strange = Patient(id="x", sex="female", age_years=30.0, visits=(Visit(0, values=values),))
    with pytest.raises(ForecastRefusedError, match=r"Furthest out of reach is (upcr|c3)"):
        compute(strange, Request(("standard_care",), 10, 3), silent)


def test_a_patient_of_whom_nothing_is_known_is_refused() -> None:
    with pytest.raises(ForecastRefusedError, match="tells none of sledai_2k"):
        compute(read_case("ozek-case-1"), Request(("standard_care",), 10, 3), silent)

"""Prevalence weights: nearest to equal ones, targets met where they can be, told where they cannot."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from lupercal.errors import LupercalError
from lupercal.population.weights import SLACK, balance, ess
from tests.work import calls_of

PROMISED_CALLS = 10_000  # ten times what the larger problem was seen to take

Array = NDArray[np.float64]


def problem(seed: int, k: int = 8, n: int = 400, tilt: float = 0.7) -> tuple[Array, Array, Array]:
    """Return features, targets that some weights reach exactly, and tolerances."""
    random = np.random.default_rng(seed)
    features = random.random((k, n))
    features[: k // 2] = features[: k // 2] < random.uniform(0.1, 0.7, (k // 2, 1))
    hidden = np.exp(tilt * random.normal(size=n))
    return features, features @ (hidden / hidden.sum()), np.full(k, 0.03)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_feasible_targets_are_met_by_positive_weights_that_add_up_to_one(seed: int) -> None:
    found = balance(*problem(seed))
    assert found.weights.sum() == pytest.approx(1)
    assert (found.weights > 0).all()
    assert np.abs(found.residuals).max() < 0.2
    assert found.out_of_reach == ()
    assert found.effective_sample_size == pytest.approx(ess(found.weights))


@settings(max_examples=10)
@given(st.integers(0, 10_000))
def test_the_order_of_patients_does_not_matter(seed: int) -> None:
    features, targets, tolerances = problem(seed)
    order = np.random.default_rng(seed).permutation(features.shape[1])
    one, other = balance(features, targets, tolerances), balance(features[:, order], targets, tolerances)
    assert np.allclose(one.weights[order], other.weights, rtol=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_dual_gives_what_minimising_over_all_weights_gives(seed: int) -> None:
    features, targets, tolerances = problem(seed, k=2, n=8)
    found = balance(features, targets + 0.05, tolerances, slack=SLACK)

    def cost(logits: Array) -> float:
        weights = np.exp(logits - logits.max())
        weights /= weights.sum()
        residuals = (features @ weights - targets - 0.05) / tolerances
        return float(weights @ np.log(weights * 8) + residuals @ residuals / (2 * SLACK**2))

    best = min(
        (minimize(cost, np.random.default_rng(k).normal(size=8), tol=1e-12) for k in range(4)), key=lambda r: r.fun
    )
    assert cost(np.log(found.weights)) == pytest.approx(best.fun, rel=1e-6, abs=1e-9)
    weights = np.exp(best.x - best.x.max())
    assert found.weights == pytest.approx(weights / weights.sum(), abs=1e-4)


def test_targets_already_met_change_nothing() -> None:
    features, _, tolerances = problem(5)
    found = balance(features, features.mean(axis=1), tolerances)
    assert found.weights == pytest.approx(np.full(400, 1 / 400))
    assert found.effective_sample_size == pytest.approx(400)
    assert found.divergence == pytest.approx(0, abs=1e-9)


def test_a_target_outside_all_patients_is_told_and_the_others_are_still_met() -> None:
    features, targets, tolerances = problem(6)
    targets[0] = 1.5
    found = balance(features, targets, tolerances)
    assert found.outside.tolist() == [True] + [False] * 7
    assert found.missed[0]
    assert 0 in found.out_of_reach


def test_targets_that_exclude_each_other_are_told() -> None:
    features = np.vstack([np.tile([0.0, 1.0], 50), np.tile([0.0, 1.0], 50)])
    found = balance(features, np.array([0.2, 0.8]), np.array([0.05, 0.05]))
    assert found.out_of_reach == (0, 1)
    assert not found.outside.any()
    assert found.residuals == pytest.approx([6, -6], rel=0.01)


def test_the_effective_sample_size_asked_for_is_kept_at_the_cost_of_the_targets() -> None:
    features, targets, tolerances = problem(7, tilt=2.5)
    free = balance(features, targets, tolerances)
    kept = balance(features, targets, tolerances, at_least_ess=300)
    assert free.effective_sample_size < 300 <= kept.effective_sample_size < 312
    assert np.square(kept.residuals).sum() > np.square(free.residuals).sum()
    assert kept.slack > free.slack


def test_who_has_no_base_weight_gets_none() -> None:
    features, targets, tolerances = problem(8)
    base = np.where(np.arange(400) < 300, 1.0, 0.0)
    found = balance(features, targets, tolerances, base=base)
    assert found.weights[300:].max() == 0
    assert found.weights.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": np.zeros(3)}, "do not fit"),
        ({"features": np.full((8, 400), np.nan)}, "finite"),
        ({"tolerances": np.zeros(8)}, "positive"),
        ({"base": np.zeros(400)}, "above zero"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, Array], message: str) -> None:
    asked: dict[str, Any] = dict(zip(("features", "targets", "tolerances"), problem(9), strict=True))
    with pytest.raises(LupercalError, match=message):
        balance(**(asked | change))


def test_a_calibration_s_problem_is_quick() -> None:
    """A few Newton steps: the work does not grow with the people, whom arrays hold."""
    few, many = (calls_of(partial(balance, *problem(10, k=25, n=size))) for size in (2000, 20_000))
    assert max(few, many) < PROMISED_CALLS

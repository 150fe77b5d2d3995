"""The smoother against problems whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.calibration.smoother import bounded, distance, excess, inflations, relaxed, update

MEMBERS = 400


def run(prior: np.ndarray, forward: np.ndarray, data: np.ndarray, errors: np.ndarray, passes: int = 4) -> np.ndarray:
    scores = prior
    for number, inflation in enumerate(inflations(passes)):
        scores = update(scores, scores @ forward.T, data, errors, inflation, number)
    return scores


@pytest.mark.parametrize("passes", [1, 2, 4, 6])
def test_inflations_assimilate_the_data_once(passes: int) -> None:
    assert sum(1 / factor for factor in inflations(passes)) == pytest.approx(1)


def test_a_linear_gaussian_problem_gives_the_exact_posterior() -> None:
    rng = np.random.default_rng(5)
    forward = np.array([[1.0, 0.0], [1.0, 1.0], [0.5, -1.0]])
    errors, truth = np.array([0.3, 0.4, 0.5]), np.array([0.7, -0.4])
    data = forward @ truth
    precision = np.eye(2) + forward.T @ np.diag(errors**-2) @ forward
    mean = np.linalg.solve(precision, forward.T @ (data / errors**2))
    sd = np.sqrt(np.diag(np.linalg.inv(precision)))
    found = run(rng.standard_normal((MEMBERS, 2)), forward, data, errors)
    assert found.mean(axis=0) == pytest.approx(mean, abs=0.08)
    assert found.std(axis=0) == pytest.approx(sd, rel=0.2)


def test_a_parameter_no_datum_speaks_of_keeps_its_width() -> None:
    prior = np.random.default_rng(6).standard_normal((96, 3))
    forward = np.array([[1.0, 0.0, 0.0]])
    found = run(prior, forward, np.array([1.5]), np.array([0.2]))
    assert found[:, 0].std() < 0.4
    assert found[:, 1:].std(axis=0) == pytest.approx(prior[:, 1:].std(axis=0), rel=0.1)


def test_a_prediction_that_is_missing_moves_nobody() -> None:
    prior = np.random.default_rng(7).standard_normal((50, 2))
    predicted = np.full((50, 1), np.nan)
    assert np.array_equal(update(prior, predicted, np.array([1.0]), np.array([0.1]), 1.0, 1), prior)


def test_a_member_without_a_prediction_stays_and_spoils_no_other() -> None:
    prior = np.random.default_rng(8).standard_normal((60, 1))
    predicted = prior.copy()
    predicted[0] = np.nan
    moved = update(prior, predicted, np.array([2.0]), np.array([0.1]), 1.0, 1)
    assert moved[0] == pytest.approx(prior[0])
    assert moved[1:].mean() == pytest.approx(2.0, abs=0.1)


def test_misfit_is_judged_over_what_a_member_predicts() -> None:
    data, errors = np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 0.5])
    predicted = np.array([[1.0, 2.0, 3.0], [2.0, np.nan, 3.0], [np.nan] * 3])
    assert distance(predicted, data, errors) == pytest.approx([0.0, 0.5, np.nan], nan_ok=True)


def test_errors_widen_only_where_the_closest_members_miss() -> None:
    assert excess(np.array([0.2, 0.9, 30.0, 50.0, np.nan])) == 1.0
    assert excess(np.full(40, 4.0)) == pytest.approx(4.0)
    assert excess(np.array([np.nan])) == 1.0


def test_relaxation_widens_what_was_narrowed_and_moves_no_mean() -> None:
    rng = np.random.default_rng(10)
    before = rng.standard_normal((200, 3))
    after = 0.4 + before * np.array([0.25, 1.0, 1.3])
    found = relaxed(after, before, 0.5)
    assert found.mean(axis=0) == pytest.approx(after.mean(axis=0))
    assert found.std(axis=0) / before.std(axis=0) == pytest.approx([0.5, 1.0, 1.3])
    assert relaxed(after, before, 0.0) == pytest.approx(after)


def test_data_out_of_reach_pull_by_their_distance_and_others_as_they_are() -> None:
    predicted = np.random.default_rng(11).standard_normal((300, 3))
    predicted[:, 2] = np.nan
    errors = np.array([1.0, 0.5, 1.0])
    found = bounded(predicted, np.array([0.0, 50.0, 0.0]), errors)
    assert found[[0, 2]] == pytest.approx(errors[[0, 2]])
    assert found[1] == pytest.approx(0.5 * np.sqrt(97.4), rel=0.02)  # the closest tenth stand at 1.3 and above


def test_one_datum_that_cannot_be_met_does_not_spoil_the_others() -> None:
    """A second datum of the same parameter, hopelessly far off, moves the mean by a few errors at most."""
    prior = np.random.default_rng(12).standard_normal((MEMBERS, 1))
    forward, errors = np.array([[1.0], [0.05]]), np.array([0.2, 0.02])

    def ended(far: float) -> float:
        scores, data = prior, np.array([0.5, far])
        for number, inflation in enumerate(inflations(4)):
            predicted = scores @ forward.T
            own = bounded(predicted, data, errors)
            scores = update(scores, predicted, data, own, inflation * excess(distance(predicted, data, own)), number)
        return float(scores.mean())

    assert ended(0.025) == pytest.approx(0.5, abs=0.1)
    assert abs(ended(1.0) - 0.5) < 0.5

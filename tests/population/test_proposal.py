"""Drawing toward somebody: densities that make up for it, and proposals that follow no chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.population.draw import draw, drawn_names, independent_scores
from lupercal.population.proposal import Proposal, fitted, log_density, log_weights, moved, population_itself

RNG = np.random.default_rng(1)
SCORES = RNG.standard_normal((6, 20_000))
TOWARD = Proposal(np.array([2.0, 0.0, -1.0, 0.0, 0.0, 0.0]), np.array([0.5, 1.0, 1.0, 0.7, 1.0, 1.0]))


def both() -> tuple[np.ndarray, np.ndarray]:
    """Return scores drawn from the population and toward somebody, half each, and their weights."""
    scores = np.concatenate([SCORES[:, :10_000], moved(SCORES[:, 10_000:], TOWARD)], axis=1)
    densities = np.array([log_density(scores, one) for one in (population_itself(6), TOWARD)])
    raw = np.exp(log_weights(densities, [10_000, 10_000]))
    return scores, raw


def test_weighted_draws_toward_somebody_are_the_population_again() -> None:
    scores, raw = both()
    assert raw.mean() == pytest.approx(1, abs=0.05)
    weights = raw / raw.sum()
    assert np.allclose(scores @ weights, 0, atol=0.05)
    assert np.allclose(np.square(scores) @ weights, 1, atol=0.08)


def test_no_weight_exceeds_the_inverse_of_the_population_s_share() -> None:
    assert both()[1].max() <= 2 + 1e-12


@given(st.floats(-3, 3), st.floats(0.3, 1), st.floats(-4, 4))
def test_a_density_is_that_of_two_normal_distributions(mean: float, sd: float, at: float) -> None:
    found = log_density(np.array([[at]]), Proposal(np.array([mean]), np.array([sd])))[0]
    assert found == pytest.approx(0.5 * at**2 - 0.5 * ((at - mean) / sd) ** 2 - np.log(sd), abs=1e-9)


def test_a_proposal_follows_what_is_no_chance_and_nothing_else() -> None:
    weights = np.exp(-0.5 * ((SCORES[0] - 2) / 0.5) ** 2)
    found = fitted(SCORES, weights / weights.sum(), 3.0, 0.3)
    assert found.mean[0] == pytest.approx(1.6, abs=0.1)
    assert found.sd[0] == pytest.approx(np.sqrt(0.2), abs=0.05)
    assert np.array_equal(found.mean[1:], np.zeros(5))
    assert np.array_equal(found.sd[1:], np.ones(5))


def test_the_population_itself_draws_those_who_are_drawn_without_it() -> None:
    plain, through = draw(3, 0, 16), draw(3, 0, 16, toward=population_itself(len(drawn_names())))
    for name, values in plain.parameters.items():
        assert np.allclose(values, through.parameters[name], rtol=1e-6), name
    assert np.allclose(plain.people.age, through.people.age, rtol=1e-6)


def test_a_moved_score_moves_its_quantity_and_those_that_go_with_it_alone() -> None:
    names, mean = drawn_names(), np.zeros(len(drawn_names()))
    mean[names.index("th_casts")] = -3.0
    plain, low = draw(3, 0, 64), draw(3, 0, 64, toward=Proposal(mean, np.ones(len(names))))
    assert (np.asarray(low.parameters["th_casts"]) <= np.asarray(plain.parameters["th_casts"])).all()
    assert np.allclose(low.parameters["th_rash"], plain.parameters["th_rash"], rtol=1e-6)
    assert independent_scores(3, 0, 64).shape == (len(names), 64)

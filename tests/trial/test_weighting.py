"""Weights bring those who enter nearer to published baseline tables and leave everybody else alone."""

from __future__ import annotations

import numpy as np

from lupercal.trial.pool import Pool
from lupercal.trial.weighting import weighted


def test_entrants_look_more_like_published_ones(people: Pool) -> None:
    heavier, found = weighted(people, at_least_ess=15.0)
    members = found.weights > 0
    goal = next(k for k, one in enumerate(found.goals) if one.feature == "sledai" and one.about is None)
    target = found.goals[goal].target
    points = people.screening["selena_sledai"]
    before, after = points[members].mean(), np.average(points, weights=found.weights)
    assert abs(after - target) < abs(before - target)
    assert np.isclose(heavier.weights.sum(), 1.0)
    np.testing.assert_array_equal(heavier.weights[~members], people.weights[~members])

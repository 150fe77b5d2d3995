"""Partial rank correlation against relations that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from lupercal.calibration.sensitivity import chance_level, choice, partial_rank_correlation, sensitivity, varied


def test_only_what_moves_an_outcome_stands_out_whatever_the_scale() -> None:
    rng = np.random.default_rng(4)
    values = rng.random((400, 6))
    values[:, 1] = 0.8 * values[:, 0] + 0.2 * values[:, 1]  # correlated with the one that acts, but idle itself
    outcome = np.exp(4 * values[:, 0]) - 3 * values[:, 5] + 0.1 * rng.standard_normal(400)
    found = partial_rank_correlation(values, outcome[:, None])[0]
    assert found[0] > 0.85
    assert found[5] < -0.3
    assert np.all(np.abs(found[1:5]) < 2.5 * chance_level(400, 6))


def test_order_of_sets_and_monotone_scales_change_nothing() -> None:
    rng = np.random.default_rng(5)
    values, outcome = rng.random((120, 4)), rng.random((120, 1))
    first = partial_rank_correlation(values, outcome)
    order = rng.permutation(120)
    assert partial_rank_correlation(values[order] ** 3, np.exp(outcome[order])) == pytest.approx(first)


def test_an_outcome_that_never_changes_has_no_coefficient() -> None:
    values = np.random.default_rng(6).random((50, 3))
    assert np.isnan(partial_rank_correlation(values, np.ones((50, 1)))).all()


def test_the_hypercube_covers_the_plausible_ranges() -> None:
    seen: list[Mapping[str, float]] = []

    def simulate(sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[dict[str, float]]:
        seen.extend(sets)
        return [{keys[0]: one["b_am"] - one["nu"]} for one in sets]

    found = sensitivity(240, 1, simulate)
    for axis in varied().axes:
        column = [one[axis.name] for one in seen]
        assert axis.low <= min(column) <= max(column) <= axis.high
    best = found.parameters[int(np.nanargmax(np.abs(found.coefficients[0])))]
    assert best == "b_am"
    assert np.isnan(found.coefficients[1:]).all()
    assert len(choice().outcomes) == 10

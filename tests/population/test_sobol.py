"""Sobol' points without SciPy's statistics are SciPy's, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from lupercal.engine.streams import PEOPLE_POINTS, SLOT_POINTS
from lupercal.population import sobol
from lupercal.population.draw import scrambling

CASES = [(0, 0, 1, 1), (7, 0, 300, 70), (7, 1, 64, 70), (123456789, 70_001, 999, 150), (3, 5, 0, 4)]


@pytest.mark.parametrize(("seed", "first", "size", "dimensions"), CASES)
def test_points_are_those_of_scipy(seed: int, first: int, size: int, dimensions: int) -> None:
    expected = sobol._by_scipy(seed, first, size, dimensions)
    assert np.array_equal(sobol.sobol_sequence(seed, first, size, dimensions), expected)


def test_without_the_file_scipy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = sobol.sobol_sequence(7, 3, 20, 5)
    monkeypatch.setattr(sobol, "_direction_file", lambda: None)
    assert np.array_equal(sobol.sobol_sequence(7, 3, 20, 5), expected)


def test_what_comes_later_has_a_scramble_of_its_own() -> None:
    people = scrambling(3, PEOPLE_POINTS)
    assert people == scrambling(3, SLOT_POINTS) == 3
    seeds = (people, scrambling(3, "a"), scrambling(3, "b"), scrambling(4, "a"))
    points = [sobol.sobol_sequence(seed, 0, 64, 2) for seed in seeds]
    assert all(not np.array_equal(one, other) for k, one in enumerate(points) for other in points[:k])
    assert all(np.array_equal(np.sort((one * 64).astype(int)), [range(64)] * 2) for one in points), "evenly spread"

"""Quantiles of what is known, against NumPy's own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lupercal.forecast.percentiles import known_quantiles, quantiles_of_sums

Array = NDArray[np.float64]
LEVELS = (0.0, 0.05, 0.25, 0.5, 0.95, 1.0)


@pytest.mark.parametrize("people", [1, 2, 3, 24, 499, 500])
@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_quantiles_are_those_of_numpy_to_the_bit(people: int, missing: float) -> None:
    rng = np.random.default_rng(people)
    values = rng.normal(size=(7, people))
    values[rng.random(values.shape) < missing] = np.nan
    values[:, 0] = 1.0  # somebody is known
    assert np.array_equal(known_quantiles(values, LEVELS), np.nanquantile(values, LEVELS, axis=1))
    assert np.array_equal(known_quantiles(np.round(values), LEVELS), np.nanquantile(np.round(values), LEVELS, axis=1))
    assert np.array_equal(known_quantiles(values[0], LEVELS), np.nanquantile(values[0], LEVELS))


def test_where_nothing_is_known_there_is_no_quantile() -> None:
    assert np.isnan(known_quantiles(np.array([[np.nan, np.nan], [np.nan, 2.0]]), (0.5,))).tolist() == [[True, False]]


def test_a_rising_function_is_asked_at_few_values_and_gives_the_same() -> None:
    values, asked = np.random.default_rng(3).normal(size=4096), list[int]()

    def read(
        some: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        asked.append(some.size)
        return np.exp(some)

    assert np.array_equal(known_quantiles(values, LEVELS, read), np.quantile(np.exp(values), LEVELS))
    assert sum(asked) == 2 * len(LEVELS)


@given(
    st.lists(st.sampled_from([-1.0, 0.0, 0.1, 0.3, 2.0]), min_size=1, max_size=40),
    st.lists(st.floats(-3, 3), min_size=1, max_size=40),
    st.lists(st.floats(0, 1), min_size=1, max_size=3),
)
def test_quantiles_of_sums_are_those_of_all_sums(first: list[float], second: list[float], levels: list[float]) -> None:
    rows, columns = np.array(first), np.array(second)
    every_sum = (rows[:, None] + columns).ravel()
    assert np.array_equal(quantiles_of_sums(rows, columns, levels), known_quantiles(every_sum, levels))

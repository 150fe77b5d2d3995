"""Two findings that go together: shares of the bivariate normal distribution against known answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import multivariate_normal

from lupercal.evidence.natural_history import targets
from lupercal.population.association import both_above, tetrachoric


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.floats(-0.95, 0.95))
def test_both_above_is_the_bivariate_normal(first: float, second: float, r: float) -> None:
    expected = multivariate_normal.cdf([ndtri(first), ndtri(second)], cov=[[1, r], [r, 1]])
    assert both_above(first, second, r) == pytest.approx(expected, abs=2e-5)


@given(st.floats(0.1, 0.9), st.floats(0.1, 0.9), st.floats(-0.9, 0.9))
def test_tetrachoric_recovers_the_correlation(first: float, second: float, r: float) -> None:
    both = both_above(first, second, r)
    assume(max(0.0, first + second - 1) + 1e-5 < both < min(first, second) - 1e-5)  # else the table tells no more
    assert tetrachoric(both, first, second) == pytest.approx(r, abs=1e-4)


def test_tetrachoric_of_the_published_table_is_the_published_value() -> None:
    assert tetrachoric(0.507, 0.507 + 0.182, 0.507 + 0.107) == pytest.approx(targets()["T09"].values["value"], abs=0.02)


def test_tetrachoric_at_its_ends() -> None:
    assert np.isnan(tetrachoric(0.5, 1.0, 0.5))
    assert tetrachoric(0.3, 0.3, 0.5) == 1
    assert tetrachoric(0.0, 0.3, 0.5) == -1

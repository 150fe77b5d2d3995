"""Arithmetic of bounds: every value that fits the inputs lies in the result, and ends are as tight as they can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.instruments.three_valued import Interval

ends = st.floats(-50, 50, allow_nan=False)


def bounds(low: float, high: float) -> Interval:
    return Interval(np.array([low]), np.array([high]))


def pair(found: Interval) -> tuple[float, float]:
    return float(found.low[0]), float(found.high[0])


@given(st.tuples(ends, ends, ends, ends), st.floats(0, 1), st.floats(0, 1), st.floats(-3, 3))
def test_what_fits_the_inputs_fits_the_result(
    of: tuple[float, float, float, float], s: float, t: float, factor: float
) -> None:
    a, b = sorted(of[:2]), sorted(of[2:])
    x, y = a[0] + s * (a[1] - a[0]), b[0] + t * (b[1] - b[0])
    one, other = bounds(*a), bounds(*b)
    for found, value in ((one + other, x + y), (one - other, x - y), (one * factor, x * factor)):
        low, high = pair(found)
        assert low - 1e-9 <= value <= high + 1e-9


@pytest.mark.parametrize(
    ("above", "below", "wanted"),
    [
        ((2.0, 4.0), (1.0, 2.0), (1.0, 4.0)),
        ((-1.0, 4.0), (2.0, 2.0), (0.0, 2.0)),
        ((2.0, 4.0), (0.0, 2.0), (1.0, np.inf)),
        ((0.0, 0.0), (0.0, 0.0), (0.0, np.inf)),
        ((2.0, np.inf), (1.0, np.inf), (0.0, np.inf)),
        ((np.inf, np.inf), (1.0, np.inf), (0.0, np.inf)),
    ],
)
def test_a_quotient_of_what_cannot_be_negative(
    above: tuple[float, float], below: tuple[float, float], wanted: tuple[float, float]
) -> None:
    assert pair(bounds(*above).over(bounds(*below))) == wanted

"""Records as plain JSON values, and the text of such values: that of the standard library, only sooner."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.files.plain import indented, plain

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    LEAVES | st.lists(st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES, st.integers(1, 4))
def test_indented_text_is_that_of_the_standard_library(value: object, by: int) -> None:
    assert indented(value, by) == json.dumps(value, indent=by, ensure_ascii=False, allow_nan=False)


@pytest.mark.parametrize("value", [float("nan"), [1.0, float("inf")], {"a": [float("-inf")]}])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        indented(value, 1)


@dataclass(frozen=True)
class Kept:
    when: date
    numbers: np.ndarray
    flags: np.ndarray
    more: object = None


def test_a_record_becomes_plain_values_and_what_is_not_known_none() -> None:
    numbers, flags = np.array([[1.0, np.nan], [np.inf, 2.0]]), np.array([True, False])
    told = plain(Kept(date(2026, 11, 28), numbers, flags, {1: (np.float64(0.5), np.int64(3), float("nan"), "x")}))
    assert told == {
        "when": "2026-11-28", "numbers": [[1.0, None], [None, 2.0]], "flags": [True, False],
        "more": {"1": [0.5, 3, None, "x"]},
    }  # fmt: skip
    assert plain(Kept(date(2026, 1, 1), np.zeros(2), flags))["numbers"] == [0.0, 0.0]

"""One range check for every reader."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.errors import InputError
from lupercal.patient.plausible import beyond_range, range_in_words
from lupercal.patient.values import measurement
from lupercal.patient.variables import variables


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("creatinine", [0.1, 30, np.nan], [88.4, -1, np.inf]),
        ("age", [0, 120], [300, -0.1]),
        ("rash", [0, 1, np.nan], [0.5, 2, -1]),
        ("nih_activity", [0, 24], [7.5, 25]),
    ],
)
def test_ends_of_the_range_are_plausible_and_what_lies_beyond_is_not(
    name: str, good: list[float], bad: list[float]
) -> None:
    assert not beyond_range(name, good).any()
    assert beyond_range(name, bad).all()


@given(st.sampled_from(sorted(variables())), st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_patient_file_and_the_check_agree_on_every_number(name: str, number: float) -> None:
    variable = variables()[name]
    raw: object = (
        bool(number) if variable.kind == "flag" and number in {0, 1} else {"value": number, "unit": variable.unit}
    )
    if variable.kind != "quantity":
        raw = number if variable.kind == "score" else raw
    try:
        measurement(variable, raw, "file", name)
        refused = False
    except InputError:
        refused = True
    if variable.kind != "flag":
        assert refused == bool(beyond_range(variable, number))


def test_the_range_is_said_with_its_unit() -> None:
    assert range_in_words(variables()["creatinine"]) == "0.1 to 30 mg/dL"
    assert range_in_words(variables()["rash"]) == "true or false"

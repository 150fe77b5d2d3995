"""Numbers and names in words: rounding never claims certainty, missing is a dash."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lupercal.forecast.result import Chance
from lupercal.patient.record import Measurement
from lupercal.patient.variables import variables
from lupercal.report import wording

SPACE, THIN = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (145.3, "145"),
        (0.7432, "0.743"),
        (2.0, "2"),
        (-3.5, "−3.5"),
        (1234.5, f"1{THIN}234"),
        (1.1e6, f"1.1{SPACE}×{SPACE}10⁶"),
        (math.nan, "–"),
        (math.inf, "∞"),
        (0.0, "0"),
        (None, "–"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert wording.number(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0"), (0.004, "<1"), (0.724, "72"), (0.996, ">99"), (1.0, "100"), (1 - 1e-12, "100")]
)
def test_percentages_never_claim_certainty_by_rounding(share: float, text: str) -> None:
    assert wording.percent(share) == f"{text}{SPACE}%"


def test_what_is_not_defined_is_a_dash_everywhere() -> None:
    none = Chance("relapse", 3.0, math.nan, math.nan, math.nan, math.nan, 0)
    assert {wording.percent(math.nan), wording.interval(none)} == {"–"}
    assert wording.simulated("c3", math.nan) == "–"
    assert not wording.defined(none)


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        ("c3", 0.9, "0.90"),
        ("sledai_2k", 16.0, "16"),
        ("sledai_2k", 8.5, "8.5"),
        ("cd19", 0.01, "<0.1"),
        ("cd19", 142.4, "142"),
    ],
)
def test_simulated_values_have_the_precision_of_a_laboratory(variable: str, value: float, text: str) -> None:
    assert wording.simulated(variable, value) == text


@settings(deadline=None)
@given(st.floats(-1e5, 1e5).filter(lambda x: abs(x) > 1e-3))
def test_three_digits_lie_within_half_a_per_cent(value: float) -> None:
    read = float(wording.number(value).replace(THIN, "").replace("−", "-"))
    assert read == pytest.approx(value, rel=0.0051)


def test_every_unit_of_the_dictionary_prints_without_code_marks() -> None:
    for name in variables():
        assert not set("{}[]*") & set(wording.unit(name)), name


def test_measurements_keep_bounds_and_flags_are_words() -> None:
    assert wording.measured(Measurement(5000.0, ">")) == f"> 5{THIN}000"
    assert wording.value_words("arthritis", Measurement(0.0)) == "absent"
    assert wording.value_words("c3", Measurement(0.74)) == "0.74"


def test_lists_read_as_sentences() -> None:
    assert [wording.listed(parts) for parts in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]

"""Units: exact factors worked out by hand, properties, and what must never convert."""

from __future__ import annotations

import contextlib
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.evidence.units import UnitError, convert, convertible, parse
from lupercal.patient.variables import variables

finite = st.floats(min_value=1e-6, max_value=1e9, allow_nan=False)

# (value, given, wanted, substance, result): factors by definition of the units
BY_HAND = [
    (90, "mg/dL", "g/L", None, 0.9),
    (1, "mg/dL", "umol/L", "creatinine", 88.4),
    (88.4, "µmol/L", "mg/dL", "creatinine", 1.0),
    (1000, "mg/g", "g/g", None, 1.0),
    (1, "g/g", "mg/mmol", "creatinine", 1000 / 8.84),
    (100, "mg/mmol", "mg/g", "creatinine", 884.0),
    (10, "g/dL", "g/L", None, 100.0),
    (10, "g/dL", "mmol/L", "hemoglobin", 6.2056),
    (1, "mg/dL", "umol/L", "bilirubin", 17.1),
    (88.57, "mg/dL", "mmol/L", "triglycerides", 1.0),
    (140, "cells/uL", "10*9/L", None, 0.14),
    (4.2, "10^9/L", "/uL", None, 4200.0),
    (4.2, "K/uL", "10*9/L", None, 4.2),
    (500, "/mm3", "{cells}/uL", None, 500.0),
    (2400, "mg/24h", "g/(24.h)", None, 2.4),
    (2.4, "g/d", "g/(24.h)", None, 2.4),
    (37, "Cel", "[degF]", None, 98.6),
    (98.6, "°F", "°C", None, 37.0),
    (310.15, "K", "Cel", None, 37.0),
    (120, "mmHg", "kPa", None, 15.99864),
    (120, "mL/min/1.73m2", "mL/s/{1.73_m2}", None, 2.0),
    (1, "IU/mL", "kIU/L", None, 1.0),
    (15, "mg/week", "mg/wk", None, 15.0),
    (2, "g/day", "mg/d", None, 2000.0),
    (150, "[lb_av]", "kg", None, 68.0388555),
    (70, "[in_i]", "cm", None, 177.8),
    (5, "ng/mL", "ug/L", None, 5.0),
    (45, "%", "1", None, 0.45),
]

NEVER = [
    ("[IU]/mL", "U/mL"),
    ("[IU]/mL", "{titer}"),
    ("U/mL", "{AU}/mL"),
    ("U/mL", "mg/mL"),
    ("{titer}", "1"),
    ("/[HPF]", "/uL"),
    ("mL/min", "mL/min/{1.73_m2}"),
    ("mg", "mg/d"),
    ("mg/dL", "umol/L"),
    ("g/L", "Cel"),
    ("[GPL'U]", "[MPL'U]"),
    ("mol/L", "g/g"),
]

BROKEN = [
    "",
    " ",
    "foo",
    "mg//dL",
    "mg/",
    ".",
    "/",
    "()",
    "(mg",
    "mg)",
    "mg2-3",
    "10*99",
    "{a}{b}",
    "[]",
    "x" * 61,
    "1e6/kg",
]


@pytest.mark.parametrize(("value", "given_unit", "wanted", "substance", "result"), BY_HAND)
def test_factor_worked_out_by_hand(
    value: float, given_unit: str, wanted: str, substance: str | None, result: float
) -> None:
    assert convert(value, given_unit, wanted, substance) == pytest.approx(
        result, rel=1e-5 if "mmol/L" in wanted else 1e-12
    )


def test_powers_of_ten_are_exact() -> None:
    assert convert(72, "mg/dL", "g/L") == 0.72
    assert convert(0.72, "g/L", "mg/dL") == 72.0
    assert convert(2400, "mg/g", "g/g") == 2.4


@pytest.mark.parametrize(("one", "other"), NEVER)
def test_what_measures_something_else_never_converts(one: str, other: str) -> None:
    for source, target in ((one, other), (other, one)):
        assert not convertible(source, target)
        with pytest.raises(UnitError):
            convert(1.0, source, target)


@pytest.mark.parametrize("text", BROKEN)
def test_broken_unit_is_refused(text: str) -> None:
    with pytest.raises(UnitError):
        parse(text)


def test_unit_error_is_a_value_error_that_names_both_units() -> None:
    with pytest.raises(ValueError, match="mg/dL and Cel do not measure the same thing"):
        convert(1.0, "mg/dL", "Cel")


def test_moles_need_a_known_substance() -> None:
    with pytest.raises(UnitError, match="named substance"):
        convert(1.0, "mg/dL", "umol/L")
    with pytest.raises(UnitError, match="no molar mass for 'phlogiston'"):
        convert(1.0, "mg/dL", "umol/L", "phlogiston")


@given(st.text(max_size=30))
def test_any_text_is_a_unit_or_a_unit_error(text: str) -> None:
    with contextlib.suppress(UnitError):
        assert parse(text).factor > 0


@given(st.sampled_from(BY_HAND), finite)
def test_round_trip(row: tuple[float, str, str, str | None, float], value: float) -> None:
    _, one, other, substance, _ = row
    back = convert(convert(value, one, other, substance), other, one, substance)
    assert back == pytest.approx(value, rel=1e-9, abs=1e-9)


@given(st.permutations(["mg/dL", "g/L", "umol/L", "ug/mL", "mmol/L"]), finite)
def test_the_way_does_not_matter(units: list[str], value: float) -> None:
    direct = convert(value, units[0], units[-1], "creatinine")
    step = value
    for one, other in pairwise(units):
        step = convert(step, one, other, "creatinine")
    assert math.isclose(direct, step, rel_tol=1e-12)


@given(finite, finite)
def test_conversion_is_linear_but_for_temperature(one: float, other: float) -> None:
    both = convert(one + other, "mg/mmol", "g/g", "creatinine")
    apart = convert(one, "mg/mmol", "g/g", "creatinine") + convert(other, "mg/mmol", "g/g", "creatinine")
    assert both == pytest.approx(apart, rel=1e-12)


def test_every_unit_of_the_dictionary_is_read_and_equals_itself() -> None:
    for variable in variables().values():
        assert convert(3.5, variable.unit, variable.unit, variable.substance) == 3.5


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        ("x10E9/L", "10*9/L"),
        ("×10⁹/L", "10*9/L"),
        ("10⁹/L", "10*9/L"),
        ("10^9/L", "10*9/L"),
        ("10**9/l", "10*9/L"),
        ("10e9/L", "10*9/L"),
        ("G/L", "10*9/L"),
        ("Gpt/L", "10*9/L"),
        ("/nL", "10*9/L"),
        ("10³/µL", "10*9/L"),
        ("K/mm³", "10*9/L"),
        ("/mm3", "/uL"),
        ("T/L", "10*12/L"),
        ("gm/dL", "g/dL"),
        ("mg/g Cr", "g/g"),
        ("mg/g creatinine", "mg/g"),
        ("mg/mmol Krea", "mg/mmol"),
        ("IE/ml", "[IU]/mL"),
        ("UI/mL", "[IU]/mL"),
        ("kIU/L", "[IU]/mL"),
        ("IU/L", "U/L"),
        ("units/L", "U/L"),
        ("MG/DL", "mg/dL"),
        ("UMOL/L", "umol/L"),
        ("mg/kg/day", "mg/kg/d"),
    ],
)
def test_units_as_laboratories_print_them(printed: str, plain: str) -> None:
    assert convertible(printed, plain)


@pytest.mark.parametrize(
    ("printed", "other"),
    [
        ("G/L", "g/L"),
        ("IU/L", "[IU]/mL"),
        ("IU/mL", "U/mL"),
        ("109/L", "10*9/L"),
        ("10E99/L", "10*9/L"),
        ("gCr/L", "g/L"),
        ("MG", "mg/dL"),
    ],
)
def test_what_could_mean_something_else_does_not_convert(printed: str, other: str) -> None:
    assert not convertible(printed, other)


def test_powers_of_ten_keep_their_size() -> None:
    for printed in ("x10E9/L", "10⁹/L", "G/L", "10^9/L", "×10**9/L"):
        assert convert(150, printed, "10*9/L") == 150
    assert convert(150, "10³/µL", "10*9/L") == 150
    assert convert(300, "mg/g Cr", "g/g") == pytest.approx(0.3)

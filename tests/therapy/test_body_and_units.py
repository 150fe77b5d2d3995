"""Body surface, units of dose, and what a person cannot weigh."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.errors import InputError, LupercalError
from lupercal.evidence.units import convert as convert_ucum
from lupercal.therapy.body import Body, Person, body_of, body_surface, horizon
from lupercal.therapy.units import UNITS, convert_dose, convertible_dose, dose_unit

SIZE = Body(weight_kg=80, surface_m2=2.0)


def test_mosteller_of_180_cm_and_80_kg_is_two_square_metres() -> None:
    assert body_surface(80, 180) == 2.0


def test_dubois_of_170_cm_and_70_kg() -> None:
    assert body_surface(70, 170, "DuBois") == pytest.approx(1.81, abs=0.005)  # 0.007184 × 41.4 × 6.08, by hand


@given(st.floats(35, 120), st.floats(145, 195))
def test_the_two_formulas_differ_by_little_in_adults(weight: float, height: float) -> None:
    assert body_surface(weight, height) == pytest.approx(body_surface(weight, height, "DuBois"), rel=0.13)


@pytest.mark.parametrize(
    "size",
    [{"weight_kg": 0}, {"weight_kg": -60}, {"weight_kg": math.nan}, {"height_cm": 1.65}, {"age_years": 400}],
    ids=str,
)
def test_an_impossible_body_is_refused(size: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(size))):
        Person(**size)


def test_nothing_is_assumed_where_everything_is_known() -> None:
    assert body_of(Person(weight_kg=80, height_cm=180)) == Body(80, 2.0)


def test_two_years_are_731_days() -> None:
    assert horizon(24) == math.ceil(730.5)


@pytest.mark.parametrize(
    ("amount", "unit", "to", "expected"),
    [
        (10, "mg/kg", "mg", 800),
        (750, "mg/m2", "mg", 1500),
        (1500, "mg", "mg/m2", 750),
        (0.4, "g/kg", "g", 32),
        (1e6, "/kg", "{cells}", 8e7),
        (2, "mg/kg/d", "g/d", 0.16),
        (14, "mg/wk", "mg/d", 2),
    ],
)
def test_amounts_in_another_unit(amount: float, unit: str, to: str, expected: float) -> None:
    assert convert_dose(amount, dose_unit(unit), dose_unit(to), SIZE) == pytest.approx(expected)


@given(st.sampled_from(list(UNITS.values())), st.sampled_from(list(UNITS.values())), st.floats(1e-3, 1e9))
def test_there_and_back_is_the_same(unit: object, to: object, amount: float) -> None:
    one, other = dose_unit(getattr(unit, "text")), dose_unit(getattr(to, "text"))  # noqa: B009
    if convertible_dose(one, other):
        assert convert_dose(convert_dose(amount, one, other, SIZE), other, one, SIZE) == pytest.approx(amount)
    else:
        with pytest.raises(LupercalError):
            convert_dose(amount, one, other, SIZE)


@pytest.mark.parametrize(
    "unit", [u for u in UNITS.values() if u.base == "mg" and u.size == "person"], ids=lambda u: u.text
)
def test_factors_agree_with_the_projects_unit_layer(unit: object) -> None:
    known = dose_unit(getattr(unit, "text"))  # noqa: B009
    ucum = convert_ucum(1.0, known.text, "mg/d" if known.daily else "mg")
    assert ucum == pytest.approx(float(Fraction(known.factor)) * (known.per_day or 1))


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(LupercalError, match="furlong"):
        dose_unit("furlong")

"""How big the person is: weight and body surface for doses per kilogram and per square metre."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, final

from typing_extensions import TypedDict

from lupercal.errors import InputError
from lupercal.files.checked import closed, read_as

FOLDER = Path(str(files("lupercal.therapy")))

Formula = Literal["Mosteller", "DuBois"]


@final
@dataclass(frozen=True, slots=True)
class Person:
    """Who is dosed; None where not known.

    Parameters
    ----------
    weight_kg, height_cm, age_years
        Body weight (kg), height (cm) and age (a).

    Raises
    ------
    InputError
        If a value is not a number within what a human being can have.
    """

    weight_kg: float | None = None
    height_cm: float | None = None
    age_years: float | None = None

    def __post_init__(self) -> None:
        for field in ("weight_kg", "height_cm", "age_years"):
            low, high = _defaults()["plausible"][field]
            value = getattr(self, field)
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                raise InputError("person", field, value, f"a number from {low} to {high}, or nothing")


@final
@dataclass(frozen=True, slots=True)
class Body:
    """Weight (kg) and body surface (m2) that doses are computed with, and what had to be assumed for them."""

    weight_kg: float
    surface_m2: float
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def body_of(person: Person) -> Body:
    """Return the size doses are computed with; unknown values are filled in and said.

    Body surface follows Mosteller (N Engl J Med 1987;317:1098).
    """
    default = _defaults()["unknown"]
    weight = default["weight_kg"] if person.weight_kg is None else person.weight_kg
    height = default["height_cm"] if person.height_cm is None else person.height_cm
    assumptions = [
        f"Body weight is not known; {default['weight_kg']:g} kg is assumed." if person.weight_kg is None else "",
        f"Body height is not known; {default['height_cm'] / 100:g} m is assumed." if person.height_cm is None else "",
    ]
    return Body(weight, body_surface(weight, height), tuple(filter(None, assumptions)), _child_warning(person))


def body_surface(weight_kg: float, height_cm: float, formula: Formula = "Mosteller") -> float:
    """Return body surface (m2) from weight (kg) and height (cm).

    Mosteller (N Engl J Med 1987;317:1098): square root of height times weight over 3600. DuBois (Arch Intern Med
    1916;17:863): 0.007184 × height^0.725 × weight^0.425.
    """
    if formula == "Mosteller":
        return math.sqrt(height_cm * weight_kg / 3600)
    return float(0.007184 * height_cm**0.725 * weight_kg**0.425)


def horizon(months: float) -> int:
    """Return the first day after a horizon of ``months``.

    Raises
    ------
    InputError
        If the number of months is not positive and within what can be simulated.
    """
    longest = _defaults()["longest_horizon_months"]
    if not (math.isfinite(months) and 0 < months <= longest):
        raise InputError("months", "", months, f"a number above 0, at most {longest}")
    return math.ceil(months * float(_defaults()["days_per_month"]))


def _child_warning(person: Person) -> tuple[str, ...]:
    unknown = person.weight_kg is None or person.height_cm is None
    if unknown and person.age_years is not None and person.age_years < _defaults()["adult_from_years"]:
        return ("An adult's size was assumed for a person under 18: doses per kg and per m2 are likely too high.",)
    return ()


@closed
class _Defaults(TypedDict):
    unknown: dict[str, float]
    adult_from_years: float
    plausible: dict[str, tuple[float, float]]
    days_per_month: float
    longest_horizon_months: int


@cache
def _defaults() -> _Defaults:
    return read_as(FOLDER / "defaults.yaml", _Defaults)

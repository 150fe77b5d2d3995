"""Units of doses: what is per kilogram, per square metre, per day.

The words are UCUM. Arbitrary units stand in braces: ``{cells}``, ``{course}``, ``{session}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

from lupercal.errors import LupercalError
from lupercal.therapy.body import Body

Size = Literal["person", "kg", "m2"]


@final
@dataclass(frozen=True, slots=True)
class DoseUnit:
    """A unit of dose: ``factor`` of ``base`` per ``size`` of the person, once or ``per_day`` times a day (0: once)."""

    text: str
    base: str
    factor: float
    size: Size
    given: str
    per_day: float = 0.0

    @property
    def daily(self) -> bool:
        """Whether the amount is a rate that goes on until it is stopped."""
        return self.per_day > 0


UNITS = {
    unit.text: unit
    for unit in (
        DoseUnit("mg", "mg", 1, "person", "mg"),
        DoseUnit("g", "mg", 1000, "person", "g"),
        DoseUnit("mg/kg", "mg", 1, "kg", "mg"),
        DoseUnit("g/kg", "mg", 1000, "kg", "g"),
        DoseUnit("mg/m2", "mg", 1, "m2", "mg"),
        DoseUnit("mg/d", "mg", 1, "person", "mg/d", per_day=1),
        DoseUnit("g/d", "mg", 1000, "person", "g/d", per_day=1),
        DoseUnit("mg/kg/d", "mg", 1, "kg", "mg/d", per_day=1),
        DoseUnit("mg/wk", "mg", 1, "person", "mg/wk", per_day=1 / 7),
        DoseUnit("{cells}", "{cells}", 1, "person", "{cells}"),
        DoseUnit("/kg", "{cells}", 1, "kg", "{cells}"),
        DoseUnit("{course}", "{course}", 1, "person", "{course}"),
        DoseUnit("{session}", "{session}", 1, "person", "{session}"),
    )
}


def dose_unit(text: str) -> DoseUnit:
    """Return the unit of that name, or raise `LupercalError`."""
    if text not in UNITS:
        raise LupercalError(f"'{text}' is not a unit of dose; known: {', '.join(UNITS)}")
    return UNITS[text]


def for_person(amount: float, unit: DoseUnit, body: Body) -> float:
    """Return the amount this person is given, in ``unit.given``."""
    return amount * _size(unit, body)


def convertible_dose(unit: DoseUnit, to: DoseUnit) -> bool:
    """Whether an amount in one unit can be told in the other once the person's size is known."""
    return unit.base == to.base and unit.daily == to.daily


def convert_dose(amount: float, unit: DoseUnit, to: DoseUnit, body: Body) -> float:
    """Return an amount of ``unit`` in the unit ``to`` for a person of that size; equal units change nothing.

    Raises
    ------
    LupercalError
        If one counts milligrams and the other cells, or one is a rate and the other not.
    """
    if unit == to:
        return amount
    if not convertible_dose(unit, to):
        raise LupercalError(f"a dose in {unit.text} cannot be told in {to.text}")
    per_day = unit.per_day / to.per_day if unit.daily else 1.0
    return amount * unit.factor * _size(unit, body) * per_day / (to.factor * _size(to, body))


def _size(unit: DoseUnit, body: Body) -> float:
    return {"person": 1.0, "kg": body.weight_kg, "m2": body.surface_m2}[unit.size]

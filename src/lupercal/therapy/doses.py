"""One dose as it is given to one person."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, final

from lupercal.errors import InputError
from lupercal.therapy.body import Body
from lupercal.therapy.records import Product
from lupercal.therapy.units import dose_unit, for_person


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """One dose, or one dose per day from ``day`` to before ``until``.

    ``amount`` is as prescribed in ``unit``; ``given`` is what this person gets in ``given_unit``. ``part_of`` names the
    course a component belongs to.

    Raises
    ------
    InputError
        If the amount is negative or not finite, or ``until`` does not fit the unit.
    """

    day: int
    product: str
    amount: float
    unit: str
    route: str
    given: float
    given_unit: str
    until: int | None = None
    origin: str = ""
    part_of: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for field, value in (("amount", self.amount), ("given", self.given)):
            if not (math.isfinite(value) and value >= 0):
                raise InputError(f"dose of {self.product}", field, value, "a finite number of at least 0")
        daily = self.until is not None
        if dose_unit(self.unit).daily != daily or (self.until is not None and self.until <= self.day):
            raise InputError(f"dose of {self.product}", "until", self.until, "a later day, for daily doses only")

    @property
    def total(self) -> float:
        """Sum given over all days, in mg, cells, courses or sessions."""
        unit = dose_unit(self.unit)
        days = 1 if self.until is None else (self.until - self.day) * unit.per_day
        return self.given * days * unit.factor


@final
@dataclass(frozen=True, slots=True)
class Stop:
    """On ``day`` a drug taken until then is given no more."""

    day: int
    product: str
    amount: float
    unit: str


class Prescribed(NamedTuple):
    """What is written down: a product and an amount in a unit."""

    given: Product
    amount: float
    unit: str

    def dose(self, body: Body, *, day: int, until: int | None = None) -> Dose:
        """Return the dose for a person of that size."""
        unit = dose_unit(self.unit)
        return Dose(
            day=day,
            until=until,
            product=self.given.id,
            amount=self.amount,
            unit=self.unit,
            route=self.given.route,
            given=for_person(self.amount, unit, body),
            given_unit=unit.given,
        )

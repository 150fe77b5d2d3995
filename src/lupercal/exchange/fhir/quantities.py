"""Quantity and other kinds of value: number, bound and unit, or why they cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast

from lupercal.errors import InputError
from lupercal.evidence.units import UnitError, convert, parse
from lupercal.exchange.fhir.code_tables import system_name
from lupercal.exchange.fhir.wording import shown_text
from lupercal.patient.record import Measurement
from lupercal.patient.values import measurement, of_number
from lupercal.patient.variables import Variable, accepts, variables

_BOUNDS = ("<", "<=", ">=", ">")


class UnusableError(Exception):
    """A value that is not used; its text is the reason."""


class Amount(NamedTuple):
    """A finite number with its unit as a source wrote them.

    ``sign`` is empty for an exact value, else the comparator; ``unit`` is UCUM or a clinician's spelling, empty where
    none is stated; ``warns`` says what is odd about how it is written.
    """

    number: float
    sign: str
    unit: str
    warns: tuple[str, ...] = ()


def quantity_amount(quantity: Any) -> Amount:
    """Read a Quantity.

    Raises
    ------
    UnusableError
        If it has no finite number, an unknown comparator, or code and unit that differ.
    """
    if not isinstance(quantity, dict):
        raise UnusableError(f"a quantity is an object, not {shown_text(quantity)}")
    number = finite(quantity.get("value"))
    stated = quantity.get("system"), quantity.get("code"), quantity.get("unit")
    try:
        unit, warns = _unit(*stated)
    except TypeError:  # a list or an object where a text belongs
        unit, warns = _unit(*map(_text, stated))
    if "comparator" not in quantity:
        return Amount(number, "", unit, warns)
    sign, odd = _sign(quantity["comparator"])
    return Amount(number, sign, unit, odd + warns)


_NUMBERS = {int, float}


def finite(value: Any) -> float:
    """Return a number that a measurement can have; raise `UnusableError` for anything else."""
    if type(value) not in _NUMBERS:
        shown = "no value" if value is None else f"{shown_text(value)} instead of a number"
        raise UnusableError(shown)
    if not -1e18 < value < 1e18:
        raise UnusableError("a number that no measurement has")
    return cast(float, value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _sign(comparator: Any) -> tuple[str, tuple[str, ...]]:
    if comparator is None or comparator in _BOUNDS:
        return comparator or "", ()
    if comparator == "=":
        return "", ("the comparator = is none of FHIR; it is taken for an exact value",)
    raise UnusableError(f"the comparator {shown_text(comparator)} is not one of <, <=, >=, >")


@lru_cache(maxsize=4096, typed=True)
def _unit(*stated: Any) -> tuple[str, tuple[str, ...]]:
    system, code, unit = map(_text, stated)
    if not code:
        return unit.strip(), (f"unit text {shown_text(unit)} without UCUM code, read by text",) if unit.strip() else ()
    ucum = system_name(system)[0] == "ucum"
    if system and not ucum:
        raise UnusableError(f"its unit is a code of {shown_text(system)}, not UCUM")
    warns = () if ucum else (f"unit code {shown_text(code)} without a system",)
    if unit and unit != code and _differ(code, unit):
        raise UnusableError(
            f"the unit code says {shown_text(code)}, the unit text {shown_text(unit)}: neither is taken"
        )
    return code, warns


def _differ(code: str, text: str) -> bool:
    """Return whether two spellings of a unit can both be read and are not the same."""
    try:
        first, other = parse(code), parse(text)
    except UnitError:
        return False
    return (first.factor, first.dimension, first.offset) != (other.factor, other.dimension, other.offset)


def measurement_of(names: tuple[str, ...], amount: Amount) -> tuple[str, Measurement]:
    """Return which variable an amount is, and the measurement in the dictionary's unit.

    Raises
    ------
    UnusableError
        If no unit is stated, it fits none of the variables, or the number is none that a person has.
    """
    variable = _fitting(names, amount.unit)
    name, number = variable.name, _whole(amount.number)
    if amount.unit and not amount.sign and (plain := of_number(variable, number, amount.unit)):
        return name, plain
    bare = variable.kind == "score" or not amount.unit
    plainly: Any = f"{amount.sign}{number!r}" if amount.sign else number
    raw = plainly if bare else {"value": plainly, "unit": amount.unit}
    try:
        return name, measurement(variable, raw, "", "")
    except InputError as error:
        raise UnusableError(
            f"found {shown_text(number)} {shown_text(amount.unit)}; expected {error.expected}"
        ) from None


def _whole(number: float) -> Any:
    return int(number) if type(number) is float and number.is_integer() and -1e15 < number < 1e15 else number


@lru_cache(maxsize=4096)
def _fitting(names: tuple[str, ...], unit: str) -> Variable:
    if not unit:
        bare = [name for name in names if variables()[name].kind == "score" or variables()[name].unit == "1"]
        if bare:
            return variables()[bare[0]]
        raise UnusableError("no unit")
    fitting = [name for name in names if _fits(variables()[name], unit)]
    if fitting:
        return variables()[fitting[0]]
    wanted = " or ".join(dict.fromkeys(variables()[name].unit for name in names))
    raise UnusableError(f"the unit {shown_text(unit)} does not convert to {wanted}")


def _fits(variable: Variable, unit: str) -> bool:
    return unit in {"{score}", "1"} if variable.kind == "score" else accepts(variable, unit)


def in_unit(amount: Amount, unit: str) -> float:
    """Return the number of an amount in another unit; raise `UnusableError` where it does not convert."""
    try:
        return convert(amount.number, amount.unit, unit)
    except UnitError as error:
        raise UnusableError(str(error)) from None


def titre_of(ratio: Any) -> Amount:
    """Return 1:n as the titre n; raise `UnusableError` for any other ratio."""
    ends = [ratio.get(end) for end in ("numerator", "denominator")] if isinstance(ratio, dict) else [None, None]
    first, many = (end if isinstance(end, Mapping) else {} for end in ends)
    if finite(first.get("value")) != 1 or first.get("comparator") is not None:
        raise UnusableError("a ratio that is not 1 to something")
    sign, odd = _sign(many.get("comparator"))
    return Amount(finite(many.get("value")), sign, "{titer}", odd)

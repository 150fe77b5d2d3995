"""One value as somebody wrote it becomes a `Measurement` in the dictionary's unit, or an `InputError`."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any, NamedTuple, cast

from lupercal.errors import InputError
from lupercal.evidence.units import UnitError, convert, convertible
from lupercal.patient.record import Comparator, Measurement
from lupercal.patient.spellings import FLAGS_IN_WORDS, flag_in_words
from lupercal.patient.unit_words import unit_in_words
from lupercal.patient.variables import Variable, accepts, nearest, variables

_SIGNS = {"≤": "<=", "≥": ">=", "": "="}
_TEXT = re.compile(
    r"""\s* (?P<sign> <= | >= | < | > | ≤ | ≥ | )
        \s* (?P<titre> 1: )?
        (?P<number> [+-]? \d{1,15} (?:\.\d{1,15})? (?:[eE][+-]?\d{1,2})? )
        \s* (?P<unit> | (?<=\s).* | [^\d.].* )""",
    re.VERBOSE,
)
_FORMS = "a number, {value: 74, unit: mg/dL}, or text such as '>5000' or '74 mg/dL'"


class _Stated(NamedTuple):
    number: float
    comparator: Comparator
    unit: str | None
    given: str


def known_variable(name: str, origin: object, field: str) -> Variable:
    """Return the variable of this name; raise `InputError` with the nearest names where there is none."""
    definition = variables().get(name)
    if definition is None:
        raise InputError(origin, field, name, f"a variable of the data dictionary, {nearest(name, variables())}")
    return definition


def measurement(variable: Variable, raw: Any, origin: object, field: str) -> Measurement:
    """Read one value.

    Parameters
    ----------
    variable
        What is measured; gives unit, kind and plausible range.
    raw
        A number (in the variable's unit), true or false for a flag, text such as ``">5000"``, ``"74 umol/L"`` or
        ``"1:80"`` for a titre, or a mapping with ``value`` and ``unit``. What an importer has read stays as it is.
    origin, field
        Name the file and the place in it in errors.

    Returns
    -------
    Measurement
        Value in the variable's unit; ``given`` keeps the text as written.

    Raises
    ------
    InputError
        If the value is of a wrong type, unit or size.
    """
    if isinstance(raw, Measurement):
        return raw
    remembered = _remembered(variable, raw)
    if remembered is not None:
        return remembered
    return _measured(variable, raw, origin, field)


def _remembered(variable: Variable, raw: Any) -> Measurement | None:
    """Return the measurement of a number with its unit that was read lately; None where it was not, or is no such."""
    if type(raw) is not dict or len(raw) != 2:
        return None
    number, unit = raw.get("value"), raw.get("unit")
    if not number or type(unit) is not str or type(number) not in _NUMBERS:
        return None
    if variables().get(variable.name) is not variable:
        return None
    try:
        return _lately(variable.name, number, unit)
    except InputError:
        return None  # read again, with its file and place


_NUMBERS = {int, float}


@lru_cache(maxsize=8192, typed=True)
def _lately(name: str, number: float, unit: str) -> Measurement:
    variable = variables()[name]
    return of_number(variable, number, unit) or _measured(variable, {"value": number, "unit": unit}, "", "")


def of_number(variable: Variable, number: float, unit: str) -> Measurement | None:
    """Return the measurement of a number with its unit: the usual case; None where `measurement` has to look closer."""
    if variable.kind != "quantity" or not -1e18 < number < 1e18 or not accepts(variable, unit) or not unit.strip():
        return None
    target = variable.unit
    value = float(number) if unit == target else convert(float(number), unit, target, variable.substance)
    return Measurement(value, "=", f"{number!r} {unit}".rstrip()) if variable.low <= value <= variable.high else None


def _measured(variable: Variable, raw: Any, origin: object, field: str) -> Measurement:
    stated = _stated(variable, raw, origin, field)
    value = _converted(variable, stated, origin, field)
    _check_kind(variable, value, stated, origin, field)
    if not variable.low <= value <= variable.high:
        here = "" if stated.unit in {None, variable.unit} else f" (here {value:g})"
        expected = f"{variable.low:g} to {variable.high:g} {unit_in_words(variable.unit)}".rstrip() + here
        raise InputError(origin, field, stated.given, expected)
    if stated.unit is None and variable.bare_high is not None and value > variable.bare_high:
        expected = (
            f"at most {variable.bare_high:g} {variable.unit}, or the unit written out as in '{value:g} {variable.unit}'"
        )
        raise InputError(origin, field, stated.given, expected)
    return Measurement(value, stated.comparator, stated.given)


def _stated(variable: Variable, raw: Any, origin: object, field: str) -> _Stated:
    """Return number, comparator and unit as written, whichever of the forms was used."""
    if not isinstance(raw, dict):
        return _from_scalar(variable, raw, None, origin, field)
    for key in raw:
        if key not in {"value", "unit"}:
            raise InputError(
                origin, field, str(key), f"the keys value and unit, {nearest(str(key), ('value', 'unit'))}"
            )
    unit = raw.get("unit")
    if "value" not in raw:
        raise InputError(origin, field, "no value", _FORMS)
    if unit is not None and not isinstance(unit, str):
        raise InputError(origin, f"{field}.unit", unit, "a unit as text, such as mg/dL")
    return _from_scalar(variable, raw["value"], unit, origin, f"{field}.value")


def _from_scalar(variable: Variable, raw: Any, unit: str | None, origin: object, field: str) -> _Stated:
    if isinstance(raw, bool):
        if variable.kind != "flag":
            raise InputError(origin, field, raw, _FORMS)
        return _Stated(float(raw), "=", unit, str(raw).lower())
    if isinstance(raw, (int, float)):
        if not math.isfinite(raw):
            raise InputError(origin, field, raw, "a finite number")
        return _Stated(float(raw), "=", unit, _written(repr(raw), unit, variable))
    if isinstance(raw, str) and variable.kind == "flag":
        return _flag(raw, unit, origin, field)
    if isinstance(raw, str):
        return _from_text(variable, raw, unit, origin, field)
    raise InputError(origin, field, raw, FLAGS_IN_WORDS if variable.kind == "flag" else _FORMS)


def _flag(raw: str, unit: str | None, origin: object, field: str) -> _Stated:
    flag = flag_in_words(raw)
    if flag is None or math.isnan(flag):
        raise InputError(origin, field, raw, f"{FLAGS_IN_WORDS}; what is not known is left out")
    return _Stated(flag, "=", unit, raw)


def _from_text(variable: Variable, raw: str, unit: str | None, origin: object, field: str) -> _Stated:
    match = _TEXT.fullmatch(raw)
    if not match or not (match["sign"] or match["unit"] or match["titre"]):
        raise InputError(origin, field, raw, _FORMS)
    if match["titre"] and variable.unit != "{titer}":
        raise InputError(origin, field, raw, f"a number in {variable.unit}; only titres are written 1:n")
    if match["unit"] and unit is not None:
        raise InputError(origin, field, raw, "the unit once, either in the text or under unit")
    comparator = cast(Comparator, _SIGNS.get(match["sign"], match["sign"]))
    written = raw.strip() if match["unit"] else _written(raw.strip(), unit, variable)
    return _Stated(float(match["number"]), comparator, match["unit"].strip() or unit, written)


def _written(number: str, unit: str | None, variable: Variable) -> str:
    """Return number and unit as text; an unnamed unit is the dictionary's, and points have none."""
    unnamed = "" if variable.unit in {"1", "{score}"} else variable.unit
    return f"{number} {unit or unnamed}".strip()


def _converted(variable: Variable, stated: _Stated, origin: object, field: str) -> float:
    if stated.unit is None:
        return stated.number
    try:
        if accepts(variable, stated.unit):
            return convert(stated.number, stated.unit, variable.unit, variable.substance)
    except UnitError:  # within reach of no number
        pass
    expected = f"a unit that converts to {variable.unit}{_elsewhere(variable, stated.unit)}"
    raise InputError(origin, field, stated.given, expected)


def _elsewhere(variable: Variable, unit: str) -> str:
    """Return a hint where a value in this unit belongs, for families of assays that share a stem."""
    stem = "_".join(variable.name.split("_")[:2])
    for name, other in variables().items():
        if name.startswith(stem) and other.limit_high and convertible(unit, other.unit):
            return f"; values in {unit} belong to {name}"
    return ""


def _check_kind(variable: Variable, value: float, stated: _Stated, origin: object, field: str) -> None:
    if variable.kind == "flag" and (value not in {0.0, 1.0} or stated.unit is not None):
        raise InputError(origin, field, stated.given, FLAGS_IN_WORDS)
    if variable.kind == "score" and not value.is_integer():
        raise InputError(origin, field, stated.given, "a whole number of points")

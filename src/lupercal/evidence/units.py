"""Units of measure: reading UCUM and the spellings of clinicians, and converting between units of one kind.

A unit is a factor and a dimension (powers of metre, second, gram, mole, kelvin). Arbitrary units ([IU], U, {titer}, per
high-power field …) are dimensions of their own, so they never convert into one another or into mass. Mass and amount of
substance meet only where the substance is named. Factors are exact fractions; the tables are in ``units.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, final

from typing_extensions import TypedDict

from lupercal.errors import LupercalError, shown
from lupercal.files.checked import closed, read_as

TABLE = Path(__file__).with_name("units.yaml")
MAX_LENGTH = 60
MAX_POWER = 18

Dimension = frozenset[tuple[str, int]]


class UnitError(LupercalError, ValueError):
    """A unit that cannot be read, or two units that do not measure the same thing."""


@final
@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as a factor to the base units, a dimension (base, power), and for temperatures an offset in kelvin."""

    text: str
    factor: Fraction
    dimension: Dimension
    offset: Fraction = Fraction(0)


def convert(value: float, given: str, wanted: str, substance: str | None = None) -> float:
    """Convert a value between two units of one dimension.

    Parameters
    ----------
    value
        The number in the unit ``given``.
    given, wanted
        Units in UCUM or a clinician's spelling, such as ``mg/dL`` and ``umol/L``.
    substance
        The molecule (``creatinine``, ``hemoglobin`` …) where one unit counts moles and the other mass.

    Returns
    -------
    float
        The number in the unit ``wanted``.

    Raises
    ------
    UnitError
        If a unit cannot be read or the two do not convert.
    """
    if given == wanted and parse(given):
        return value
    scale = _scale(given, wanted, substance)
    if scale is None:
        return value
    numerator, denominator, shift = scale
    try:
        return float(value * numerator / denominator + shift)
    except OverflowError:
        raise UnitError(f"{given} and {wanted} are too far apart to convert") from None


@lru_cache(maxsize=4096)
def _scale(given: str, wanted: str, substance: str | None) -> tuple[int, int, float] | None:
    """Return numerator, denominator and shift of a conversion; None where the two units are the same."""
    source, target = parse(given), parse(wanted)
    if source == target:
        return None
    ratio = source.factor / target.factor * _molar(source, target, substance)
    shift = (source.offset - target.offset) / target.factor
    try:
        return ratio.numerator, ratio.denominator, float(shift)
    except OverflowError:
        raise UnitError(f"{given} and {wanted} are too far apart to convert") from None


@lru_cache(maxsize=4096)
def convertible(given: str, wanted: str, substance: str | None = None) -> bool:
    """Whether both units can be read and convert into one another."""
    try:
        _molar(parse(given), parse(wanted), substance)
    except UnitError:
        return False
    return True


@lru_cache(maxsize=1024)
def parse(text: str) -> Unit:
    """Read a unit.

    Parameters
    ----------
    text
        UCUM (``mg/dL``, ``10*9/L``, ``g/(24.h)``, ``{cells}/uL``) or a clinician's spelling (``10^9/L``, ``IU/mL``).

    Raises
    ------
    UnitError
        If a word in it is no known unit, or its grammar is broken.
    """
    if not text.strip() or len(text) > MAX_LENGTH:
        raise UnitError(f"{shown(text)} is not a unit: expected something like mg/dL")
    tidy = _tidy(text)
    if _LOST_SIGN.match(tidy):
        raise UnitError(f"{shown(text)} is not a unit: a power of ten is written 10*9, 10^9 or 10⁹")
    if tidy in _table()["offsets"]:
        scale, offset = _table()["offsets"][tidy]
        return Unit(text, Fraction(scale), frozenset({("K", 1)}), Fraction(offset))
    words = [word for word in _WORD.split(tidy) if word]
    factor, powers, rest = _product(words, text)
    if rest:
        raise UnitError(f"{shown(text)} is not a unit: a bracket closes that was never opened")
    return Unit(text, factor, frozenset((base, power) for base, power in powers.items() if power))


_Powers = dict[str, int]
_WORD = re.compile(r"([./()])")
_SQUEEZE = re.compile(r"\s+")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_RAISED = re.compile("(?<=10)[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_POWER_OF_TEN = re.compile(r"^[×xX]?10(?:\*\*|[*^eE])\+?0?(\d{1,2})(?=/|$)")
_LOST_SIGN = re.compile(r"^\d{2,}/")
_CREATININE = re.compile(r"(?<=[gl])[({]?[CKck]r(?:ea|eat|eatinine|eatinin)?[)}]?\.?$")
"""Laboratories write what a ratio refers to after the unit: mg/g Cr, mg/mmol Crea."""
_TERM = re.compile(
    r"(?P<atom>10[*^]|(?:[A-Za-z%]|\[[^][{}]*\])+|\d+(?=\{|$)|(?=\{))(?P<power>[+-]?\d+)?(?P<note>\{[^{}]*\})?"
)


def _tidy(text: str) -> str:
    """Return the unit with blanks, signs and whole-unit spellings brought to UCUM."""
    plain = _SQUEEZE.sub("", text).replace("µ", "u").replace("μ", "u").replace("·", ".")
    plain = _RAISED.sub(lambda match: f"*{match[0].translate(_DIGITS)}", plain).translate(_DIGITS)
    plain = _POWER_OF_TEN.sub(r"10*\1", plain)
    plain = re.sub(r"(?<=[A-Za-z])\^(?=\d)", "", plain)
    plain = _CREATININE.sub("", plain)
    return str(_table()["spellings"].get(plain, plain)).replace("1.73", "1,73")


def _product(words: list[str], text: str) -> tuple[Fraction, _Powers, list[str]]:
    """Multiply terms up to a closing bracket or the end; return factor, powers and the words after the bracket."""
    factor, powers, sign, expect, first = Fraction(1), _Powers(), 1, True, True
    while words and words[0] != ")":
        word, *words = words
        if word in "./":
            if expect and (word == "." or not first):
                break
            first = False
            sign, expect = (-1 if word == "/" else 1), True
            continue
        if not expect:
            break
        term, inner, words = _bracket(words, text) if word == "(" else (*_term(word, text), words)
        factor *= term**sign
        for base, power in inner.items():
            powers[base] = powers.get(base, 0) + sign * power
        expect = first = False
    else:
        if not expect:
            return factor, powers, words
    raise UnitError(f"{shown(text)} is not a unit: a sign stands where a unit was expected")


def _bracket(words: list[str], text: str) -> tuple[Fraction, _Powers, list[str]]:
    factor, powers, rest = _product(words, text)
    if not rest:
        raise UnitError(f"{shown(text)} is not a unit: a bracket is not closed")
    return factor, powers, rest[1:]


def _term(word: str, text: str) -> tuple[Fraction, _Powers]:
    """Read one factor of a product: a number, or an atom with prefix, power and annotation."""
    word = word.replace("1,73", "1.73")
    word = _table()["words"].get(word, word)
    if word == "(24.h)":
        return Fraction(86400), {"s": 1}
    match = _TERM.fullmatch(word)
    if not match:
        raise UnitError(f"{shown(text)} is not a unit: {shown(word)} cannot be read")
    power = int(match["power"] or 1)
    if abs(power) > MAX_POWER:
        raise UnitError(f"{shown(text)} is not a unit: the power {power} is out of reach")
    factor, bases = _atom(match["atom"], text)
    if not factor:
        raise UnitError(f"{shown(text)} is not a unit: nothing is measured in multiples of 0")
    powers = {base: exponent * power for base, exponent in bases.items()}
    note = _table()["words"].get(match["note"], match["note"])
    return factor**power, powers | ({note: 1} if note in _table()["arbitrary"] else {})


def _atom(atom: str, text: str) -> tuple[Fraction, _Powers]:
    if atom.isdigit() or not atom:
        return Fraction(int(atom or 1)), {}
    for prefix, name in _splits(atom):
        if name in _table()["arbitrary"]:
            return prefix, {name: 1}
        if name in _table()["atoms"]:
            factor, bases, prefixed = _table()["atoms"][name]
            if prefixed or prefix == 1:
                return prefix * Fraction(factor), bases
    raise UnitError(f"{shown(text)} is not a unit: {shown(atom)} is not known")


def _splits(atom: str) -> Iterator[tuple[Fraction, str]]:
    yield Fraction(1), atom
    for prefix, factor in _table()["prefixes"].items():
        if atom.startswith(prefix) and len(atom) > len(prefix):
            yield Fraction(factor), atom.removeprefix(prefix)


def _molar(source: Unit, target: Unit, substance: str | None) -> Fraction:
    """Return the factor that turns moles into grams as often as the two dimensions need it, 1 where they agree."""
    have, want = dict(source.dimension), dict(target.dimension)
    moles = have.pop("mol", 0) - want.pop("mol", 0)
    grams = have.pop("g", 0) - want.pop("g", 0)
    if have != want or moles != -grams:
        raise UnitError(f"{source.text} and {target.text} do not measure the same thing")
    if moles and substance is None:
        raise UnitError(f"{source.text} converts to {target.text} only for a named substance")
    return _molar_mass(substance) ** moles if moles and substance else Fraction(1)


def _molar_mass(substance: str) -> Fraction:
    substances = _table()["substances"]
    if substance not in substances:
        raise UnitError(f"no molar mass for {shown(substance)}; known are {', '.join(substances)}")
    numerator, _, denominator = substances[substance]["molar_mass"].partition("/")
    return Fraction(numerator) / Fraction(denominator or 1)


@cache
def _table() -> _Units:
    return read_as(TABLE, _Units)


@closed
class _Substance(TypedDict):
    molar_mass: str
    basis: Literal["published"]
    source: str


@closed
class _Units(TypedDict):
    prefixes: dict[str, str]
    atoms: dict[str, tuple[str, dict[str, int], bool]]
    offsets: dict[str, tuple[str, str]]
    arbitrary: list[str]
    spellings: dict[str, str]
    words: dict[str, str]
    substances: dict[str, _Substance]

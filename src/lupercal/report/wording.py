"""Names and numbers as a reader meets them: labels, units, shares, intervals, days. Missing is a dash, never 0."""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from lupercal.files.checked import closed, read_as
from lupercal.forecast.result import Chance, Match
from lupercal.patient.record import Measurement
from lupercal.patient.variables import variables

DASH = "–"
_THIN = "\N{NARROW NO-BREAK SPACE}"
_SPACE = "\N{NO-BREAK SPACE}"
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_CERTAIN = 1e-9  # rounding error of a share that is 0 or 1
_COMPARATORS = {"=": "", "<": "< ", "<=": "≤ ", ">": "> ", ">=": "≥ "}


@closed
class OutcomeWords(TypedDict):
    """How an outcome is told: its title, what the share is taken of, and what happens to so many, at or by a time."""

    title: str
    happens: str
    when: Literal["at", "by"]
    among: NotRequired[str]


@closed
class IncidenceWords(TypedDict):
    """How the incidence of a first event is told: its title, and what its axis counts."""

    title: str
    axis: str


@closed
class AmountWords(TypedDict):
    """How an amount is told: its title, with the unit."""

    title: str


@closed
class Words(TypedDict):
    """Word lists: by outcome, first event, amount, ending, kind of basis, origin, unit (UCUM), variable and word."""

    outcomes: dict[str, OutcomeWords]
    incidence: dict[str, IncidenceWords]
    amounts: dict[str, AmountWords]
    endings: dict[str, str]
    basis: dict[str, str]
    origins: dict[str, str]
    units: dict[str, str]
    decimals: dict[str, int]
    abbreviations: dict[str, str]
    glossary: dict[str, str]


@cache
def words() -> Words:
    """Return the report's word lists from ``words.yaml``."""
    return read_as(Path(__file__).with_name("words.yaml"), Words)


def pretty(name: str) -> str:
    """Return a code name as words: ``serious_infection`` becomes ``Serious infection``."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


_SIGNS = {"le": "≤", "ge": "≥", "lt": "<", "gt": ">"}
_TIMES = {"wk": "weeks", "mo": "months", "y": "years", "d": "days"}


def measure_in_words(name: str) -> str:
    """Return the name of a measure as words: ``time_to_upcr_le0_5`` becomes ``time to UPCR ≤ 0.5``."""
    parts = re.sub(r"(?<=\d)_(?=\d)", ".", name).split("_")
    return " ".join(_part(part) for part in parts)


def _part(part: str) -> str:
    match = re.fullmatch(r"(le|ge|lt|gt)([\d.]+)", part)
    if match:
        return f"{_SIGNS[match[1]]} {match[2]}"
    time = re.fullmatch(r"(?:wk)?(\d+)(wk|mo|y|d)", part)
    if time:
        return f"{time[1]} {_TIMES[time[2]]}"
    return words()["abbreviations"].get(part, part)


def label(variable: str) -> str:
    """Return the data dictionary's label of a variable, or its name in words if the dictionary lacks it."""
    definition = variables().get(variable)
    return definition.label if definition else pretty(variable)


def unit(variable: str) -> str:
    """Return the printed unit of a variable; empty for scores, flags and names the dictionary lacks."""
    definition = variables().get(variable)
    return unit_words(definition.unit) if definition else ""


def unit_words(code: str) -> str:
    """Return a UCUM code as it is printed, for example ``mL/min/{1.73_m2}`` as ``mL/min per 1.73 m²``."""
    printed = words()["units"].get(code)
    return str(printed) if printed is not None else re.sub(r"^1?/", "per ", re.sub(r"[{}\[\]]", "", code))


def label_with_unit(variable: str) -> str:
    """Return ``label (unit)``, or the bare label where there is no unit."""
    return f"{label(variable)} ({unit(variable)})" if unit(variable) else label(variable)


def number(value: float | None, digits: int = 3) -> str:
    """Return a value with ``digits`` significant digits, true minus and thin spaces in thousands; a dash if missing."""
    if value is None or math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if abs(value) >= 1e6:
        return _scientific(value, digits)
    places = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
    text = decimals(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scientific(value: float, digits: int) -> str:
    mantissa, power = f"{value:.{digits - 1}e}".split("e")
    shown = mantissa.rstrip("0").rstrip(".").replace("-", "−")
    return f"{shown}{_SPACE}×{_SPACE}10{str(int(power)).translate(_RAISED)}"


def decimals(value: float, places: int) -> str:
    """Return a value with fixed decimal places; a dash if missing, ``<0.1`` where rounding would claim zero."""
    if math.isnan(value):
        return DASH
    least = 10.0**-places
    if 0 < value < least / 2:
        return f"<{least:.{places}f}"
    return f"{value + 0.0:,.{places}f}".replace(",", _THIN).replace("-", "−")


def exact(value: float) -> str:
    """Return a value as it was given, without rounding it to significant digits."""
    return _scientific(value, 12) if abs(value) >= 1e6 else f"{value:,.12g}".replace(",", _THIN).replace("-", "−")


def measured(measurement: Measurement | None) -> str:
    """Return a measurement with its comparator, for example ``> 5 000``; a dash if there is none."""
    if measurement is None:
        return DASH
    return _COMPARATORS[measurement.comparator] + exact(measurement.value)


def value_words(variable: str, measurement: Measurement) -> str:
    """Return a measurement in words: ``present`` or ``absent`` for a flag, otherwise the number."""
    definition = variables().get(variable)
    if definition and definition.kind == "flag" and not measurement.censored:
        return {1.0: "present", 0.0: "absent"}.get(measurement.value, exact(measurement.value))
    return measured(measurement)


def percent(share: float) -> str:
    """Return a probability in whole per cent; ``<1 %`` and ``>99 %`` where rounding would claim certainty."""
    text = _whole_percent(share)
    return text if text == DASH else f"{text}{_SPACE}%"


def _whole_percent(share: float) -> str:
    if math.isnan(share):
        return DASH
    rounded = round(100 * share)
    if rounded == 0 and share > _CERTAIN:
        return "<1"
    return ">99" if rounded == 100 and share < 1 - _CERTAIN else str(rounded)


def interval(chance: Chance) -> str:
    """Return the 90 % interval of a chance as ``65 to 78 %``; a dash where it is not defined."""
    if math.isnan(chance.low) or math.isnan(chance.high):
        return DASH
    return f"{_whole_percent(chance.low)} to {percent(chance.high)}"


def defined(chance: Chance | None) -> bool:
    """Return whether a chance is there and is a number."""
    return chance is not None and not math.isnan(chance.probability)


def outcome_title(outcome: str) -> str:
    """Return the heading of an outcome."""
    wording = words()["outcomes"].get(outcome)
    return str(wording["title"]) if wording else pretty(outcome)


def outcome_happens(outcome: str) -> str:
    """Return the outcome as it follows "72 % of the virtual patients"."""
    wording = words()["outcomes"].get(outcome)
    return str(wording["happens"]) if wording else f"have had {pretty(outcome).lower()}"


def month_words(month: float) -> str:
    """Return ``1 month`` or ``6 months``."""
    return f"{number(month)}{_SPACE}month{'' if month == 1 else 's'}"


def day_words(day: int) -> str:
    """Return a day counted from day 0, with a true minus."""
    return f"day{_SPACE}{number(day, 6)}"


def simulated(variable: str, value: float) -> str:
    """Return a simulated value in the precision laboratories report; scores without idle zeros; a dash if missing."""
    places = words()["decimals"].get(variable)
    text = number(value) if places is None or abs(value) >= 100 else decimals(value, places)
    definition = variables().get(variable)
    return text.rstrip("0").rstrip(".") if definition and definition.kind == "score" and "." in text else text


def count_words(value: int) -> str:
    """Return a whole number with thin spaces in thousands."""
    return f"{value:,}".replace(",", _THIN)


def plural(value: int, noun: str) -> str:
    """Return a count with its noun in the right number."""
    return f"{count_words(value)} {noun}{'' if value == 1 else 's'}"


def virtual_patients_words(match: Match) -> str:
    """Return how many virtual patients the shares count, how many are distinct, and what they are worth."""
    few = "" if match.widened == 1 else f", the nearest within tolerances widened {number(match.widened, 2)}-fold"
    return (
        f"{count_words(match.virtual_patients)} virtual patients, {count_words(match.distinct_patients)} of them "
        f"distinct, worth {number(match.effective_sample_size, 2)} independent ones{few}"
    )


def listed(parts: tuple[str, ...]) -> str:
    """Return parts as ``a``, ``a and b`` or ``a, b and c``."""
    return parts[0] if len(parts) == 1 else " and ".join((", ".join(parts[:-1]), parts[-1])) if parts else ""

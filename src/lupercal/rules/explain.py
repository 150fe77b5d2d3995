"""What an answer rests on: each datum with its value, day, date and attribution, in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, final

import numpy as np

from lupercal.patient.record import Visit
from lupercal.patient.unit_words import unit_in_words
from lupercal.patient.variables import variables
from lupercal.rules.evaluate import Evaluator, derived, listed_drugs
from lupercal.rules.facts import Profile
from lupercal.rules.syntax import ORGANS, TREATMENTS, TYPE, Count, Drugs, Flag, Leaf, TypeIn
from lupercal.visits.totals import TOTALS

PERSON = {TYPE: "Type of lupus", ORGANS: "Organs involved", TREATMENTS: "Previous treatments"}
WORDS = {"failed": "failed", "current": "now taken", "stopped": "stopped", "given": "given before"}


@final
@dataclass(frozen=True, slots=True)
class Datum:
    """One piece of the record: ``name`` in the dictionary or of the person, value in words, day, date, attribution."""

    name: str
    value: str
    day: int | None = None
    date: str | None = None
    attribution: str | None = None

    @property
    def text(self) -> str:
        """The datum in words."""
        when = "" if self.day is None else f", day {self.day}" + (f" ({self.date})" if self.date else "")
        cause = f", put down to {self.attribution}" if self.attribution else ""
        return f"{name_in_words(self.name)}: {self.value}{when}{cause}"

    def record(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self)


def name_in_words(name: str) -> str:
    """Return the label of a variable or of a part of the person."""
    return PERSON[name] if name in PERSON else variables()[name].label


def data_behind(leaf: Leaf, evaluator: Evaluator) -> tuple[Datum, ...]:
    """Return what settles a leaf for the evaluator's single patient; nothing where nothing does.

    Drugs and organs that are listed are told even where the list may be incomplete.
    """
    profile, settled = evaluator.facts.profiles[0], evaluator.settled(leaf)
    visit = int(settled.visit[0])
    match leaf:
        case TypeIn():
            return (Datum(TYPE, profile.lupus_type.replace("_", " ")),) if profile.lupus_type else ()
        case Count(what) if isinstance(what, Drugs):
            return _drug_data(what, profile, evaluator, visit)
        case Count():
            return (Datum(ORGANS, _listing(sorted(profile.organs))),) if profile.organs else ()
        case _:
            return (_at(evaluator, leaf.name, visit),) if visit >= 0 else ()


def _drug_data(what: Drugs, profile: Profile, evaluator: Evaluator, visit: int) -> tuple[Datum, ...]:
    names = listed_drugs(profile, what)
    listed = (Datum(TREATMENTS, f"{WORDS[what.status]} {len(names)} ({_listing(list(names))})"),) if names else ()
    return (*listed, _at(evaluator, what.stated, visit)) if what.stated and visit >= 0 else listed


def _at(evaluator: Evaluator, name: str, place: int) -> Datum:
    """Return a variable at one visit, as recorded, computed or derived."""
    visit = evaluator.facts.visits[place]
    cause = visit.attribution.get(name)
    return Datum(name, _value(evaluator, name, place, visit), visit.day, visit.date, cause)


def _value(evaluator: Evaluator, name: str, place: int, visit: Visit) -> str:
    variable, recorded = variables()[name], visit.values.get(name)
    if variable.kind == "flag":
        return _flag(evaluator, name, place)
    unit = f" {unit_in_words(variable.unit)}".rstrip()
    if recorded is not None:
        sign = "" if recorded.comparator == "=" else f"{recorded.comparator} "
        return f"{sign}{_number(recorded.value)}{unit}"
    low, high = _bounds(evaluator, name, place)
    number = _number(low) if low == high else f"{_number(low)} to {_number(high)}"
    return f"{number}{unit}" + (" (computed)" if name in TOTALS else "")


def _flag(evaluator: Evaluator, name: str, place: int) -> str:
    stated = evaluator.view.value(name)[0, place]
    if not np.isnan(stated):
        return "yes" if stated == 1 else "no"
    if name in derived():
        truth = evaluator.at_visits(Flag(name))
        return f"{'yes' if truth.low[0, place] else 'no'} (derived)"
    return "not known"


def _bounds(evaluator: Evaluator, name: str, place: int) -> tuple[float, float]:
    number = evaluator.view.number(name)
    return float(number.low[0, place]), float(number.high[0, place])


def _number(value: float) -> str:
    return f"{round(value, 2):g}" if np.isfinite(value) else "any"


def _listing(names: list[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)

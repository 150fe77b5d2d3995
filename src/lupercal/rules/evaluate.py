"""Rules over patients: three-valued answers, visit by visit, of which the newest settled one counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict

from lupercal.files.checked import closed, read_as
from lupercal.instruments.columns import View
from lupercal.instruments.three_valued import Interval, Truth, all_of, any_of
from lupercal.patient.drugs import drug_classes
from lupercal.patient.variables import variables
from lupercal.rules import syntax
from lupercal.rules.compare import compare_values
from lupercal.rules.facts import Facts, Profile
from lupercal.rules.parser import parse_rule
from lupercal.rules.series import against, anchored, lasting
from lupercal.rules.syntax import (
    Compare,
    Count,
    Drugs,
    Either,
    Every,
    Flag,
    InState,
    Known,
    Lasting,
    Leaf,
    Not,
    Organs,
    Relative,
    Rule,
    TypeIn,
)
from lupercal.visits.totals import total_at

DERIVED = Path(__file__).with_name("data") / "derived.yaml"


@final
@dataclass(frozen=True, slots=True)
class Settled:
    """The answer to a leaf per patient, shape (patients,), and the visit it rests on (−1 where on none)."""

    truth: Truth
    visit: NDArray[np.intp]


@final
class Evaluator:
    """Evaluates rules over the same facts; a leaf that several rules share is worked out once."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.view = View(facts.columns, shape=facts.days_ago.shape)
        self._known: dict[Leaf, Settled] = {}

    def truth(self, rule: Rule) -> Truth:
        """Return whether a rule holds, shape (patients,)."""
        match rule:
            case Not(part):
                return ~self.truth(part)
            case Every(parts):
                return all_of(self.truth(part) for part in parts)
            case Either(parts):
                return any_of(self.truth(part) for part in parts)
            case Lasting(part, visits):
                return lasting(self.at_visits(part), visits)
            case _:
                return self.settled(rule).truth

    def settled(self, leaf: Leaf) -> Settled:
        """Return the answer to one leaf and the visit it rests on."""
        if leaf not in self._known:
            self._known[leaf] = self._settled(leaf)
        return self._known[leaf]

    def _settled(self, leaf: Leaf) -> Settled:
        match leaf:
            case TypeIn(values):
                return self._personal([_type_truth(one, values) for one in self.facts.profiles])
            case Count(what, sign, value):
                return self._drugs(what, sign, value) if isinstance(what, Drugs) else self._organs(what, sign, value)
            case Known(name, within):
                seen = ~np.isnan(self.view.value(name))
                return self._newest(Truth(seen, np.ones(seen.shape, bool)), within)
            case _:
                return self._newest(self.at_visits(leaf), leaf.within)

    def at_visits(self, rule: Rule) -> Truth:
        """Return the answer at every visit, shape (patients, visits); for flags, comparisons, and rules of them."""
        match rule:
            case Not(part):
                return ~self.at_visits(part)
            case Every(parts):
                return all_of(self.at_visits(part) for part in parts)
            case Either(parts):
                return any_of(self.at_visits(part) for part in parts)
            case Compare() | Relative():
                return self._compared(rule)
            case InState(name):
                return self._state(name)
            case Flag(name):
                return self._flag(name)
        raise TypeError(f"{rule} is not asked visit by visit")

    def _compared(self, leaf: Compare | Relative) -> Truth:
        number = self.view.number(leaf.name)
        if isinstance(leaf, Compare):
            return compare_values(number, leaf.sign, leaf.value)
        return against(number, leaf.sign, leaf.factor * anchored(self.view.value(leaf.name), leaf.anchor))

    def _flag(self, name: str) -> Truth:
        truth = self.view.flag(name)
        variable = variables().get(name)  # what only simulated visits show is in no dictionary
        truth = self.view.lupus(name, truth) if variable is not None and variable.group == "sledai" else truth
        return truth.or_else(self.at_visits(derived()[name])) if name in derived() else truth

    def _state(self, name: str) -> Truth:
        """Return whether an instrument finds each visit in its state; what was scored already counts."""
        if name in self.view:
            return self.view.flag(name)
        total = total_at(name, self.facts.columns)
        scored = ~np.isnan(total.value)
        return Truth(scored & (total.value == 1), ~scored | (total.value == 1))

    def _newest(self, truth: Truth, within: float | None) -> Settled:
        """Take for each patient the newest visit in the window at which the answer is settled."""
        patients, visits = truth.low.shape
        if truth.exact and within is None and visits:
            latest = truth.low[:, -1]
            return Settled(Truth(latest, latest), np.full(patients, visits - 1))
        settled = ~truth.is_unknown
        if within is not None:
            settled = settled & (self.facts.days_ago <= within)
        visit = newest(settled)
        answer = at_visit(truth.low, visit)
        return Settled(Truth((visit >= 0) & answer, (visit < 0) | answer), visit)

    def _personal(self, truths: list[tuple[bool, bool]]) -> Settled:
        low, high = np.transpose(np.array(truths, bool))[:, self.facts.profile]
        return Settled(Truth(low, high), np.full(low.shape, -1))

    def _organs(self, what: Organs, sign: syntax.Operator, value: float) -> Settled:
        low, high = np.transpose([_organ_count(one, what.names) for one in self.facts.profiles])
        truth, place = compare_values(Interval(low, high), sign, value), self.facts.profile
        return Settled(Truth(truth.low[place], truth.high[place]), np.full(place.shape, -1))

    def _drugs(self, what: Drugs, sign: syntax.Operator, value: float) -> Settled:
        """Count listed drugs: the list may be incomplete unless their number is stated, but never counts too many.

        Within a window only those count that were certainly given in it; what is stated settles the others.
        """
        listed = np.array([len(_counted(one, what)) for one in self.facts.profiles], float)[self.facts.profile]
        low, high, visit = listed, np.full(listed.shape, np.inf), np.full(listed.shape, -1)
        if what.stated:
            column = self.view.value(what.stated)
            visit = newest(~np.isnan(column))
            stated = np.where(visit >= 0, at_visit(column, visit), np.nan)
            open_ended = np.isnan(stated) | ((variables()[what.stated].kind == "flag") & (stated > 0))
            low, high = np.fmax(listed, stated), np.where(open_ended, np.inf, np.fmax(listed, stated))
        return Settled(compare_values(Interval(low, high), sign, value), visit)


def newest(mask: Any) -> NDArray[np.intp]:
    """Return the last visit at which a mask of shape (patients, visits) holds; −1 where at none."""
    patients, visits = mask.shape
    if not visits:
        return np.full(patients, -1)
    if visits == 1:  # a table: one row per patient
        return np.where(mask[:, 0], 0, -1)
    return np.where(mask.any(axis=1), visits - 1 - np.argmax(mask[:, ::-1], axis=1), -1)


def at_visit(column: Any, visit: NDArray[np.intp]) -> Any:
    """Return each patient's entry at a visit, shape (patients,); at −1 that of the first, to be masked."""
    if not column.shape[1]:
        return np.zeros(column.shape[0], column.dtype)
    if column.shape[1] == 1:
        return column[:, 0]
    return np.take_along_axis(column, np.maximum(visit, 0)[:, None], axis=1)[:, 0]


def listed_drugs(profile: Profile, what: Drugs) -> tuple[str, ...]:
    """Return the names of the drugs in a profile that a count is about."""
    classes = drug_classes()
    chosen = {name for status, name in profile.drugs if status == what.status}
    return tuple(sorted(name for name in chosen if name in what.kinds or classes.get(name) in what.kinds))


def _counted(profile: Profile, what: Drugs) -> tuple[str, ...]:
    """Return the listed drugs that certainly count: with a window, those last given in it."""
    within = np.inf if what.within is None else what.within
    return tuple(name for name in listed_drugs(profile, what) if profile.days_since(name)[1] <= within)


@closed
class DerivedFlag(TypedDict):
    """A flag that follows from others where nobody stated it."""

    rule: str
    basis: Literal["published", "assumed"]
    source: str


@cache
def derived() -> dict[str, Rule]:
    """Return the rules of flags that follow from others, by name."""
    rows = read_as(DERIVED, dict[str, DerivedFlag])
    return {name: parse_rule(row["rule"], "", DERIVED, f"{name}.rule") for name, row in rows.items()}


def _type_truth(profile: Profile, values: frozenset[str]) -> tuple[bool, bool]:
    if profile.lupus_type is None:
        return False, True
    return (profile.lupus_type in values,) * 2


def _organ_count(profile: Profile, names: frozenset[str]) -> tuple[float, float]:
    """Return how many of the organs are involved; a list that names any organ is complete, an empty one unknown."""
    count = float(len(profile.organs & names))
    return count, count if profile.organs else np.inf

"""Decisions by a protocol of care: people are seen, the rules are asked, what fires is done and written down.

All people are decided on together: a decision is one pass over arrays. A person's decisions depend on what was seen of
that person alone and on chance with an address, so they are the same in any company; two protocols differ for a person
only after the first decision that differs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.care.records import After, CareProtocol, CareRule
from lupercal.course.decided import Decided
from lupercal.course.deeds import Doing, done
from lupercal.course.dose_book import DoseBook, amount_of
from lupercal.course.plan import DrugPlan
from lupercal.engine.random import uniforms
from lupercal.engine.streams import care_of
from lupercal.instruments.clinical_sledai import both_totals
from lupercal.instruments.lldas import activity_items, newly_active
from lupercal.instruments.registry import instrument, score_simulated
from lupercal.instruments.three_valued import Truth
from lupercal.model.schedule import Amount
from lupercal.rules.evaluate import Evaluator
from lupercal.rules.facts import Facts, Profile
from lupercal.rules.series_parser import STATES
from lupercal.rules.syntax import Rule, inputs, visits_asked
from lupercal.therapy.body import Person
from lupercal.therapy.regimen_records import Regimen
from lupercal.visits.visits import ASSESSMENT_DAYS, OneVisit

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Whole = NDArray[np.int64]
NEVER = -(10**9)


@final
@dataclass(frozen=True, slots=True)
class CareOf:
    """Who is cared for, and how.

    ``addresses`` (N,) are the patients (or slots) of the addresses of chance, whose days count from ``origin``; the
    protocol's days count from ``day_zero``. ``baseline`` is what was seen when the care began, where anything was;
    ``until`` ends what the protocol may write, though not standing doses where they are ``lasting``; nobody decides in
    the last ``rest`` days of a stay. ``arm`` is the regimen that may be repeated; ``left_out`` names rules that this
    course cannot have, with the reason.
    """

    protocol: CareProtocol
    seed: int
    addresses: Whole
    parameters: Mapping[str, Amount]
    person: Person
    day_zero: int = 0
    origin: int = 0
    baseline: Mapping[str, Array] | None = None
    until: int | None = None
    lasting: bool = False
    rest: int | str = 0
    arm: Regimen | None = None
    left_out: Mapping[str, str] | None = None

    def number(self, amount: Amount | str) -> Array:
        """Return a number of the protocol for each person, (N,)."""
        return amount_of(amount, self.parameters, len(self.addresses))

    def whole(self, amount: int | str) -> int:
        """Return a whole number of the protocol; of a parameter that differs between people the largest."""
        return int(np.max(np.asarray(self.parameters[amount]))) if isinstance(amount, str) else amount

    @property
    def rules(self) -> tuple[tuple[CareRule, Rule], ...]:
        """The rules that this course can have, with their conditions."""
        parsed = self.protocol.conditions(f"protocol of care {self.protocol.id}")
        return tuple(
            (rule, when) for rule, when in zip(self.protocol.rules, parsed, strict=True)
            if rule.id not in (self.left_out or {})
        )  # fmt: skip


@final
class CareDecisions:
    """The decisions of a protocol for some people during one stay; one object for one stay."""

    def __init__(self, care: CareOf) -> None:
        self.care, self.rules = care, care.rules
        self.wanted = _wanted([when for _, when in self.rules])
        self.asks = {rule.id: (visits_asked(when), frozenset(inputs(when))) for rule, when in self.rules}
        self.grades = any(name.startswith("bilag") for name in _read_for(self.wanted))
        self.size = len(care.addresses)
        self.seen: list[tuple[int, dict[str, Array]]] = []
        self.last_fired = {rule.id: np.full(self.size, NEVER, np.int64) for rule, _ in self.rules}
        self.times = {rule.id: np.zeros(self.size, np.int64) for rule, _ in self.rules}
        self.fired: list[Bools] = []
        self.open: list[Bools] = []
        self.book: DoseBook | None = None
        self.assessed: list[tuple[int, tuple[Truth, ...]]] = []
        self.stay = (0, 0)
        self.when: tuple[int, ...] = ()
        if care.baseline is not None:
            self._remember(care.origin, dict(care.baseline))

    def days(self, first: int, last: int) -> Sequence[int]:
        """Return the days on which people are seen, whole weeks after ``first``; none where no rule can fire."""
        self.stay = (first, last)
        self.when = tuple(_decision_days(self.care, first, last)) if self._any else ()
        return self.when

    @property
    def _any(self) -> bool:
        return any(np.any(self.care.number(rule.chance) > 0) for rule, _ in self.rules)

    def decide(self, day: int, seen: OneVisit, plan: DrugPlan) -> DrugPlan:
        """Return the plan as it stands from ``day`` on, by what the visit shows."""
        book = self._book(plan)
        self._remember(day, seen | _drugs_now(book, plan, day))
        fired, unknown = np.zeros((2, len(self.rules), self.size), bool)
        asked, taken = dict[int, Evaluator](), dict[str, Bools]()
        settled = {name for name, column in self.seen[-1][1].items() if not np.isnan(column).any()}
        for row, (rule, when) in enumerate(self.rules):
            may = self._may(rule, day)
            if not may.any():
                continue
            visits = self._latest(rule, settled)
            if visits not in asked:
                asked[visits] = self._asked(self.seen[-visits:], day)
            truth = asked[visits].truth(when)
            grouped = taken.setdefault(rule.group or rule.id, np.zeros(self.size, bool))
            holds = truth.low & may & ~grouped
            unknown[row] = truth.is_unknown & may & ~grouped
            grouped |= holds
            fired[row] = holds & self._lucky(rule, day, holds)
        for row, (rule, _) in enumerate(self.rules):
            self._do(book, rule, day, fired[row])
        self.fired.append(fired)
        self.open.append(unknown)
        return replace(book.plan_from(day, self._next(day)), decisions=self)

    def decided(self) -> Decided:
        """Return what was decided so far, for whom, why, and on what was seen."""
        days = np.array([day for day, _ in self.seen[-len(self.fired) :]] if self.fired else [], np.int64)
        shape = (len(days), len(self.rules), self.size)
        columns = {} if not self.fired else {
            name: np.stack([seen[name] for _, seen in self.seen[-len(days) :]])
            for name in self.wanted if name in self.seen[-1][1]
        }  # fmt: skip
        return Decided(
            self.care.protocol, days - self.care.day_zero, tuple(rule.id for rule, _ in self.rules),
            np.array(self.fired, bool).reshape(shape), np.array(self.open, bool).reshape(shape), columns,
            dict(self.care.left_out or {}),
        )  # fmt: skip

    def _book(self, plan: DrugPlan) -> DoseBook:
        if self.book is None:
            without_us = replace(
                plan, decisions=None
            )  # a book that led back here would live until cycles are looked for
            self.book = DoseBook(without_us, *self.stay, self.size, self.care.until, self.care.lasting)
        return self.book

    def _next(self, day: int) -> int:
        later = [other for other in self.when if other > day]
        return later[0] if later else self.stay[1] + 1

    def _remember(self, day: int, seen: dict[str, Array]) -> None:
        """Keep what the rules ask of a visit."""
        if self.wanted & _AGAINST_BEFORE:
            self._compare(day, seen)
        scored = self.wanted & _SCORED
        for name, total in both_totals(seen).items() if scored else ():
            seen.setdefault(name, total)
        for name in sorted(scored):
            if name not in seen:
                seen[name] = np.asarray(score_simulated(name, seen).value, np.float64)
        self.seen.append((day, {name: seen[name] for name in sorted(self.wanted) if name in seen}))

    def _compare(self, day: int, seen: dict[str, Array]) -> None:
        """Add whether anything is active that was not at the assessment before, where that is not known."""
        now = activity_items({name: column for name, column in seen.items() if "@" not in name})
        if "new_activity" not in seen and self.assessed:
            before = next((old for when, old in self.assessed if day - when >= ASSESSMENT_DAYS), self.assessed[-1][1])
            seen["new_activity"] = newly_active(before, now)
        self.assessed = [(day, now), *self.assessed[:5]]

    def _asked(self, visits: Sequence[tuple[int, dict[str, Array]]], day: int) -> Evaluator:
        names = {name for _, seen in visits for name in seen}
        unknown = np.full(self.size, np.nan)
        columns = {name: _side_by_side([seen.get(name, unknown) for _, seen in visits]) for name in sorted(names)}
        ago = np.broadcast_to(np.array([day - when for when, _ in visits], np.float64), (self.size, len(visits)))
        return Evaluator(Facts(columns, ago, (Profile(),), np.zeros(self.size, np.intp)))

    def _latest(self, rule: CareRule, settled: Collection[str]) -> int:
        """Return how many of the last visits tell whether a rule holds.

        Those that it asks for, if the last one, with what it has ``settled``, leaves nothing open that one before could
        settle; else all.
        """
        visits, names = self.asks[rule.id]
        return len(self.seen) if visits is None or not names.issubset(settled) else min(visits, len(self.seen))

    def _may(self, rule: CareRule, day: int) -> Bools:
        """Return for whom a rule's limits let it fire on a day."""
        since = day - self.care.day_zero
        may = np.full(self.size, rule.not_before <= since <= (np.inf if rule.not_after is None else rule.not_after))
        if rule.times is not None:
            may &= self.times[rule.id] < rule.times
        may &= day - self.last_fired[rule.id] >= self.care.whole(rule.apart)
        may &= self._bound(rule.after, day, np.ones(self.size, bool))
        return np.asarray(may & ~self._bound(rule.unless, day, np.zeros(self.size, bool)))

    def _bound(self, bond: After | None, day: int, free: Bools) -> Bools:
        """Return for whom so many days have gone since another rule fired; ``free`` where nothing binds."""
        if bond is None or bond.rule not in self.last_fired:
            return free if bond is None else np.zeros(self.size, bool)
        ago = day - self.last_fired[bond.rule]
        return np.asarray((ago >= bond.least) & (ago <= bond.most))

    def _lucky(self, rule: CareRule, day: int, holds: Bools) -> Bools:
        chance = self.care.number(rule.chance)
        if (chance >= 1).all() or not holds.any():
            return np.ones(self.size, bool)
        stream = rule.luck or care_of(rule.id)
        days = np.full(self.size, day - self.care.origin)
        return np.asarray(uniforms(self.care.seed, stream, self.care.addresses, days) < chance)

    def _do(self, book: DoseBook, rule: CareRule, day: int, who: Bools) -> None:
        people = np.flatnonzero(who)
        if not len(people):
            return
        self.last_fired[rule.id][people] = day
        self.times[rule.id][people] += 1
        for deed in rule.do:
            care = self.care
            done(book, Doing(deed, day + rule.delay, people, care.parameters, care.person, care.arm))


_SCORED = frozenset({*STATES, "sledai_2k", "clinical_sledai"})
_AGAINST_BEFORE = frozenset({"lldas", "lldas_5", "new_activity"})


def _side_by_side(visits: Sequence[Array]) -> Array:
    """Return columns of visits, (N,) each, as (N, V)."""
    return visits[0][:, None] if len(visits) == 1 else np.stack(visits, axis=1)


def _wanted(conditions: Sequence[Rule]) -> frozenset[str]:
    """Return the columns that rules ask for."""
    return frozenset(name for when in conditions for name in inputs(when))


def _read_for(wanted: frozenset[str]) -> frozenset[str]:
    """Return the columns that are asked for, and those that instruments among them read."""
    return wanted.union(*(instrument(name).inputs for name in wanted & _SCORED))


def _drugs_now(book: DoseBook, plan: DrugPlan, day: int) -> dict[str, Array]:
    """Return the drugs a visit shows, with the daily drugs by name."""
    shown = {name: column[0] for name, column in plan.drugs(np.array([day]), book.size).items()}
    return shown | {"mycophenolate_mofetil": book.now("ap", day), "voclosporin": book.now("cn", day)}


def _decision_days(care: CareOf, first: int, last: int) -> list[int]:
    """Return the days of the protocol's visits, each on the next day that is whole weeks after ``first``."""
    visit_days, phases = list[int](), care.protocol.visits
    day = care.day_zero
    for phase in phases:
        every = care.whole(phase.every)
        end = last if phase.until is None else min(last, care.day_zero + phase.until)
        while day + every <= end:
            day += every
            visit_days.append(first + -(-(day - first) // 7) * 7)
    return sorted({day for day in visit_days if first < day < last and day <= last - care.whole(care.rest)})

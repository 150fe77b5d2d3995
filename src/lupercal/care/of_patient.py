"""What a protocol of care says of a real patient's record today: which rules hold, which do not, what is not known.

The same rules that a simulation runs are asked of what was recorded. Limits that count earlier firings (at most once,
so many days after another rule) cannot be judged from a record and are told beside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final

from lupercal.care.records import CareProtocol, CareRule
from lupercal.care.words import deed_words
from lupercal.instruments.registry import instrument
from lupercal.patient.record import Patient
from lupercal.patient.variables import variables
from lupercal.rules.evaluate import Evaluator
from lupercal.rules.facts import decision_day, facts_of
from lupercal.rules.syntax import Rule, inputs

Answer = Literal["holds", "does not hold", "not known"]


@final
@dataclass(frozen=True, slots=True)
class RuleToday:
    """One rule asked of a record: its answer, what it would do, and what it asks for (labels)."""

    rule: str
    why: str
    what: tuple[str, ...]
    answer: Answer
    asks: tuple[str, ...]


def rules_today(given: CareProtocol, patient: Patient, day: int | None = None) -> tuple[RuleToday, ...]:
    """Return each rule of a protocol with its answer on a day, that of the record's decision where not given."""
    evaluator = Evaluator(facts_of(patient, decision_day(patient) if day is None else day))
    return tuple(_asked(given, evaluator))


def _asked(given: CareProtocol, evaluator: Evaluator) -> Iterator[RuleToday]:
    for rule, when in zip(given.rules, given.conditions(f"protocol of care {given.id}"), strict=True):
        truth = evaluator.truth(when)
        answer: Answer = "holds" if truth.low[0] else "not known" if truth.high[0] else "does not hold"
        yield _answered(rule, when, answer)


def _answered(rule: CareRule, when: Rule, answer: Answer) -> RuleToday:
    labels = tuple(variables()[name].label if name in variables() else instrument(name).title for name in inputs(when))
    return RuleToday(rule.id, rule.words, tuple(map(deed_words, rule.do)), answer, labels)

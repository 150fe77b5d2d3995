"""Eligibility of one patient for one programme: a status, and for each criterion an answer and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, final

from lupercal.patient.record import Patient
from lupercal.programmes.records import Criterion, Programme
from lupercal.rules.evaluate import Evaluator
from lupercal.rules.explain import Datum, data_behind, name_in_words
from lupercal.rules.facts import decision_day, facts_of
from lupercal.rules.next_tests import NextTest, shortest_list, state_of
from lupercal.rules.parser import parse_rule
from lupercal.rules.questions import ranks
from lupercal.rules.syntax import Rule, asked, inputs, leaves
from lupercal.safety.judge import RecordedLater, Safety, judged
from lupercal.safety.records import SafetyRule
from lupercal.safety.registry import danger_rule

Status = Literal["criteria met", "criteria not met", "cannot tell yet"]
Answer = Literal["met", "not met", "unknown", "counted as met"]
FULFILLED: tuple[Answer, ...] = ("met", "counted as met")
"""Answers that do not stand against a programme; the second is no knowledge, but how the rule counts its absence."""

_MOST_SILENT = 4


@final
@dataclass(frozen=True, slots=True)
class CriterionFinding:
    """One criterion applied to one patient.

    Parameters
    ----------
    criterion
        The criterion, with its rule and source.
    answer
        ``met``, ``not met`` or ``unknown``; ``counted as met`` where nothing is known and the rule counts that so.
    data
        What the answer rests on, each with value, day, date and attribution.
    open
        Names of what is unknown and asked by the rule, whether or not it was needed.
    by_default
        Whether the answer follows from the criterion's ``missing`` and not from data.
    """

    criterion: Criterion
    answer: Answer
    data: tuple[Datum, ...]
    open: tuple[str, ...]
    by_default: bool = False

    @property
    def decides(self) -> bool:
        """Whether the criterion takes part in the decision."""
        return self.criterion.role == "decides"

    @property
    def reason(self) -> str:
        """The answer and what it rests on, in words."""
        data_words = "; ".join(datum.text for datum in self.data)
        lacking = "not known: " + ", ".join(name_in_words(name) for name in self.open)
        if self.by_default:
            return f"{lacking}; counted as {self.answer.removeprefix('counted as ')} by the rule"
        return data_words if self.answer != "unknown" else f"{lacking} ({data_words})" if data_words else lacking


@final
@dataclass(frozen=True, slots=True)
class Eligibility:
    """What the stated criteria of a programme say of a patient on one day. It is no advice on treatment."""

    patient: str
    programme: Programme
    day: int
    safety: Safety
    status: Status
    findings: tuple[CriterionFinding, ...]
    next_tests: tuple[NextTest, ...] = ()

    @property
    def meaning(self) -> str:
        """What the status says, all that it says, and what the page is silent about."""
        return f"{self.stated}; the page says nothing about {_shortened(self.silent)}" if self.silent else self.stated

    @property
    def summary(self) -> str:
        """One sentence: safety first, then the stated criteria."""
        safety = self.safety.summary
        return f"{self.patient} and {self.programme.id} ({self.programme.name}): safety: {safety}; {self.meaning}"

    @property
    def silent(self) -> tuple[str, ...]:
        """The dangers of the therapy that no criterion of the programme asks for, in words."""
        return tuple(danger.danger for danger in self.silent_rules)

    @property
    def silent_rules(self) -> tuple[SafetyRule, ...]:
        """The rules of those dangers."""
        asked_about = [frozenset(inputs(rule_of(one.criterion))) for one in self.findings]
        silent: list[SafetyRule] = []
        for danger in self.safety.findings:
            rule = danger_rule(danger.rule.id)
            names = frozenset(inputs(rule)) if rule is not None else frozenset()
            if names and not any(known & names for known in asked_about):
                silent.append(danger.rule)
                asked_about.append(names)
        return tuple(silent)

    def answered(self, answer: Answer) -> tuple[CriterionFinding, ...]:
        """Return the deciding criteria with an answer."""
        return tuple(one for one in self.findings if one.decides and one.answer == answer)

    @property
    def stated(self) -> str:
        """What the status says of the criteria that the page states."""
        met, failed, unknown, counted = (
            len(self.answered(answer)) for answer in ("met", "not met", "unknown", "counted as met")
        )
        assumed = f" and {counted} more counted as met although not known" if counted else ""
        if self.status == "criteria met":
            return f"meets the {_criteria(met)} this page states{assumed}"
        if self.status == "criteria not met":
            return f"does not meet {failed} of the {_criteria(met + failed + unknown + counted)} this page states"
        return f"the record does not settle {unknown} of the {_criteria(met + unknown + counted)} this page states"

    def finding(self, criterion: str) -> CriterionFinding:
        """Return the finding on one criterion by its id."""
        return {one.criterion.id: one for one in self.findings}[criterion]

    def record(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "patient": self.patient,
            "programme": self.programme.id,
            "name": self.programme.name,
            "therapy": self.programme.therapy,
            "day": self.day,
            "safety": self.safety.record(),
            "status": self.status,
            "meaning": self.meaning,
            "silent about": list(self.silent),
            "criteria": [_plain(one) for one in self.findings],
            "next_tests": [
                {"name": test.name, "what": name_in_words(test.name), "criteria": list(test.criteria)}
                for test in self.next_tests
            ],
        }


def eligibility(patient: Patient, programme: Programme, day: int | None = None) -> Eligibility:
    """Apply the criteria of a programme to a patient.

    Parameters
    ----------
    patient
        As read from a file.
    programme
        From `lupercal.programmes.registry.programme`.
    day
        Day of decision, counted as the record's days; day 0 where not given (the last visit if all are later). What is
        recorded later does not count.

    Returns
    -------
    Eligibility
        Safety first; then *criteria not met* as soon as one deciding criterion is not met, *criteria met* where all
        are, else *cannot tell yet* with the shortest list of what to find out. No status says that somebody should be
        treated.
    """
    return eligibilities(patient, (programme,), day)[0]


def eligibilities(patient: Patient, programmes: Iterable[Programme], day: int | None = None) -> tuple[Eligibility, ...]:
    """Apply several programmes to one patient, see `eligibility`; what they have in common is worked out once."""
    day = decision_day(patient) if day is None else day
    judge = _Judge(patient, Evaluator(facts_of(patient, day)), RecordedLater(patient, day))
    return tuple(judge.eligibility(one, day) for one in programmes)


def overall(answers: list[Answer]) -> Status:
    """Return the status that the answers of the deciding criteria give."""
    if "not met" in answers:
        return "criteria not met"
    return "cannot tell yet" if "unknown" in answers else "criteria met"


def rule_of(criterion: Criterion) -> Rule:
    """Return the parsed rule of a criterion."""
    return parse_rule(criterion.rule, criterion.unit, "criterion", criterion.id)


@final
class _Judge:
    """The answers of one evaluator about its single patient."""

    def __init__(self, patient: Patient, evaluator: Evaluator, later: RecordedLater) -> None:
        self.patient, self.evaluator, self.state, self.later = patient, evaluator, state_of(evaluator), later
        self.safeties: dict[str, Safety] = {}

    def eligibility(self, programme: Programme, day: int) -> Eligibility:
        findings = tuple(self.finding(criterion) for criterion in programme.criteria)
        status = overall([one.answer for one in findings if one.decides])
        tests = self.tests(findings) if status == "cannot tell yet" else ()
        safety = self.safety(programme.therapy, day)
        return Eligibility(self.patient.id, programme, day, safety, status, findings, tests)

    def safety(self, therapy: str, day: int) -> Safety:
        if therapy not in self.safeties:
            self.safeties[therapy] = self.later.told(judged(self.evaluator, therapy, self.patient.id, day))
        return self.safeties[therapy]

    def finding(self, criterion: Criterion) -> CriterionFinding:
        rule = rule_of(criterion)
        truth = self.evaluator.truth(rule)
        settled = not bool(truth.is_unknown[0])
        answer = _ANSWERS[bool(truth.low[0])] if settled else _DEFAULTS[criterion.missing]
        by_default = not settled and answer != "unknown"
        data = tuple(dict.fromkeys(datum for leaf in leaves(rule) for datum in data_behind(leaf, self.evaluator)))
        lacking = dict.fromkeys(asked(leaf) for leaf in leaves(rule) if self.state(leaf) is None)
        return CriterionFinding(criterion, answer, data, tuple(lacking), by_default)

    def tests(self, findings: tuple[CriterionFinding, ...]) -> tuple[NextTest, ...]:
        still_open = {
            one.criterion.id: rule_of(one.criterion) for one in findings if one.decides and one.answer == "unknown"
        }
        return shortest_list(still_open, self.state, ranks())


_ANSWERS: dict[bool, Answer] = {True: "met", False: "not met"}
_DEFAULTS: dict[str, Answer] = {"ask": "unknown", "fail": "not met", "pass": "counted as met"}


def _criteria(number: int) -> str:
    return "1 criterion" if number == 1 else f"{number} criteria"


def _shortened(words: tuple[str, ...]) -> str:
    """Return dangers in one phrase, the first few by name."""
    shown = [one[:1].lower() + one[1:] if not one[1:2].isupper() else one for one in words[:_MOST_SILENT]]
    more = len(words) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _plain(one: CriterionFinding) -> dict[str, Any]:
    criterion = one.criterion
    return {
        "id": criterion.id,
        "text": criterion.text,
        "rule": " ".join(criterion.rule.split()),
        "role": criterion.role,
        "answer": one.answer,
        "reason": one.reason,
        "by_default": one.by_default,
        "data": [datum.record() for datum in one.data],
        "open": list(one.open),
        "basis": criterion.basis,
        "source": f"{criterion.source.ref}: {criterion.source.where}".removesuffix(": "),
    }

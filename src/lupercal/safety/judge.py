"""The safety of therapies for one patient: stop, clarify first, note or none found, by rule, with what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, final

from lupercal.patient.record import Patient
from lupercal.rules.evaluate import Evaluator
from lupercal.rules.explain import Datum, data_behind, name_in_words
from lupercal.rules.facts import decision_day, facts_of
from lupercal.rules.next_tests import state_of
from lupercal.rules.syntax import Rule, asked, leaves
from lupercal.safety.records import GRAVITY, SafetyRule, SafetyVerdict
from lupercal.safety.registry import danger_rule, exempting_rule, names_of_therapy, rules_for, safety_sources
from lupercal.safety.signs import contradicted, signs_in_words
from lupercal.therapy.registry import regimen

Presence = Literal["present", "absent", "not known"]


@final
@dataclass(frozen=True, slots=True)
class SafetyFinding:
    """One safety rule applied to one patient and one therapy.

    Parameters
    ----------
    rule
        The rule, with its reason and sources.
    verdict
        What follows for this therapy.
    danger
        Whether the danger is present, absent, or not known.
    data
        What that rests on, each with value, day, date and attribution.
    open
        Names of what would have to be found out; empty where the danger is settled.
    signs
        What speaks against its being absent, each with its day.
    """

    rule: SafetyRule
    verdict: SafetyVerdict
    danger: Presence
    data: tuple[Datum, ...] = ()
    open: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The danger and what it rests on, in words."""
        words = "; ".join(datum.text for datum in self.data)
        if self.danger == "not known":
            lacking = "not known: " + ", ".join(name_in_words(name) for name in self.open)
            words = f"{lacking} ({words})" if words else lacking
            words = f"{words}; but {', '.join(self.signs)}" if self.signs else words
        return f"{self.rule.danger} [{words}]" if words else self.rule.danger

    def record(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "id": self.rule.id,
            "danger": self.rule.danger,
            "verdict": self.verdict,
            "present": self.danger,
            "reason": self.rule.reason,
            "data": [datum.record() for datum in self.data],
            "open": list(self.open),
            **({"signs": list(self.signs)} if self.signs else {}),
            "basis": self.rule.basis,
            "checked": self.rule.checked.isoformat(),
            "sources": [{"key": one.key, "where": one.where} for one in self.rule.sources],
        }


@final
@dataclass(frozen=True, slots=True)
class Safety:
    """What the safety rules say of one therapy for one patient on one day. ``none found`` is no leave to treat.

    ``later`` tells in words what was recorded after that day and would be a stop; it is not among the findings.
    """

    patient: str
    therapy: str
    name: str
    day: int
    findings: tuple[SafetyFinding, ...]
    later: tuple[str, ...] = ()

    @property
    def verdict(self) -> SafetyVerdict:
        """The gravest verdict of all rules."""
        return max((one.verdict for one in self.findings), key=GRAVITY.__getitem__, default="none found")

    @property
    def stops(self) -> tuple[SafetyFinding, ...]:
        """The dangers that are present and forbid the therapy."""
        return self._of("stop")

    @property
    def dangers(self) -> tuple[SafetyFinding, ...]:
        """The dangers that are present and have to be clarified first."""
        return tuple(one for one in self._of("clarify first") if one.danger == "present")

    @property
    def unsettled(self) -> tuple[SafetyFinding, ...]:
        """The dangers that are not known and have to be clarified first."""
        return tuple(one for one in self._of("clarify first") if one.danger == "not known")

    @property
    def notes(self) -> tuple[SafetyFinding, ...]:
        """What is to be known of the therapy."""
        return self._of("note")

    @property
    def none_found(self) -> tuple[SafetyFinding, ...]:
        """The dangers that the record excludes."""
        return self._of("none found")

    @property
    def to_find_out(self) -> tuple[str, ...]:
        """Names of what is unknown and asked by rules that say clarify first, each once."""
        return tuple(dict.fromkeys(name for one in self.unsettled for name in one.open))

    @property
    def summary(self) -> str:
        """One sentence."""
        if self.stops:
            return f"stop: {', '.join(one.rule.danger for one in self.stops)}"
        parts = [
            f"{len(self.dangers)} {'danger' if len(self.dangers) == 1 else 'dangers'} present" if self.dangers else "",
            f"{len(self.unsettled)} not known" if self.unsettled else "",
        ]
        counts = ", ".join(filter(None, parts))
        none = f"none of {len(self.none_found)} dangers found; {len(self.notes)} notes"
        return f"clarify first: {counts}" if counts else none

    @property
    def citations(self) -> Mapping[str, str]:
        """Citation of every source of what is not clear, by key."""
        cited = (one.key for found in self.findings if found.verdict != "none found" for one in found.rule.sources)
        return {key: safety_sources()[key].citation for key in dict.fromkeys(cited)}

    def finding(self, rule: str) -> SafetyFinding:
        """Return the finding on one rule by its id, or raise `KeyError`."""
        return {one.rule.id: one for one in self.findings}[rule]

    def record(self) -> dict[str, Any]:
        """Return plain values, ready for JSON: verdict, what forbids, what is open, notes, and what is excluded."""
        return {
            "therapy": self.therapy,
            "name": self.name,
            "day": self.day,
            "verdict": self.verdict,
            "summary": self.summary,
            "stop": [one.record() for one in self.stops],
            "clarify first": [one.record() for one in (*self.dangers, *self.unsettled)],
            "note": [one.record() for one in self.notes],
            "none_found": [one.rule.id for one in self.none_found],
            **({"recorded_later": list(self.later)} if self.later else {}),
            "sources": dict(self.citations),
        }

    def _of(self, verdict: SafetyVerdict) -> tuple[SafetyFinding, ...]:
        return tuple(one for one in self.findings if one.verdict == verdict)


def safety_of(patient: Patient, therapy: str, day: int | None = None) -> Safety:
    """Apply the safety rules to a patient and a therapy.

    Parameters
    ----------
    patient
        As read from a file.
    therapy
        A regimen by its id or one of its names.
    day
        Day of decision as the record counts; see `lupercal.rules.facts.decision_day`. What is recorded later does not
        count.

    Raises
    ------
    InputError
        If there is no regimen of that name.
    """
    return safeties(patient, (therapy,), day)[0]


def safeties(patient: Patient, therapies: Iterable[str], day: int | None = None) -> tuple[Safety, ...]:
    """Apply the safety rules to a patient and several therapies, see `safety_of`; each therapy once."""
    day = decision_day(patient) if day is None else day
    evaluator, later = Evaluator(facts_of(patient, day)), RecordedLater(patient, day)
    chosen = dict.fromkeys(regimen(name).id for name in therapies)
    return tuple(later.told(judged(evaluator, name, patient.id, day)) for name in chosen)


@final
class RecordedLater:
    """What a record says on its last visit, where that lies after the day of decision; looked at once, when needed."""

    def __init__(self, patient: Patient, day: int) -> None:
        self.patient, self.day = patient, day
        self.last = max((visit.day for visit in patient.visits), default=day)

    @cached_property
    def evaluator(self) -> Evaluator:
        """The facts on the last visit."""
        return Evaluator(facts_of(self.patient, self.last))

    def told(self, safety: Safety) -> Safety:
        """Return what safety says with what would be a stop by what was recorded later, see `Safety`."""
        return replace(safety, later=self.stops(safety))

    def stops(self, safety: Safety) -> tuple[str, ...]:
        """Return in words what would stop the therapy on the last visit."""
        if self.last <= self.day:
            return ()
        later = judged(self.evaluator, safety.therapy, self.patient.id, self.last).stops
        already_known, told = {one.rule.id for one in safety.stops}, f"a stop on day {self.last}"
        fresh = [one.text for one in later if one.rule.id not in already_known]
        return tuple(f"Recorded after day {self.day} and not counted: {told}: {text}" for text in fresh)


def judged(evaluator: Evaluator, therapy: str, patient: str, day: int) -> Safety:
    """Return the safety of a therapy for an evaluator's single patient."""
    chosen = regimen(therapy)
    targets = names_of_therapy(chosen.id)
    findings = tuple(_finding(rule, evaluator, targets) for rule in rules_for(chosen.id))
    return Safety(patient, chosen.id, chosen.name, day, findings)


def _finding(rule: SafetyRule, evaluator: Evaluator, targets: frozenset[str]) -> SafetyFinding:
    verdict, parsed = rule.verdict_for(targets) or "note", danger_rule(rule.id)
    if parsed is None:
        return SafetyFinding(rule, verdict, "present")
    truth, opposed = evaluator.truth(parsed), bool(contradicted(evaluator, rule.id)[0])
    if bool(truth.low[0]) or not (opposed or truth.is_unknown[0]):
        present = bool(truth.low[0])
        data = _data(parsed, evaluator)
        return SafetyFinding(rule, verdict if present else "none found", "present" if present else "absent", data)
    exempting = exempting_rule(rule.id)
    if exempting is not None and not opposed and bool(evaluator.truth(exempting).low[0]):
        return SafetyFinding(rule, "none found", "absent", _data(exempting, evaluator))
    asked_for = (*leaves(exempting), *leaves(parsed)) if exempting is not None else tuple(leaves(parsed))
    state = state_of(evaluator)
    lacking = dict.fromkeys(asked(leaf) for leaf in asked_for if state(leaf) is None)
    lacking = lacking or dict.fromkeys(asked(leaf) for leaf in leaves(parsed))
    verdict = "note" if verdict == "note" else "clarify first"
    against = signs_in_words(evaluator, rule.id)
    return SafetyFinding(rule, verdict, "not known", _data(parsed, evaluator), tuple(lacking), against)


def _data(rule: Rule, evaluator: Evaluator) -> tuple[Datum, ...]:
    return tuple(dict.fromkeys(datum for leaf in leaves(rule) for datum in data_behind(leaf, evaluator)))

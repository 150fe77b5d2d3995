"""What a candidate's answers come to, in the order in which a person should read it: dangers first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from lupercal.programmes.candidate import Answers, candidate_results
from lupercal.programmes.eligibility import CriterionFinding, Eligibility
from lupercal.programmes.records import Programme
from lupercal.rules.questions import Question, questions
from lupercal.safety.judge import Safety
from lupercal.therapy.regimen_records import Regimen
from lupercal.therapy.registry import regimen
from lupercal.therapy.sources import citations


@final
@dataclass(frozen=True, slots=True)
class Danger:
    """A danger that was stated, with the therapies that it forbids or that wait for it."""

    id: str
    reason: str
    stops: tuple[str, ...]
    waits: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Offer:
    """One programme: what its stated criteria say."""

    programme: Programme
    eligibility: Eligibility
    met: tuple[CriterionFinding, ...]
    not_met: tuple[CriterionFinding, ...]
    unknown: tuple[CriterionFinding, ...]

    @property
    def stated(self) -> int:
        """How many criteria decide."""
        return len(self.met) + len(self.not_met) + len(self.unknown)


@final
@dataclass(frozen=True, slots=True)
class KnownTherapy:
    """What evidence says of a therapy, with its sources."""

    regimen: Regimen
    sources: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Ending:
    """The end of the questionnaire."""

    dangers: tuple[Danger, ...]
    open_dangers: tuple[str, ...]
    offers: tuple[Offer, ...]
    therapies: tuple[KnownTherapy, ...]
    to_bring: tuple[Question, ...]
    answers: tuple[tuple[Question, object], ...]


def ending(programmes: Iterable[Programme], answers: Answers) -> Ending:
    """Return what the answers come to."""
    results = candidate_results(programmes, answers)
    safeties = {one.safety.therapy: one.safety for one in results}.values()
    return Ending(
        _dangers(safeties),
        tuple(dict.fromkeys(one.rule.id for safety in safeties for one in safety.unsettled)),
        tuple(_offer(one) for one in results),
        tuple(_known(one.therapy) for one in safeties),
        _to_bring(results, answers),
        tuple((questions()[name], given) for name, given in answers.given.items()),
    )


def _dangers(safeties: Iterable[Safety]) -> tuple[Danger, ...]:
    stops: dict[str, list[str]] = {}
    waits: dict[str, list[str]] = {}
    reasons: dict[str, str] = {}
    for safety in safeties:
        for findings, by_danger in ((safety.stops, stops), (safety.dangers, waits)):
            for one in findings:
                by_danger.setdefault(one.rule.id, []).append(safety.name)
                reasons[one.rule.id] = one.rule.reason
    names = sorted(reasons, key=lambda name: name not in stops)
    return tuple(Danger(n, reasons[n], tuple(stops.get(n, ())), tuple(waits.get(n, ()))) for n in names)


def _offer(one: Eligibility) -> Offer:
    met = (*one.answered("met"), *one.answered("counted as met"))
    return Offer(one.programme, one, met, one.answered("not met"), one.answered("unknown"))


def _known(therapy: str) -> KnownTherapy:
    chosen = regimen(therapy)
    return KnownTherapy(chosen, tuple(citations(chosen.evidence.sources).values()))


def _to_bring(results: Iterable[Eligibility], answers: Answers) -> tuple[Question, ...]:
    """Return what the clinic's papers say and is not known yet, in the order of asking."""
    open_names = {name for one in results for finding in one.findings for name in finding.open}
    open_names |= {name for one in results for name in one.safety.to_find_out}
    answered = {name for name, given in answers.given.items() if given is not None}
    return tuple(q for name, q in questions().items() if name in open_names - answered and q.who == "clinic")

"""The verdict on a claim: a function of claim and ledger, printed with the rule that decided and the rows it used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import final

from lupercal.claims.claim import Claim, Page, Part, part_day
from lupercal.claims.exhibit import Exhibit
from lupercal.claims.facts import claimed_range, facts_about, told_apart
from lupercal.claims.of_facts import figures_of, known_facts, statuses_of
from lupercal.claims.of_study import Asking, exhibits_of
from lupercal.claims.rules import Known, Verdict, claim_rule, part_rule
from lupercal.claims.stance import Stance
from lupercal.evidence.ledger import Ledger


@final
@dataclass(frozen=True, slots=True)
class JudgedPart:
    """One part with its rows, the facts that the rules saw, and the rule that decided."""

    part: Part
    words: str
    exhibits: tuple[Exhibit, ...]
    facts: Known
    verdict: Verdict
    rule: str
    why: str

    @property
    def used(self) -> tuple[Exhibit, ...]:
        """The rows that were counted."""
        return tuple(one for one in self.exhibits if one.counted)


@final
@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim with its verdict; ``rule`` names the rules that decided claim and parts, ``rows`` what they used."""

    page: Page
    claim: Claim
    verdict: Verdict
    rule: str
    why: str
    parts: tuple[JudgedPart, ...]
    dated: str

    @property
    def rows(self) -> tuple[str, ...]:
        """References of the rows counted, each once, in order."""
        return tuple(dict.fromkeys(one.ref for part in self.parts for one in part.used))


def verdict_on(page: Page, claim: Claim, known: Ledger) -> JudgedClaim:
    """Return the verdict on a claim.

    Parameters
    ----------
    page, claim
        What was read where.
    known
        The ledger it is judged against.
    """
    parts = tuple(_judged_part(page, claim, part, known) for part in claim.parts) or (_without_parts(claim),)
    rule = claim_rule([part.verdict for part in parts])
    single = parts[0]
    decided = single.rule if len(parts) == 1 else f"{rule.id} ({', '.join(part.rule for part in parts)})"
    why = single.why if len(parts) == 1 else f"{rule.why} {_each(parts)}"
    return JudgedClaim(page, claim, rule.verdict, decided, why, parts, known.dated.isoformat())


def _each(parts: Sequence[JudgedPart]) -> str:
    return " ".join(f"{part.words[:1].upper()}{part.words[1:]}: {part.verdict}. {part.why}" for part in parts)


def _without_parts(claim: Claim) -> JudgedPart:
    rule = part_rule(_Nothing({"content": claim.content}))
    nothing = Part(topic="none")
    return JudgedPart(nothing, claim.words, (), {"content": claim.content}, rule.verdict, rule.id, rule.why)


@final
class _Nothing(dict[str, int | str]):
    """Facts of a claim that no row can speak of: every count is 0, every question a no."""

    def __missing__(self, key: str) -> int | str:
        return 0


def _judged_part(page: Page, claim: Claim, part: Part, evidence: Ledger) -> JudgedPart:
    exhibits = told_apart(tuple(_exhibits(page, claim, part, evidence)), part)
    facts = facts_about(claim, part, evidence.topics[part.topic], exhibits)
    rule = part_rule(facts)
    return JudgedPart(part, evidence.topics[part.topic].words, exhibits, facts, rule.verdict, rule.id, rule.why)


_TURNED: dict[Stance, Stance] = {"for": "against", "same": "open", "against": "against"}
"""How a row stands to "it does no good": a comparison without a difference leans that way and settles nothing."""


def _turned(one: Exhibit) -> Exhibit:
    return replace(one, stance=_TURNED.get(one.stance, one.stance))


def _exhibits(page: Page, claim: Claim, part: Part, evidence: Ledger) -> Iterator[Exhibit]:
    topic, therapy = evidence.topics[part.topic], part.therapy or claim.therapy
    claimed = claimed_range(part, topic)
    stated = part.low is not None or part.high is not None
    asked = Asking(stated, claim.asserts == "observed", part_day(part))
    if therapy is not None and (topic.measures or topic.findings or topic.sums):
        exhibits = exhibits_of(therapy, topic, claimed, asked, evidence)
        yield from map(_turned, exhibits) if part.change == "same" else exhibits
    yield from figures_of(topic, claimed, evidence)
    yield from known_facts(part, topic, claimed if stated else None, evidence)
    yield from statuses_of(part, therapy, page.country, evidence)

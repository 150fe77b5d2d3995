"""What the model says beside a part of a claim: therapy, usual care, placebo, and people not picked at a flare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from lupercal.claims.claim import Claim
from lupercal.claims.say import study_name
from lupercal.claims.settings import settings
from lupercal.claims.simulated import Simulated, simulated_rows, specification
from lupercal.claims.verdict import JudgedPart
from lupercal.evidence.intervals import as_days
from lupercal.evidence.ledger import Ledger
from lupercal.evidence.studies import studies as fitted

DAYS_PER_MONTH = 30.4375
UNTIMED = 12.0


@final
@dataclass(frozen=True, slots=True)
class Beside:
    """Simulated shares beside a part; empty with a reason where there is none.

    ``therapy``, ``usual`` and ``placebo`` are people picked at a flare; ``not_picked`` are people as they come, under
    usual care: the difference to ``usual`` is regression to the mean. ``seen`` and ``unseen`` are the studies of the
    part that the model was fitted to, and those it was not. ``counted`` says what is counted, which a study's own
    definition need not be.
    """

    topic: str
    reason: str
    therapy: Simulated | None = None
    usual: Simulated | None = None
    placebo: Simulated | None = None
    not_picked: Simulated | None = None
    month: float = UNTIMED
    counted: str = ""
    made: str = ""
    seen: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def shares(self) -> tuple[Simulated, ...]:
        """The shares there are, therapy first."""
        return tuple(one for one in (self.therapy, self.usual, self.placebo, self.not_picked) if one is not None)


def beside(claim: Claim, part: JudgedPart, known: Ledger) -> Beside:
    """Return what the model says beside a part of a claim.

    No share where the therapy has no human data in the ledger, or the part is nothing that a virtual person can show.
    """
    topic = known.topics.get(part.part.topic)
    therapy = part.part.therapy or claim.therapy
    words = topic.words if topic else claim.words
    reason = _reason(therapy, topic.simulated if topic else "", part)
    if reason or topic is None or therapy is None:
        return Beside(words, reason or "Nothing of this can be simulated.")
    month = _month(part)
    rows, made = simulated_rows(therapy)
    seen, unseen = _told_apart(part, known)

    def row(arm: str, picked: str, counted: str) -> Simulated | None:
        wanted = (arm, picked, counted, topic.simulated, month)
        return next((r for r in rows if (r.arm, r.picked, r.counted, r.measure, r.month) == wanted), None)

    return Beside(
        words, "", row(therapy, "flare", "clinic"), row("usual", "flare", "clinic"), row("usual", "flare", "trial"),
        row("usual", "any", "clinic"), month, settings().counted[topic.simulated], made, seen, unseen,
    )  # fmt: skip


def _reason(therapy: str | None, measure: str, part: JudgedPart) -> str:
    choice = specification()
    if therapy is None:
        return "It is about lupus itself, not about a therapy."
    if therapy in choice.none:
        return choice.none[therapy]
    if not measure:
        return "The model has nothing that stands for this."
    people = [one for one in part.exhibits if one.tier in {"randomised", "uncontrolled", "pooled"}]
    return "" if people else "There are no human data on this in the ledger, so the model gives no number."


def _month(part: JudgedPart) -> float:
    months = specification().months
    wanted = months[-1] if part.part.lasting else UNTIMED
    if part.part.within:
        wanted = as_days(part.part.within) / DAYS_PER_MONTH
    return min(months, key=lambda month: (abs(month - wanted), month))


def _told_apart(part: JudgedPart, evidence: Ledger) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = dict.fromkeys(one.study for one in part.exhibits if one.study in evidence.studies)
    seen = [name for name in names if name in fitted() and evidence.studies[name].calibrates]
    unseen = [name for name in names if name not in seen]
    return _named(seen, evidence), _named(unseen, evidence)


def model_words(one: Beside) -> str:
    """Return what the model says in people of a thousand, with and without the therapy."""
    if one.therapy is None or one.usual is None:
        return ""
    counts = [f"{10 * row.low:.0f} to {10 * row.high:.0f}" for row in (one.therapy, one.usual)]
    return (
        f"In the model, of 1,000 people like those, {counts[0]} with the therapy and {counts[1]} under usual care "
        f"({one.counted}; {one.month:g} months)."
    )


def _named(names: Sequence[str], evidence: Ledger) -> tuple[str, ...]:
    return tuple(dict.fromkeys(study_name(evidence.studies[name]) for name in names))


def seen_words(one: Beside) -> str:
    """Return the sentence on whether the model has seen the studies."""
    if not one.seen:
        return "The model was fitted to none of these studies."
    others = f"; not to {_listed(one.unseen)}" if one.unseen else ""
    return (
        f"The model has seen {_listed(one.seen)}: it was fitted to figures of them{others}. "
        "Agreement with them would be no evidence."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)

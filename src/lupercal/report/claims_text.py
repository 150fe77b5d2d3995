"""Claims for a terminal: one line each, or one claim with rule, rows, simulation and what to ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from lupercal.claims.beside import Beside, beside, model_words, seen_words
from lupercal.claims.exhibit import Exhibit
from lupercal.claims.placebo import placebo_of
from lupercal.claims.questions import questions_of
from lupercal.claims.rules import VERDICTS
from lupercal.claims.say import share_words
from lupercal.claims.verdict import JudgedClaim, JudgedPart
from lupercal.evidence.ledger import Ledger, ledger
from lupercal.report.layout import table_of
from lupercal.report.terminal import layout_lines, wrapped

_MOST_MORE = 6


def listing_lines(judged: Sequence[JudgedClaim]) -> Iterator[str]:
    """Yield one row per claim with verdict and rule, and how many there are of each."""
    rows = [(one.claim.id, one.verdict, one.rule, one.claim.words) for one in judged]
    counts = Counter(one.verdict for one in judged)
    total = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    notes = (f"{len(judged)} claims: {total}", "lupercal claims show ID gives the rows and the reasons")
    yield from layout_lines(
        table_of("claims", "Claims", ("Claim", "Verdict", "Rule", "In our words"), "llll", rows, *notes)
    )


def claim_lines(one: JudgedClaim, known: Ledger | None = None) -> Iterator[str]:
    """Yield one claim in full, judged against a ledger (the package's where None); all text is literal."""
    claim = one.claim
    yield from wrapped(f"{claim.id}  {claim.words}", hanging="    ")
    yield from wrapped(f"{one.page.clinic}, {claim.place}; read on {one.page.read.isoformat()}", None, "    ", "    ")
    yield from wrapped(
        f"VERDICT: {one.verdict}. {one.why} (rule {one.rule}; evidence of {one.dated})", None, "  ", "    "
    )
    for part in one.parts:
        yield from _part_lines(one, part, known or ledger())
    for other in claim.against:
        yield from wrapped(f"Does not fit with {other} of the same page.", None, "  ", "    ")
    if questions := questions_of(one):
        yield "  What to ask"
        for _, question in questions:
            yield from wrapped(f"- {question}", None, "    ", "      ")
    for reply in claim.replies:
        yield from wrapped(f"Reply received on {reply.received.isoformat()}: {reply.words}", None, "  ", "    ")
    yield ""


def _part_lines(one: JudgedClaim, part: JudgedPart, evidence: Ledger) -> Iterator[str]:
    if part.exhibits or len(one.parts) > 1:
        yield from wrapped(
            f"{part.words[:1].upper()}{part.words[1:]}: {part.verdict} (rule {part.rule})", None, "  ", "    "
        )
    for row in part.used:
        yield from wrapped(_row(row), None, "    ", "      ")
    more = [row for row in part.exhibits if not row.counted]
    if more:
        named = ", ".join(dict.fromkeys(row.ref for row in more[:_MOST_MORE]))
        yield from wrapped(
            f"not counted: {named}{' and others' if len(more) > _MOST_MORE else ''}", None, "    ", "      "
        )
    for row in placebo_of(part.part.topic, evidence):
        yield from wrapped(f"beside: {row.text} [{row.ref}]", None, "    ", "      ")
    yield from _simulation_lines(beside(one.claim, part, evidence))


def _row(row: Exhibit) -> str:
    trust = (
        "" if row.tier in {"figure", "fact"} else f"; {row.tier}, risk of bias {row.bias}, certainty {row.certainty}"
    )
    return f"{row.stance}: {row.text} [{row.ref}{trust}]"


def _simulation_lines(simulated: Beside) -> Iterator[str]:
    if not simulated.shares:
        yield from wrapped(f"no simulation: {simulated.reason}", None, "    ", "      ")
        return
    words = {"therapy": "with the therapy", "usual": "usual care", "placebo": "usual care as a trial counts placebo",
             "not_picked": "usual care, not picked at a flare"}  # fmt: skip
    shares = [
        f"{label} {share_words(row.share, (row.low, row.high))}"
        for name, label in words.items()
        if (row := getattr(simulated, name)) is not None
    ]
    head = f"simulation, picked at a flare, {simulated.month:g} months (90 % intervals): "
    yield from wrapped(
        f"{head}{'; '.join(shares)}. {model_words(simulated)} {seen_words(simulated)}", None, "    ", "      "
    )

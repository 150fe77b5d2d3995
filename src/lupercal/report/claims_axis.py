"""The one figure of a claim: what is claimed, published, seen on placebo and simulated, on one axis from 0 to 100 %.

It is made of plain text and boxes, so that it wraps on a telephone, prints, and is read out line by line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final

from lupercal.claims.beside import Beside
from lupercal.claims.claim import Claim
from lupercal.claims.exhibit import Exhibit
from lupercal.claims.facts import claimed_range
from lupercal.claims.placebo import placebo_of
from lupercal.claims.say import plain_share, share_words
from lupercal.claims.simulated import Simulated
from lupercal.claims.verdict import JudgedPart
from lupercal.evidence.ledger import Ledger

Group = Literal["claimed", "therapy", "without", "model"]
GROUPS: dict[Group, str] = {  # what the model counts is added: it need not be what is claimed
    "claimed": "Claimed", "therapy": "Published: people with the therapy",
    "without": "Published: people without it (placebo, usual care)", "model": "Model: virtual people, 90 % interval",
}  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Mark:
    """One line of the figure; ``value``, ``low`` and ``high`` are per cent, None where none is stated."""

    group: Group
    label: str
    text: str
    value: float | None
    low: float | None
    high: float | None


@final
@dataclass(frozen=True, slots=True)
class ClaimAxis:
    """The figure of one part: its title and its lines in order of groups."""

    title: str
    marks: tuple[tuple[str, tuple[Mark, ...]], ...]


def axis_of(claim: Claim, part: JudgedPart, simulated: Beside, known: Ledger) -> ClaimAxis | None:
    """Return the figure of a part; None where it is about no share of people, or where there is nothing to draw."""
    topic = known.topics.get(part.part.topic)
    if topic is None or topic.unit != "%" or not (topic.measures or topic.sums):
        return None
    marks = [*_claimed(claim, part, known), *_published(part, known), *_simulated(simulated)]
    if len(marks) < 2:
        return None
    titles = GROUPS | {"model": f"{GROUPS['model']}: {simulated.counted} at {simulated.month:g} months"}
    groups = tuple((title, tuple(m for m in marks if m.group == group)) for group, title in titles.items())
    return ClaimAxis(topic.words, tuple((title, lines) for title, lines in groups if lines))


def _claimed(claim: Claim, part: JudgedPart, evidence: Ledger) -> Iterator[Mark]:
    if part.part.low is None and part.part.high is None and part.part.strength is None:
        yield Mark("claimed", "the page", "no figure is stated", None, None, None)
        return
    low, high = claimed_range(part.part, evidence.topics[part.part.topic])
    said = f"“{claim.number}”" if claim.number != "not stated" else f"“{part.part.strength}”"
    if low == high:
        yield Mark("claimed", "the page", f"{said}, no interval can be given", low, low, high)
    else:
        bounds = f"{plain_share(low)} to {plain_share(high)} %"
        yield Mark("claimed", "the page", f"{said}, read as {bounds}", None, low, high)


def _published(part: JudgedPart, evidence: Ledger) -> Iterator[Mark]:
    for exhibit in part.exhibits:
        drawable = exhibit.value is not None and exhibit.interval is not None and exhibit.tier not in {"figure", "fact"}
        if drawable and (exhibit.counted or exhibit.tier == "pooled"):
            yield _mark("therapy", exhibit)
            if exhibit.control is not None:
                value, interval, n = exhibit.control
                label = f"{exhibit.name}, comparison group (n = {n})"
                yield Mark("without", label, share_words(value, interval), value, *interval)
    for exhibit in placebo_of(part.part.topic, evidence):
        yield _mark("without", exhibit)


def _mark(group: Group, one: Exhibit) -> Mark:
    assert one.value is not None
    assert one.interval is not None
    people = f" ({one.events} of {one.n})" if one.events is not None and one.n else f" (n = {one.n})" if one.n else ""
    label = f"{one.name}, {one.measure}{people}"
    return Mark(group, label, share_words(one.value, one.interval), one.value, *one.interval)


_MODEL = {
    "therapy": "with the therapy, picked at a flare",
    "usual": "usual care, picked at a flare and counted as a clinic counts",
    "placebo": "usual care, counted as a trial counts its placebo group",
    "not_picked": "usual care, not picked at a flare",
}


def _simulated(simulated: Beside) -> Iterator[Mark]:
    for name, words in _MODEL.items():
        row: Simulated | None = getattr(simulated, name)
        if row is not None:
            yield Mark("model", words, share_words(row.share, (row.low, row.high)), row.share, row.low, row.high)

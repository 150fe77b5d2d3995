"""The rows that are no studies: natural-history figures, definitions and records, and what regulators say."""

from __future__ import annotations

from collections.abc import Iterator

from lupercal.claims.claim import Part
from lupercal.claims.exhibit import Exhibit
from lupercal.claims.say import figure_words, share_words
from lupercal.claims.stance import Stance, stance_of_figure
from lupercal.evidence.intervals import Interval
from lupercal.evidence.ledger import Ledger
from lupercal.evidence.ledger_schema import Class, Fact, RegulatoryStatus, Topic
from lupercal.evidence.natural_history import Figure

EXACT = frozenset({"year", "a"})
"""Units in which numbers agree only where they are equal."""


def figures_of(topic: Topic, claimed: Interval, known: Ledger) -> Iterator[Exhibit]:
    """Yield the natural-history figures of a topic; those known from memory only are shown and not counted."""
    for related, names in ((False, topic.figures), (True, topic.near)):
        for name in names:
            head, _, rest = name.partition(".")
            figure = known.figures.get(f"{head}.{rest.partition('.')[0]}")
            if figure is not None:
                yield _figure(figure, rest.partition(".")[2], topic, claimed, related)


def _figure(figure: Figure, key: str, topic: Topic, claimed: Interval, related: bool) -> Exhibit:
    value, interval = figure.values.get(key), figure.ci95.get(key) or figure.range.get(key)
    if topic.ratio_as_share and value is not None:
        value, interval = 100 * value / (1 + value), None
    stance: Stance = stance_of_figure(value, interval, claimed, related=related)
    memory = figure.mark == "memory"
    said = share_words(value, interval) if topic.unit == "%" and value is not None else _numbers(value, interval)
    where = f"{figure.source.what}; n = {figure.n}" if figure.n else figure.source.what
    return Exhibit(
        f"{figure.topic}.{figure.id}.{key}", "figure", f"{figure.topic}.{figure.id}", "beside" if memory else stance,
        f"{figure.topic.replace('_', ' ')}: {said} ({where})", "not graded", "not judged", value, interval, figure.n,
        counted=not memory, why="known from memory only" if memory else "", mark=figure.mark,
    )  # fmt: skip


def _numbers(value: float | None, interval: Interval | None) -> str:
    bounds = f"{figure_words(interval[0])} to {figure_words(interval[1])}" if interval else ""
    if value is None:
        return bounds
    return f"{figure_words(value)} ({bounds})" if bounds else figure_words(value)


def known_facts(part: Part, topic: Topic, claimed: Interval | None, known: Ledger) -> Iterator[Exhibit]:
    """Yield definitions, records and official statements about a part."""
    for name, fact in known.facts.items():
        if fact.topic == part.topic:
            stance = _stance_of_fact(fact, topic, claimed)
            text = f"{fact.text} ({fact.source.what}, looked at on {fact.checked.isoformat()})"
            yield Exhibit(
                f"facts.{name}", "fact", f"facts.{name}", stance, text, "not graded", "not judged", fact.value,
                counted=stance != "beside", why="" if stance != "beside" else "the claim states no number",
                mark=fact.mark,
            )  # fmt: skip


def _stance_of_fact(fact: Fact, topic: Topic, claimed: Interval | None) -> Stance:
    if fact.value is None:
        answers: dict[str | None, Stance] = {"yes": "for", "no": "against", "partly": "open"}
        return answers.get(fact.holds, "beside")
    if claimed is None:
        return "beside"
    if topic.unit in EXACT:
        return "for" if claimed[0] <= fact.value <= claimed[1] else "against"
    return stance_of_figure(fact.value, None, claimed, related=False)


def statuses_of(part: Part, therapy: Class | None, country: str, known: Ledger) -> Iterator[Exhibit]:
    """Yield what regulators say, for claims of approval; to be registered is never to be approved."""
    if part.topic not in {"approval", "off_label"}:
        return
    wanted = (part.country or country) if part.topic == "approval" else part.country
    for place, status in enumerate(known.statuses):
        if status.product == therapy and wanted in {"", "not stated", status.country}:
            stance = _stance_of_status(status, part.topic == "off_label")
            yield Exhibit(
                f"status.{status.product}.{status.country.replace(' ', '_')}", "fact", f"status.{place}", stance,
                f"{status.country}: {status.status}. {status.text} (looked at on {status.checked.isoformat()})",
                "not graded", "not judged", counted=stance != "beside",
                why="" if stance != "beside" else "not found is neither yes nor no",
            )  # fmt: skip


def _stance_of_status(status: RegulatoryStatus, off_label: bool) -> Stance:
    if status.status == "not found":
        return "beside"
    return "for" if (status.status == "approved for lupus") != off_label else "against"

"""What the rules are asked about: counts of rows by tier and stance, each cluster of people once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from lupercal.claims.claim import Claim, Part, part_day
from lupercal.claims.exhibit import TIERS, Exhibit
from lupercal.claims.rules import Known
from lupercal.claims.settings import settings
from lupercal.evidence.intervals import Interval
from lupercal.evidence.ledger_schema import Topic


def claimed_range(part: Part, topic: Topic) -> Interval:
    """Return the range of numbers that would make a part true; "some" where it does not say how much."""
    if part.low is None and part.high is None:
        word = part.strength or ("few" if topic.event and not part.strength else "some")
        return settings().strengths[word]
    if part.low is not None and part.high is not None:
        return part.low, part.high
    if part.low is not None:
        return part.low, 100.0 if topic.unit == "%" else float("inf")
    assert part.high is not None
    return 0.0, part.high


def told_apart(exhibits: Sequence[Exhibit], part: Part) -> tuple[Exhibit, ...]:
    """Return the rows in a fixed order, those not counted that are too early, or of people who count already."""
    timed = [_timed(one, part_day(part)) for one in exhibits]
    order = sorted(timed, key=lambda one: _order(one, part_day(part)))
    return tuple(
        one
        for tier in TIERS
        for _, group in groupby(
            sorted((one for one in order if one.tier == tier), key=lambda one: one.cluster), key=lambda one: one.cluster
        )
        for one in _once(list(group))
    )


def _timed(one: Exhibit, day: float | None) -> Exhibit:
    """Return a row, not counted where it stands for too short a time to speak of the day."""
    if day is None or not one.counted or one.tier in {"figure", "fact"}:
        return one
    needed = settings().lifetime if day == float("inf") else day / settings().horizon
    if one.day is None or one.day < needed:
        return replace(one, counted=False, stance="beside", why="followed for too short a time to speak of it")
    return one


def _order(one: Exhibit, day: float | None) -> tuple[bool, int, float, int, str]:
    wanted = settings().untimed if day is None or day == float("inf") else day
    distance = abs((one.day or 0.0) - wanted)
    return not one.counted, one.rank, distance, -(one.n or 0), one.ref


def _once(rows: list[Exhibit]) -> list[Exhibit]:
    first = next((one for one in sorted(rows, key=lambda one: not one.counted) if one.counted), None)
    ordered = sorted(rows, key=lambda one: one is not first)
    return [
        one
        if one is first or not one.counted
        else replace(one, counted=False, why=f"the same people as {first.ref}" if first else "")
        for one in ordered
    ]


def facts_about(claim: Claim, part: Part, topic: Topic, exhibits: Sequence[Exhibit]) -> Known:
    """Return everything the rules may ask about a part."""
    counted = [one for one in exhibits if one.counted]
    facts: dict[str, int | str] = {
        f"{name}_{stance}": sum(one.tier == tier and one.stance == stance for one in counted)
        for tier, name in zip(
            TIERS, ("randomised", "uncontrolled", "pooled", "animals", "figures", "facts"), strict=True
        )
        for stance in ("for", "open", "against", "same")
    }
    tiers = [one.tier for one in counted]
    facts |= {
        "randomised": tiers.count("randomised"), "animals": tiers.count("animal"), "facts": tiers.count("fact"),
        "people": sum(tier in {"randomised", "uncontrolled", "pooled"} for tier in tiers),
        "randomised_not": sum(one.tier == "randomised" and one.stance in {"same", "against"} for one in counted),
    }  # fmt: skip
    word = part.strength in {"few", "none"} or (part.high is not None and part.high <= settings().strengths["few"][1])
    states = part.low is not None or part.high is not None
    return facts | {
        "content": claim.content, "asserts": claim.asserts, "lasting": _yes(part.lasting),
        "compares": _yes(bool(part.than)), "event": _yes(topic.event),
        "harmless": _yes(word or (topic.event and not part.strength and not states)),
        "mechanism": _yes(claim.kind == "mechanism"), "about_animals": _yes(claim.population in {"mice", "animals"}),
        "states": "number" if states else "word" if part.strength else "nothing",
        "outweighed": _yes(_people(counted, "against") > _people(counted, "for")),
        "number": _number(part, topic, counted, states=states),
    }  # fmt: skip


def _yes(condition: bool) -> str:
    return "yes" if condition else "no"


def _people(rows: Sequence[Exhibit], stance: str) -> int:
    return sum(one.n or 1 for one in rows if one.tier == "uncontrolled" and one.stance == stance)


def _number(part: Part, topic: Topic, counted: Sequence[Exhibit], *, states: bool) -> str:
    """Return how a claimed number stands to the shares of people without a comparison group."""
    shares = [one for one in counted if one.interval is not None and one.tier in {"uncontrolled", "pooled"}]
    if not states or not shares:
        return "none"
    if _people(shares, "against") > _people(shares, "for") + _people(shares, "open"):
        low = claimed_range(part, topic)[0]
        above = sum((one.n or 1) * (1 if low > (one.value or 0) else -1) for one in shares if one.stance == "against")
        better = (above > 0) == (topic.good != "down")
        return "too good" if better else "worse"
    return "agrees" if any(one.stance == "for" for one in shares) else "open"

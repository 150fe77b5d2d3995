"""The chances of a forecast in words and people: interval before the middle, therapy by therapy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

from lupercal.report.wording import outcome_title

PEOPLE = 10


@final
@dataclass(frozen=True, slots=True)
class ShownChance:
    """One outcome at one month, as people of ten: ``sure`` of them at least, ``open`` more at most."""

    title: str
    month: float
    low: float
    high: float
    middle: float

    @property
    def people(self) -> tuple[str, ...]:
        """Ten people: ``sure``, ``open`` or ``none``."""
        low, high = (round(PEOPLE * bound) for bound in (self.low, self.high))
        return ("sure",) * low + ("open",) * (high - low) + ("none",) * (PEOPLE - high)

    @property
    def words(self) -> str:
        """The interval in words."""
        low, high = (round(PEOPLE * bound) for bound in (self.low, self.high))
        if low != high:
            return f"between {low} and {high} of 10"
        return {0: "fewer than 1 of 10", PEOPLE: "nearly 10 of 10"}.get(low, f"about {low} of 10")


@final
@dataclass(frozen=True, slots=True)
class ShownArm:
    """One therapy: what it may bring and what it may cost, in one row."""

    therapy: str
    efficacy: tuple[ShownChance, ...]
    toxicity: tuple[ShownChance, ...]


def arms_of(chances: Iterable[Mapping[str, Any]]) -> tuple[ShownArm, ...]:
    """Return the last month of every outcome of each therapy; outcomes without a number are left out."""
    by_therapy: dict[str, dict[str, dict[str, ShownChance]]] = {}
    for row in chances:
        if row.get("probability") is None or row.get("low") is None or row.get("high") is None:
            continue
        chance = ShownChance(outcome_title(row["outcome"]), row["month"], row["low"], row["high"], row["probability"])
        of_kind = by_therapy.setdefault(row["therapy"], {"efficacy": {}, "toxicity": {}})[row["kind"]]
        if row["outcome"] not in of_kind or of_kind[row["outcome"]].month <= chance.month:
            of_kind[row["outcome"]] = chance
    return tuple(
        ShownArm(name, tuple(kinds["efficacy"].values()), tuple(kinds["toxicity"].values()))
        for name, kinds in by_therapy.items()
    )

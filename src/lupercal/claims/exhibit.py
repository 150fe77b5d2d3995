"""One row of the ledger beside one part of a claim: what it says, how far it can be trusted, how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

from lupercal.claims.stance import Stance
from lupercal.evidence.intervals import Interval

Tier = Literal["randomised", "uncontrolled", "pooled", "animal", "figure", "fact"]
TIERS: tuple[Tier, ...] = ("randomised", "uncontrolled", "pooled", "animal", "figure", "fact")
"""From what weighs most among studies to what is no study; a higher one outranks the next."""


@final
@dataclass(frozen=True, slots=True)
class Exhibit:
    """A row and how it stands.

    ``ref`` names it in the ledger; ``name`` and ``measure`` are the study and the figure as people name them.
    ``value`` and ``interval`` are in the topic's unit (per cent for shares), ``n`` and ``events`` people;
    ``control`` holds value, interval and number of the comparison group of a randomised study. ``day`` is when it
    was measured, ``cluster`` whose patients they are; ``rank`` orders rows of one cluster (smaller first).
    ``counted`` is False where it is only shown, for the reason in ``why``.
    """

    ref: str
    tier: Tier
    cluster: str
    stance: Stance
    text: str
    certainty: str
    bias: str
    value: float | None = None
    interval: Interval | None = None
    n: int | None = None
    events: int | None = None
    control: tuple[float, Interval, int] | None = None
    day: float | None = None
    rank: int = 0
    counted: bool = True
    why: str = ""
    mark: str = "seen"
    name: str = ""
    measure: str = ""

    @property
    def study(self) -> str:
        """The id of its study; the whole reference for figures and facts."""
        return self.ref.partition(".")[0] if self.tier not in {"figure", "fact"} else self.ref

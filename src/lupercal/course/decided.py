"""What was decided: for whom which rule fired on which day, what was seen, and where nothing could be decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.care.records import CareProtocol
from lupercal.care.words import deed_words

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True)
class Decision:
    """One decision for one person: the day, the rule that fired, why and what in words, and what was seen."""

    day: int
    rule: str
    why: str
    what: tuple[str, ...]
    seen: Mapping[str, float]


@final
@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions of one protocol on D visits by R rules for N people.

    ``days`` (D,) count from the protocol's day 0; ``fired`` and ``open`` (D, R, N) say where a rule fired, and where it
    might have but something it asks for was not known, so that nothing was done; ``seen`` holds what the rules asked
    for, each (D, N); ``left_out`` names rules that this course could not have, with the reason.
    """

    protocol: CareProtocol
    days: Days
    rules: tuple[str, ...]
    fired: Bools
    open: Bools
    seen: Mapping[str, Array]
    left_out: Mapping[str, str]

    def take(self, people: NDArray[np.int64] | slice) -> Decided:
        """Return the decisions on some of the people."""
        seen = {name: column[:, people] for name, column in self.seen.items()}
        return replace(self, fired=self.fired[:, :, people], open=self.open[:, :, people], seen=seen)

    def why(self, person: int) -> tuple[Decision, ...]:
        """Return what was decided for one person, in order of time."""
        by_id = {rule.id: rule for rule in self.protocol.rules}
        decisions = []
        for visit, row in np.argwhere(self.fired[:, :, person]):
            rule = by_id[self.rules[row]]
            seen = {name: float(column[visit, person]) for name, column in self.seen.items()}
            decisions.append(
                Decision(int(self.days[visit]), rule.id, rule.words, tuple(map(deed_words, rule.do)), seen)
            )
        return tuple(decisions)

    def people(self, rule: str, until: float = np.inf) -> Bools:
        """Return for whom a rule fired up to a day, (N,)."""
        return np.asarray(self.fired[self.days <= until, self.rules.index(rule)].any(axis=0))

    def times(self, rule: str) -> Array:
        """Return how often a rule fired for each person, (N,)."""
        return np.asarray(self.fired[:, self.rules.index(rule)].sum(axis=0), np.float64)

    def undecided(self) -> Mapping[str, int]:
        """Return for each rule how often it could not be decided because something was not known."""
        return {rule: int(self.open[:, row].sum()) for row, rule in enumerate(self.rules) if self.open[:, row].any()}


def joined_decided(parts: Sequence[Decided]) -> Decided:
    """Return the decisions on several groups of people, seen on the same days by one protocol, as one.

    A rule that some groups could not have fired for nobody there, and nothing was seen for it.
    """
    rules = tuple(dict.fromkeys(rule for part in parts for rule in part.rules))
    names = tuple(dict.fromkeys(name for part in parts for name in part.seen))
    left_out = {rule: why for part in parts for rule, why in part.left_out.items() if rule not in rules}
    return replace(
        parts[0],
        rules=rules,
        fired=np.concatenate([_by_rules(part.fired, part.rules, rules) for part in parts], axis=2),
        open=np.concatenate([_by_rules(part.open, part.rules, rules) for part in parts], axis=2),
        seen={name: np.concatenate([_seen(part, name) for part in parts], axis=1) for name in names},
        left_out=left_out,
    )


def _by_rules(marks: Bools, rules: tuple[str, ...], wanted: tuple[str, ...]) -> Bools:
    """Return marks (D, R, N) by the wanted rules, false where there is none."""
    out = np.zeros((marks.shape[0], len(wanted), marks.shape[2]), bool)
    out[:, [wanted.index(rule) for rule in rules]] = marks
    return out


def _seen(part: Decided, name: str) -> Array:
    """Return what was seen (D, N), NaN where nobody asked."""
    return part.seen.get(name, np.full((len(part.days), part.fired.shape[2]), np.nan))

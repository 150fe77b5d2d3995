"""The parts a rule is made of, as frozen records. Numbers are in the data dictionary's unit, windows in days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final

Operator = Literal[">=", "<=", ">", "<", "=", "!="]
DrugStatus = Literal["failed", "current", "stopped", "given"]
Anchor = Literal["start", "previous", "lowest", "highest"]

ORGANS = "organs_involved"
TYPE = "lupus_type"
TREATMENTS = "treatments"
PERSONAL = (TYPE, ORGANS, TREATMENTS)
"""What a rule may ask of the person rather than of a visit."""


@final
@dataclass(frozen=True, slots=True)
class Compare:
    """A number of the dictionary against a threshold: ``platelets within 30 d >= 50``."""

    name: str
    sign: Operator
    value: float
    within: float | None = None


@final
@dataclass(frozen=True, slots=True)
class Flag:
    """A flag of the dictionary that is present: ``pregnant``."""

    name: str
    within: float | None = None


@final
@dataclass(frozen=True, slots=True)
class Known:
    """Something that has been assessed, whatever the result: ``known(sledai_2k within 90 d)``."""

    name: str
    within: float | None = None


@final
@dataclass(frozen=True, slots=True)
class TypeIn:
    """The type of lupus is one of these: ``lupus_type in [systemic]``."""

    values: frozenset[str]


@final
@dataclass(frozen=True, slots=True)
class Organs:
    """Organs involved that are among these: ``organ in [kidney, heart]``."""

    names: frozenset[str]


@final
@dataclass(frozen=True, slots=True)
class Drugs:
    """Different drugs of a status and of these classes or names; ``stated`` is a variable that holds their number.

    ``within`` so many days: last given no longer ago; only for drugs that were *given*.
    """

    status: DrugStatus
    kinds: frozenset[str]
    stated: str | None = None
    within: float | None = None


@final
@dataclass(frozen=True, slots=True)
class Count:
    """How many there are against a threshold: ``count(failed immunosuppressant) >= 2``; ``any(…)`` is at least one."""

    what: Organs | Drugs
    sign: Operator
    value: float


@final
@dataclass(frozen=True, slots=True)
class Relative:
    """A number against itself at another visit: ``upcr >= 2 times lowest``.

    ``anchor`` is the first visit of the series (start), the visit before (previous), or the lowest or highest value up
    to the visit before.
    """

    name: str
    sign: Operator
    factor: float
    anchor: Anchor
    within: float | None = None


@final
@dataclass(frozen=True, slots=True)
class InState:
    """A visit that an instrument finds in its state: ``state(lldas)``."""

    name: str
    within: float | None = None


@final
@dataclass(frozen=True, slots=True)
class Lasting:
    """Something that holds at a visit and at those before it: ``clinical_sledai = 0 for 3 visits``."""

    part: Rule
    visits: int


@final
@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Rule


@final
@dataclass(frozen=True, slots=True)
class Every:
    """Every part holds."""

    parts: tuple[Rule, ...]


@final
@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple[Rule, ...]


Leaf = Compare | Flag | Known | TypeIn | Count | Relative | InState
Rule = Leaf | Lasting | Not | Every | Either


def leaves(rule: Rule) -> Iterator[Leaf]:
    """Yield the leaves of a rule from left to right."""
    match rule:
        case Not(part) | Lasting(part):
            yield from leaves(part)
        case Every(parts) | Either(parts):
            for part in parts:
                yield from leaves(part)
        case _:
            yield rule


def visits_asked(rule: Rule) -> int | None:
    """Return at how many of the last visits a rule asks for flags, numbers and states; None where it asks for more."""
    match rule:
        case Not(part):
            return visits_asked(part)
        case Every(parts) | Either(parts):
            numbers = [visits for part in parts if (visits := visits_asked(part)) is not None]
            return max(numbers) if len(numbers) == len(parts) else None
        case Lasting(part, visits):
            return visits if visits_asked(part) == 1 else None
        case _:
            return 1 if isinstance(rule, Compare | Flag | InState) else None


def asked(leaf: Leaf) -> str:
    """Return the one thing somebody would have to find out to settle a leaf: a variable or a part of the person."""
    match leaf:
        case TypeIn():
            return TYPE
        case Count(what):
            return ORGANS if isinstance(what, Organs) else what.stated or TREATMENTS
        case _:
            return leaf.name


def inputs(rule: Rule) -> tuple[str, ...]:
    """Return everything a rule asks for, each once, in the order met."""
    return tuple(dict.fromkeys(asked(leaf) for leaf in leaves(rule)))

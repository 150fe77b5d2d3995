"""What a protocol of care is: rules in the one rule language, what they do, how often they may, and on what grounds.

A number that the model was calibrated with is not written again: where a number may stand, the name of a parameter may.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, final

from pydantic import BeforeValidator, Field, Strict

from lupercal.evidence.parameters import parameters
from lupercal.rules.series_parser import parse_series_rule
from lupercal.rules.syntax import Rule
from lupercal.therapy.records import STRICT, Id, Number, Ref, Unit, Words
from lupercal.therapy.registry import products, regimens

LONGEST_DAYS = 3660
Days = Annotated[int, Strict(), Field(ge=0, le=LONGEST_DAYS)]
Verb = Literal[
    "start", "change", "lower", "stop", "taper", "course", "give", "repeat", "hold", "resume", "refer", "leave",
]  # fmt: skip
Reason = Literal["lupus", "adverse event", "other"]
Basis = Literal["published", "calibrated", "assumed"]


def _parameter_or_number(given: object) -> object:
    if isinstance(given, str) and given not in parameters():
        raise ValueError(f"a number, or the name of a parameter of the model, not '{given}'")
    return given


Amount = Annotated[Number | str, BeforeValidator(_parameter_or_number)]
Whole = Annotated[Days | str, BeforeValidator(_parameter_or_number)]

_NEEDS: dict[str, tuple[str, ...]] = {
    "start": ("drug", "dose", "unit"), "change": ("drug", "dose", "unit"), "lower": ("drug", "dose", "unit"),
    "stop": ("drug",), "taper": ("drug", "dose", "unit", "over", "steps"),
    "course": ("drug", "dose", "unit", "over", "steps"), "give": (), "repeat": (), "hold": ("drug",),
    "resume": ("drug",), "refer": ("to",), "leave": ("reason",),
}  # fmt: skip
_MAY: dict[str, tuple[str, ...]] = {
    "hold": ("over",),
    "course": ("added",),
    "give": ("regimen", "drug", "dose", "unit"),
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a number or a step rests on: ``says`` in words, with the source and where it stands there."""

    __pydantic_config__ = STRICT
    says: Words
    basis: Basis
    source: Ref
    where: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing done.

    ``start`` raises a daily drug to a dose, ``lower`` reduces it to one, ``change`` sets it, ``stop`` ends it; a
    ``taper`` falls in equal ``steps`` within ``over`` days to a dose and stays there; a ``course`` begins at a dose and
    falls within ``over`` days to what is taken besides, or to none where it is ``added`` on top. ``give`` is a regimen,
    or one dose of a drug, from the day on; ``repeat`` gives the regimen of the arm once more. ``hold`` leaves a drug
    out, for ``over`` days or until it is resumed. ``refer`` and ``leave`` change no drug: they say where to, or why a
    person leaves.
    """

    __pydantic_config__ = STRICT
    do: Verb
    drug: Id | None = None
    dose: Amount | None = None
    unit: Unit | None = None
    over: Whole | None = None
    steps: Whole | None = None
    regimen: Id | None = None
    to: Words | None = None
    reason: Reason | None = None
    added: Annotated[bool, Strict()] | None = None

    def __post_init__(self) -> None:
        given = {name for name in _FIELDS if getattr(self, name) is not None}
        needed, allowed = set(_NEEDS[self.do]), {*_NEEDS[self.do], *_MAY.get(self.do, ())}
        if missing := sorted(needed - given):
            raise ValueError(f"{missing[0]} beside '{self.do}'")
        if extra := sorted(given - allowed):
            raise ValueError(f"no {extra[0]} beside '{self.do}'")
        if self.do == "give" and (self.regimen is None) == (None in (self.drug, self.dose, self.unit)):
            raise ValueError("a regimen, or one dose as drug, dose and unit, beside 'give'")
        self._check_names()

    def _check_names(self) -> None:
        if self.regimen is not None and self.regimen not in regimens():
            raise ValueError(f"the id of a regimen, not '{self.regimen}'")
        if self.drug is not None and self.drug not in {*products(), *FAMILIES}:
            raise ValueError(f"the id of a product or of a family of daily drugs, not '{self.drug}'")
        if self.drug in FAMILIES and self.do not in ("stop", "hold", "resume"):
            raise ValueError(f"a drug, not a family of drugs, beside '{self.do}'")
        if self.drug is not None and self.drug not in FAMILIES and self.do in _DAILY:
            self._check_daily(self.drug)

    def _check_daily(self, drug: str) -> None:
        taken = products()[drug]
        if not taken.current_unit and self.do != "stop":
            raise ValueError(f"a drug taken every day beside '{self.do}', not {taken.name}; give a regimen instead")
        if self.unit is not None and self.unit != taken.current_unit:
            raise ValueError(f"{taken.name} in {taken.current_unit}, not in {self.unit}")


FAMILIES = ("glucocorticoid", "antimalarial", "antiproliferative", "calcineurin_inhibitor")
"""Families of daily drugs, each of which is one input of the model."""

_FIELDS = ("drug", "dose", "unit", "over", "steps", "regimen", "to", "reason", "added")
_DAILY = ("start", "change", "lower", "stop", "taper", "course")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """Only so many days after a rule last fired: from ``least`` to ``most``."""

    __pydantic_config__ = STRICT
    rule: Id
    least: Days = 0
    most: Days = LONGEST_DAYS


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CareRule:
    """When something is seen, something is done.

    ``when`` is a rule of `lupercal.rules.series_parser` over the visits so far; it fires only where it certainly holds.
    It does so with ``chance``, at most ``times``, never within ``apart`` days of the last time, nor before or after so
    many days of the protocol; ``after`` and ``unless`` bind it to another rule. Of a ``group`` at most one rule fires
    at a visit, the first that holds. What it does begins ``delay`` days later. ``luck`` names the stream of its chance
    where that is not its own. In a trial whoever gets a ``failure`` counts as non-responder from then on (rescue).
    """

    __pydantic_config__ = STRICT
    id: Id
    words: Words
    when: Annotated[str, Strict(), Field(min_length=3)]
    do: Annotated[tuple[Deed, ...], Field(min_length=1)]
    grounds: Annotated[tuple[Grounds, ...], Field(min_length=1)]
    chance: Amount = 1.0
    times: Annotated[int, Strict(), Field(ge=1, le=1000)] | None = None
    apart: Whole = 0
    not_before: Days = 0
    not_after: Days | None = None
    after: After | None = None
    unless: After | None = None
    group: Id | None = None
    delay: Days = 0
    luck: str = ""
    failure: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.chance, str) and self.chance > 1:
            raise ValueError("a chance from 0 to 1")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPhase:
    """Visits ``every`` so many days, a whole number of weeks; up to day ``until``, or to the end without it."""

    __pydantic_config__ = STRICT
    every: Whole
    until: Days | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.every, str) and (self.every < 7 or self.every % 7):
            raise ValueError("visits every whole number of weeks, in days: 7, 14, 28, …")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CareProtocol:
    """A protocol of care: when people are seen, and what is done on what is seen.

    Its days count from its own day 0: that of a therapy, of a trial, or of a check-up series. ``limits`` say what the
    protocol leaves out.
    """

    __pydantic_config__ = STRICT
    id: Id
    name: Words
    summary: Words
    visits: tuple[VisitPhase, ...] = ()
    rules: tuple[CareRule, ...] = ()
    visit_grounds: tuple[Grounds, ...] = ()
    limits: tuple[Words, ...] = ()
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [rule.id for rule in self.rules]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"each rule under a name of its own, not '{twice}' twice")
        if bool(self.rules) != bool(self.visits) or bool(self.visits) != bool(self.visit_grounds):
            raise ValueError("rules with visits and visit_grounds, or none of the three")
        for name in _bound(self.rules):
            if name not in names:
                raise ValueError(f"the name of a rule of the protocol, not '{name}'")
        ends = [phase.until for phase in self.visits]
        if None in ends[:-1] or [end for end in ends if end is not None] != sorted(set(ends) - {None}):  # type: ignore[type-var]
            raise ValueError("phases of visits in order, only the last without an end")

    def conditions(self, origin: object) -> tuple[Rule, ...]:
        """Return the rules' conditions, parsed; ``origin`` names the file in errors."""
        return tuple(
            parse_series_rule(rule.when, origin, f"rules[{place}].when") for place, rule in enumerate(self.rules)
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the sources, each once."""
        cited = [*self.visit_grounds, *(one for rule in self.rules for one in rule.grounds)]
        return tuple(dict.fromkeys(one.source for one in cited))


def _bound(rules: tuple[CareRule, ...]) -> Iterator[str]:
    for rule in rules:
        yield from (bond.rule for bond in (rule.after, rule.unless) if bond is not None)

"""What a safety rule is: frozen records, validated where ``data/rules.yaml`` and ``data/sources.yaml`` are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, final

from pydantic import ConfigDict, Field, Strict

STRICT = ConfigDict(extra="forbid")
Danger = Annotated[str, Strict(), Field(min_length=3, max_length=120)]
Reason = Annotated[str, Strict(), Field(min_length=10, max_length=600)]
RuleVerdict = Literal["stop", "clarify first", "note"]
SafetyVerdict = Literal["stop", "clarify first", "note", "none found"]
SafetyBasis = Literal["published", "remembered", "assumed"]
GRAVITY: Mapping[SafetyVerdict, int] = {"none found": 0, "note": 1, "clarify first": 2, "stop": 3}
"""Verdicts by how much they forbid; a greater one prevails."""
EVERY = "every"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SafetySource:
    """A publication, a regulator's text, or the project itself; ``checked`` is the day on which it was looked up."""

    __pydantic_config__ = STRICT
    text: str
    doi: str = ""
    pmid: str = ""
    url: str = ""
    regulator: str = ""
    checked: dt.date | None = None

    def __post_init__(self) -> None:
        if self.regulator and self.checked is None:
            raise ValueError("the day on which a regulator's text was looked up, as checked: YYYY-MM-DD")

    @property
    def citation(self) -> str:
        """Text with its identifiers and the day of the check, as a report prints it."""
        marks = [f"doi:{self.doi}" if self.doi else "", f"PMID {self.pmid}" if self.pmid else "", self.url]
        return "; ".join([self.text, *filter(None, marks), *([f"checked {self.checked}"] if self.checked else [])])


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyCitation:
    """Key of a source, and the place in it."""

    __pydantic_config__ = STRICT
    key: str
    where: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SafetySign:
    """A finding that speaks against a danger's being absent.

    Parameters
    ----------
    rule, unit
        In the language of rules, without windows; true where the sign is present.
    attributed
        Instead of a rule: any finding put down to this cause is the sign.
    days
        It counts at any visit of so many days, whatever was stated since. Without it only at the visit that settled the
        danger and after it.
    later
        Only after that visit: what was known when the danger was excluded is no sign.
    why
        Where a limit in the rule comes from: published with its source, chosen by us with the reason, or what it means.
    """

    __pydantic_config__ = STRICT
    rule: str = ""
    unit: str = ""
    attributed: Literal["treatment", "infection", "other"] | None = None
    days: float | None = None
    later: bool = False
    why: Annotated[str, Strict(), Field(max_length=300)] = ""

    def __post_init__(self) -> None:
        if bool(self.rule) == (self.attributed is not None):
            raise ValueError("a rule or a cause, and not both")
        if not self.why and any(sign in self.rule for sign in "<>"):
            raise ValueError("why: where the limit in the rule comes from")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRule:
    """One danger, what it means for which therapies, and why.

    Parameters
    ----------
    id, danger
        Name, and the danger in words.
    applies
        From verdict to what it concerns: ``every`` therapy, families of products, products or regimens.
    rule
        True where the danger is present, see `lupercal.rules.parser`; empty where it holds whoever the patient is.
    unit
        UCUM unit of the numbers in the rule that carry none.
    unless
        Where this holds, a danger of which nothing is known counts as absent; a stated danger is one nevertheless.
    signs
        With one of them a danger that is stated to be absent is not known.
    reason
        Why, in plain words.
    sources, basis, checked
        Where it comes from, how it is known, and when it was last compared with its sources.
    """

    __pydantic_config__ = STRICT
    id: str
    danger: Danger
    applies: Mapping[RuleVerdict, tuple[str, ...]]
    reason: Reason
    sources: Annotated[tuple[SafetyCitation, ...], Field(min_length=1)]
    basis: SafetyBasis
    checked: dt.date
    rule: str = ""
    unit: str = ""
    unless: str = ""
    signs: tuple[SafetySign, ...] = ()

    def verdict_for(self, targets: frozenset[str]) -> RuleVerdict | None:
        """Return the gravest verdict for a therapy that bears these names; None where it is not concerned."""
        fitting = [verdict for verdict, names in self.applies.items() if targets & {*names}]
        return max(fitting, key=GRAVITY.__getitem__, default=None)

"""The rule table: conditions over facts about a part, and how parts make a claim's verdict."""

from __future__ import annotations

import operator
import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from lupercal.files.checked import read_as

Verdict = Literal[
    "supported", "partly supported", "no evidence found", "contradicted", "not checkable", "less than it sounds"
]  # fmt: skip
VERDICTS: tuple[Verdict, ...] = (
    "supported", "partly supported", "no evidence found", "contradicted", "not checkable", "less than it sounds",
)  # fmt: skip
Known = Mapping[str, int | str]
"""Facts about a part: counts, and words (``yes`` and ``no`` among them)."""
_COMPARED = re.compile(r"(>=|<=|=) (\d+)")
_SIGNS = {">=": operator.ge, "<=": operator.le, "=": operator.eq}
_STRICT = ConfigDict(extra="forbid", frozen=True)


@final
class PartRule(BaseModel):
    """One rule over the facts of a part."""

    model_config = _STRICT
    id: Annotated[str, Field(pattern=r"^P\d\d$")]
    verdict: Verdict
    when: Mapping[str, str | tuple[str, ...]]
    why: str

    @field_validator("when")
    @classmethod
    def _readable(cls, when: Mapping[str, str | tuple[str, ...]]) -> Mapping[str, str | tuple[str, ...]]:
        for condition in when.values():
            if isinstance(condition, str) and condition not in {"yes", "no"} and not _COMPARED.fullmatch(condition):
                raise ValueError(f"yes, no, a comparison such as '>= 1' or a list, not {condition}")
        return when

    def holds(self, known: Known) -> bool:
        """Return whether all conditions hold."""
        return all(_met(known[name], condition) for name, condition in self.when.items())


@final
class ClaimRule(BaseModel):
    """One rule over the verdicts of a claim's parts."""

    model_config = _STRICT
    id: Annotated[str, Field(pattern=r"^C\d$")]
    verdict: Verdict
    only: tuple[Verdict, ...]
    some: tuple[Verdict, ...] = ()
    why: str

    def holds(self, parts: Collection[Verdict]) -> bool:
        """Return whether the verdicts of the parts are such."""
        return set(parts) <= set(self.only) and (not self.some or bool(set(parts) & set(self.some)))


@final
class RuleTable(BaseModel):
    """The whole file."""

    model_config = _STRICT
    parts: tuple[PartRule, ...]
    claims: tuple[ClaimRule, ...]


@cache
def rule_table() -> RuleTable:
    """Return the rules, read and checked once."""
    return read_as(Path(__file__).with_name("rules.yaml"), RuleTable)


def part_rule(known: Known) -> PartRule:
    """Return the first rule that holds for a part; the last one always does."""
    return next(rule for rule in rule_table().parts if rule.holds(known))


def claim_rule(parts: Collection[Verdict]) -> ClaimRule:
    """Return the first rule that holds for the verdicts of a claim's parts; the last one always does."""
    return next(rule for rule in rule_table().claims if rule.holds(parts))


def _met(value: int | str, condition: str | tuple[str, ...]) -> bool:
    if isinstance(condition, tuple):
        return value in condition
    compared = _COMPARED.fullmatch(condition)
    return _SIGNS[compared[1]](int(value), int(compared[2])) if compared else value == condition

"""What to ask, filled from a claim and its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, final

from pydantic import BaseModel, ConfigDict, Field

from lupercal.claims.verdict import JudgedClaim
from lupercal.files.checked import read_as

About = Literal["treatment", "evidence", "oversight", "safety", "rights", "costs"]
_STRICT = ConfigDict(extra="forbid", frozen=True)
_Words = tuple[str, ...]


@final
class ClaimQuestion(BaseModel):
    """A question, what it is about and when it applies: every list that is not empty must hold the claim's word."""

    model_config = _STRICT
    about: About
    when: Mapping[Literal["states", "kinds", "support", "therapies", "verdicts", "horizons"], _Words]
    ask: Annotated[str, Field(min_length=10)]


@final
class Questions(BaseModel):
    """The whole file."""

    model_config = _STRICT
    questions: tuple[ClaimQuestion, ...]


@cache
def _all() -> tuple[ClaimQuestion, ...]:
    return read_as(Path(__file__).with_name("questions.yaml"), Questions).questions


def questions_of(one: JudgedClaim) -> tuple[tuple[About, str], ...]:
    """Return what to ask about a claim, each with what it is about."""
    claim = one.claim
    words = {
        "states": "number" if claim.number != "not stated" else "nothing", "kinds": claim.kind,
        "support": claim.support, "therapies": claim.therapy or "none", "verdicts": one.verdict,
        "horizons": claim.horizon,
    }  # fmt: skip
    return tuple(
        (question.about, question.ask.replace("{number}", claim.number))
        for question in _all()
        if all(words[name] in allowed for name, allowed in question.when.items())
    )

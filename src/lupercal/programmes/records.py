"""What a programme is: frozen records, validated where the files are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self, final

from pydantic import AfterValidator, ConfigDict, Field, Strict

from lupercal.therapy.registry import regimens

STRICT = ConfigDict(extra="forbid")
Words = Annotated[str, Strict(), Field(min_length=3, max_length=1500)]
CriterionId = Annotated[str, Strict(), Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
ProgrammeId = Annotated[str, Strict(), Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)?$", max_length=60)]
Missing = Literal["ask", "fail", "pass"]
Basis = Literal["stated", "interpreted", "published", "remembered", "assumed"]
Role = Literal["decides", "informs"]


def _regimen(name: str) -> str:
    if name not in regimens():
        raise ValueError(f"the id of a regimen in therapy/regimens, not {name}")
    return name


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """Where something is said: ``ref`` names page or publication (with DOI), ``where`` the place, in our words."""

    __pydantic_config__ = STRICT
    ref: Words
    where: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One condition of a programme, with the clinician's words beside the machine's.

    Parameters
    ----------
    id
        Unique within the programme.
    text
        What a clinician reads.
    rule
        What is evaluated; see `lupercal.rules.parser`. It is written so that true means met.
    missing
        What an unsettled rule means: ``ask`` leaves the criterion unknown, ``fail`` counts it as not met, ``pass`` as
        met.
    unit
        UCUM unit of the numbers in the rule that carry none; empty for flags, counts and scores.
    role
        ``decides``, or ``informs``: shown with its answer, but never part of the decision.
    basis
        ``stated`` by the page, our ``interpreted`` reading of it, ``published`` elsewhere and read, ``remembered`` from
        a publication not at hand, or ``assumed``.
    source
        Page or publication and the place in it.
    note
        Why the rule reads as it does.
    """

    __pydantic_config__ = STRICT
    id: CriterionId
    text: Words
    rule: Annotated[str, Strict(), Field(min_length=1, max_length=2000)]
    missing: Missing
    basis: Basis
    source: Cited
    unit: str = ""
    role: Role = "decides"
    note: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a page, in our words, and where it went.

    ``kind`` says what it is; ``rules`` (``programme#criterion``), ``regimens`` and ``plan`` (``programme#item``) say
    where it is used, ``why_not`` why nothing, or not everything, follows from it.
    """

    __pydantic_config__ = STRICT
    id: CriterionId
    page: Literal["sheba", "erlangen", "ozek", "gencell", "celltex"]
    kind: Literal[
        "criterion", "dose", "schedule", "follow_up", "lupus_type", "process", "goal", "case", "claim", "background"
    ]
    text: Words
    where: Words
    rules: tuple[str, ...] = ()
    regimens: tuple[Annotated[str, AfterValidator(_regimen)], ...] = ()
    plan: tuple[str, ...] = ()
    why_not: str = ""

    def __post_init__(self) -> None:
        if not (self.rules or self.regimens or self.plan or self.why_not):
            raise ValueError("a statement needs rules, regimens, a plan item, or the reason why there is none")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """One therapy of one clinic, or of the literature: who it is for and what it consists of.

    Parameters
    ----------
    id
        ``clinic.therapy``, such as ``ozek.msc``.
    clinic
        Who offers it and where.
    therapy
        Id of the regimen in `lupercal.therapy.registry` that is given.
    page
        The page whose statements belong to it; empty for a programme made from publications.
    criteria
        At least one; their order is the order of display only.
    statements
        What its page says, see `Statement`.
    """

    __pydantic_config__ = STRICT
    id: ProgrammeId
    name: Words
    clinic: Words
    therapy: Annotated[str, AfterValidator(_regimen)]
    sources: Annotated[tuple[Cited, ...], Field(min_length=1)]
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=200)]
    page: Literal["", "sheba", "erlangen", "ozek", "gencell", "celltex"] = ""
    notes: tuple[Words, ...] = ()
    statements: tuple[Statement, ...] = ()

    def __post_init__(self) -> None:
        ids = [criterion.id for criterion in self.criteria]
        twice = next((one for one in ids if ids.count(one) > 1), None)
        if twice:
            raise ValueError(f"each criterion id once, not {twice} twice")

    @property
    def family(self) -> str:
        """The first part of the id, by which the programmes of one clinic belong together."""
        return self.id.partition(".")[0]

    def criterion(self, name: str) -> Criterion:
        """Return the criterion of that id, or raise `KeyError`."""
        return {one.id: one for one in self.criteria}[name]

    def reordered(self, order: tuple[int, ...]) -> Self:
        """Return the programme with its criteria in another order of display."""
        from dataclasses import replace  # noqa: PLC0415 - used by tests and the questionnaire only

        return replace(self, criteria=tuple(self.criteria[i] for i in order))

"""A claim as data: what a page says, where and when it was read, and what would have to be so for it to be true.

Claims are kept in our own words, with a short quotation where the wording matters. A claim says nothing about whether
it holds: that follows from the ledger by rule (`lupercal.claims.verdict`).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, final

from pydantic import BaseModel, ConfigDict, Field

from lupercal.errors import InputError
from lupercal.evidence.intervals import as_days
from lupercal.evidence.ledger import Ledger
from lupercal.evidence.ledger_schema import Class, Number, Short, TopicName
from lupercal.files.checked import read_as

PAGES = Path(__file__).with_name("data") / "pages"
Kind = Literal["effect", "safety", "mechanism", "eligibility", "logistics", "approval", "disease", "record"]
Support = Literal[
    "none", "randomised trial", "series", "testimonial", "mechanism", "animal", "patients helped", "approval wording",
    "accreditation", "reference", "general knowledge",
]  # fmt: skip
Content = Literal["measurable", "vague", "private detail", "own practice", "promise"]
Asserts = Literal["effect", "observed"]
Strength = Literal["some", "many", "most", "nearly all", "all", "few", "none"]
_Id = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
_Time = Annotated[str, Field(pattern=r"^\d{1,4}(\.\d{1,3})? (d|wk|mo|a)$")]
_STRICT = ConfigDict(extra="forbid", frozen=True)


@final
class Part(BaseModel):
    """One thing that would have to be so.

    ``topic`` is one of the ledger's; ``strength`` or ``low`` and ``high`` say how much (in the topic's unit; without
    them some is enough); ``change: same`` says that nothing gets better; ``than`` names what it is said to
    be better than; ``within`` is the time at which, ``lasting`` says for life.
    """

    model_config = _STRICT
    topic: TopicName
    therapy: Class | None = None
    strength: Strength | None = None
    low: Number | None = None
    high: Number | None = None
    change: Literal["better", "same"] = "better"
    than: Literal["", "drugs", "placebo", "other cells"] = ""
    within: _Time | None = None
    lasting: bool = False
    country: Annotated[str, Field(max_length=40)] = ""


@final
class Reply(BaseModel):
    """What a clinic answered, on which day, as it was given."""

    model_config = _STRICT
    received: date
    words: Annotated[str, Field(min_length=1, max_length=2000)]
    by: Annotated[str, Field(max_length=200)] = ""


@final
class Claim(BaseModel):
    """One claim of a page.

    ``words`` are ours, ``quote`` a short piece of the page's; ``number``, ``population``, ``comparator`` and
    ``horizon`` are as the page gives them, ``not stated`` where it does not. ``content`` says whether it can be looked
    up at all; ``asserts`` whether it speaks of what the therapy does or of what was seen in some people. ``against``
    names claims of the same page that it does not fit with. A ``population`` of ``mice`` or ``animals`` makes a claim
    about them.
    """

    model_config = _STRICT
    id: _Id
    place: Short
    words: Short
    quote: Annotated[str, Field(max_length=200)] = ""
    kind: Kind
    support: Support
    therapy: Class | None = None
    number: Annotated[str, Field(max_length=120)] = "not stated"
    population: Annotated[str, Field(max_length=200)] = "not stated"
    comparator: Annotated[str, Field(max_length=200)] = "not stated"
    horizon: Annotated[str, Field(max_length=120)] = "not stated"
    content: Content = "measurable"
    asserts: Asserts = "effect"
    parts: Annotated[tuple[Part, ...], Field(max_length=12)] = ()
    against: tuple[_Id, ...] = ()
    replies: Annotated[tuple[Reply, ...], Field(max_length=20)] = ()


@final
class Page(BaseModel):
    """The page that was read: what it is, where it lies, when it was read, and a digest of the text that was kept."""

    model_config = _STRICT
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    title: Short
    clinic: Short
    country: Annotated[str, Field(max_length=40)] = "not stated"
    where: Short
    read: date
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


@final
class ClaimFile(BaseModel):
    """A file of claims: one page and what it claims."""

    model_config = _STRICT
    page: Page
    claims: Annotated[tuple[Claim, ...], Field(min_length=1, max_length=500)]


def read_claims(path: Path, known: Ledger) -> ClaimFile:
    """Read a file of claims.

    Raises
    ------
    InputError
        If the file cannot be read or used; names the field, what stands there and what is expected.
    """
    data = read_as(path, ClaimFile)
    ids = [claim.id for claim in data.claims]
    for place, claim in enumerate(data.claims):
        where = f"claims[{place}]"
        if ids.index(claim.id) != place:
            raise InputError(path, f"{where}.id", claim.id, "each id once")
        for other in claim.against:
            if other not in ids:
                raise InputError(path, f"{where}.against", other, "the id of a claim of the same file")
        _check_content(path, where, claim)
        for index, part in enumerate(claim.parts):
            _check_part(path, f"{where}.parts[{index}]", part, claim, known)
    if data.page.read > date.today():
        raise InputError(path, "page.read", data.page.read.isoformat(), "a day that is not in the future")
    return data


def _check_content(path: Path, where: str, claim: Claim) -> None:
    if claim.content == "measurable" and not claim.parts:
        raise InputError(path, f"{where}.parts", "none", "at least one part, or content that says why there is none")
    for index, reply in enumerate(claim.replies):
        if reply.received > date.today():
            raise InputError(
                path,
                f"{where}.replies[{index}].received",
                reply.received.isoformat(),
                "a day that is not in the future",
            )


def _check_part(path: Path, where: str, part: Part, claim: Claim, evidence: Ledger) -> None:
    if part.topic not in evidence.topics:
        raise InputError(path, f"{where}.topic", part.topic, f"a topic: {', '.join(sorted(evidence.topics))}")
    topic = evidence.topics[part.topic]
    stated = [number for number in (part.low, part.high) if number is not None]
    if part.strength and stated:
        raise InputError(path, f"{where}.strength", part.strength, "either strength or low and high")
    if part.low is not None and part.high is not None and part.low > part.high:
        raise InputError(path, f"{where}.low", part.low, f"at most high, {part.high:g}")
    if topic.unit == "%" and any(not 0 <= number <= 100 for number in stated):
        raise InputError(path, f"{where}.low", stated[0], "a share from 0 to 100 %")
    needs = topic.measures or topic.findings
    if needs and not (topic.figures or topic.near) and not (part.therapy or claim.therapy):
        raise InputError(path, f"{where}.therapy", "none", "the therapy that is claimed to do this")
    if part.within and part.lasting:
        raise InputError(path, f"{where}.within", part.within, "either within or lasting")


def part_day(part: Part) -> float | None:
    """Return the day that a part speaks of; infinite where it speaks of a lifetime, None where it gives none."""
    return float("inf") if part.lasting else as_days(part.within) if part.within else None

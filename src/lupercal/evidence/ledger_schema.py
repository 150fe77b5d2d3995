"""What the files of the ledger hold beside studies and appraisals: topics, readings, facts and regulatory status."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, final

from pydantic import BaseModel, ConfigDict, Field

STRICT = ConfigDict(extra="forbid", frozen=True)
TopicName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
Short = Annotated[str, Field(min_length=1, max_length=600)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Class = Literal[
    "car_t", "car_t_allogeneic", "msc", "msc_autologous", "ahsct", "exosomes", "rituximab", "drugs"
]  # fmt: skip
Reading = Literal["better", "worse", "same", "mixed", "happens", "absent"]


@final
class Topic(BaseModel):
    """Something that can be claimed, and where the ledger speaks of it.

    ``measures`` are names of study figures and ``findings`` of results in words (a ``*`` at the end matches the
    rest); ``sums`` are measures whose patients are added where a study prints them apart; ``figures`` are natural-
    history figures as ``topic.figure.value``, ``near`` those of a related quantity, which can never settle it.
    ``good`` says which way is better for the patient; None where neither is. ``unit`` is that of numbers that a
    claim states. ``event`` topics are things that happen to people, so that a claimed number is the share of them;
    of others a share counts where more is better, or where ``reached`` names the measure. ``simulated`` is the end
    point that stands for it, ``placebo`` measures of the review of placebo arms in which people on placebo and
    usual care are told of.
    """

    model_config = STRICT
    words: Short
    good: Literal["up", "down"] | None = None
    unit: str = "%"
    measures: tuple[str, ...] = ()
    sums: tuple[tuple[str, ...], ...] = ()
    findings: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    ratio_as_share: bool = False
    simulated: str = ""
    event: bool = False
    reached: tuple[str, ...] = ()
    placebo: tuple[str, ...] = ()


@final
class FactSource(BaseModel):
    """Where a fact was read."""

    model_config = STRICT
    what: Short
    where: Short


@final
class Fact(BaseModel):
    """A definition, a record or an official statement.

    ``holds`` says whether the topic's statement is so; a fact with a ``value`` is compared with the number that a claim
    states. ``checked`` is the day it was last looked at.
    """

    model_config = STRICT
    topic: TopicName
    holds: Literal["yes", "no", "partly"] | None = None
    value: Number | None = None
    text: Short
    kind: Literal["definition", "record", "mechanism", "derived", "official"]
    mark: Literal["seen", "memory", "derived"]
    checked: date
    source: FactSource


@final
class RegulatoryStatus(BaseModel):
    """What a regulator says of a product in lupus in one country; ``not found`` is neither yes nor no."""

    model_config = STRICT
    product: Class
    country: Annotated[str, Field(min_length=2, max_length=40)]
    status: Literal["approved for lupus", "not approved for lupus", "approved elsewhere only", "not found"]
    registered: Literal["yes", "no", "not found"] = "not found"
    text: Short
    checked: date
    source: FactSource | None = None


@final
class FactFile(BaseModel):
    """The file of facts, by id."""

    model_config = STRICT
    facts: Mapping[TopicName, Fact]


@final
class StatusFile(BaseModel):
    """The file of regulatory statuses."""

    model_config = STRICT
    statuses: tuple[RegulatoryStatus, ...]


@final
class WordReading(BaseModel):
    """How one result in words reads."""

    model_config = STRICT
    says: Reading
    until: Annotated[str, Field(pattern=r"^\d+(\.\d+)? (d|wk|mo|a)$")] | None = None


@final
class Readings(BaseModel):
    """What results printed in words say, by ``study.measure``; ``until`` bounds how long it held."""

    model_config = STRICT
    readings: Mapping[str, WordReading]


@final
class Topics(BaseModel):
    """The file of topics."""

    model_config = STRICT
    topics: Mapping[TopicName, Topic]

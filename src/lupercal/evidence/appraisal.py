"""How far a study can be trusted: risk of bias per domain, overlap, funding, and certainty in GRADE's steps.

Randomised studies are judged by the domains of RoB 2 (Sterne 2019, doi:10.1136/bmj.l4898), others by those of ROBINS-I
(Sterne 2016, doi:10.1136/bmj.i4919); reviews by flags after AMSTAR 2 (Shea 2017, doi:10.1136/bmj.j4008); experiments in
animals or dishes are not graded. Certainty starts high for randomised studies and low for others and moves by stored
steps (Guyatt 2008, doi:10.1136/bmj.39489.470347.AD). Overall risk and certainty are computed, never stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lupercal.errors import InputError
from lupercal.evidence.sources import DATA
from lupercal.files.checked import read_as

FOLDER = DATA / "ledger" / "appraisals"
NOT_FOUND = "not found"
Tool = Literal["RoB 2", "ROBINS-I", "AMSTAR 2", "not graded"]
Level = Literal["high", "moderate", "low", "very low"]
LEVELS: tuple[Level, ...] = ("very low", "low", "moderate", "high")
DOMAINS: Mapping[Tool, tuple[str, ...]] = MappingProxyType(
    {
        "RoB 2": (
            "randomisation process", "deviations from intended interventions", "missing outcome data",
            "measurement of the outcome", "selection of the reported result",
        ),
        "ROBINS-I": (
            "confounding", "selection of participants", "classification of interventions",
            "deviations from intended interventions", "missing data", "measurement of outcomes",
            "selection of the reported result",
        ),
        "AMSTAR 2": (
            "protocol before the review", "search", "excluded studies", "risk of bias of its studies",
            "way of pooling", "publication bias",
        ),
        "not graded": (),
    }
)  # fmt: skip
JUDGEMENTS: Mapping[Tool, tuple[str, ...]] = MappingProxyType(
    {
        "RoB 2": ("low", "some concerns", "high"),
        "ROBINS-I": ("low", "moderate", "serious", "critical"),
        "AMSTAR 2": ("met", "partly met", "not met"),
        "not graded": (),
    }
)
"""From best to worst; every tool also knows ``no information``."""
_STRICT = ConfigDict(extra="forbid", frozen=True)
_Words = Annotated[str, Field(min_length=3, max_length=600)]


@final
class DomainJudgement(BaseModel):
    """The judgement of one domain and its reason."""

    model_config = _STRICT
    judgement: Annotated[str, Field(max_length=40)]
    reason: _Words


@final
class GradeStep(BaseModel):
    """One step of GRADE: the domain, by how many levels, and why."""

    model_config = _STRICT
    domain: Literal[
        "risk of bias", "inconsistency", "indirectness", "imprecision", "publication bias", "large effect",
        "dose response",
    ]  # fmt: skip
    change: Annotated[int, Field(ge=-3, le=2)]
    reason: _Words


@final
class Funding(BaseModel):
    """Who paid, and whether that was read (seen), is known (memory) or was not found."""

    model_config = _STRICT
    who: _Words
    mark: Literal["seen", "memory", "not found"]


@final
class Appraisal(BaseModel):
    """One study's appraisal.

    ``cluster`` names the patients it shares with other studies; ``holds`` are the studies of a review; ``outcome`` says
    which result the judgement is about.
    """

    model_config = _STRICT
    tool: Tool
    outcome: str = ""
    cluster: Annotated[str, Field(pattern=r"^[A-Za-z][\w.-]{1,79}$")]
    holds: tuple[str, ...] = ()
    funding: Funding
    domains: Mapping[str, DomainJudgement]
    start: Literal["high", "low", "none"]
    steps: tuple[GradeStep, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Appraisal:
        if tuple(self.domains) != DOMAINS[self.tool]:
            raise ValueError(f"the domains of {self.tool}, in order: {', '.join(DOMAINS[self.tool]) or 'none'}")
        allowed = (*JUDGEMENTS[self.tool], "no information")
        if any(one.judgement not in allowed for one in self.domains.values()):
            raise ValueError(f"a judgement of {self.tool}: {', '.join(allowed)}")
        return self

    @property
    def overall(self) -> str:
        """The worst judgement of any domain; no information counts as the second worst."""
        scale = JUDGEMENTS[self.tool]
        if not self.domains:
            return "not graded"
        ranks = [scale.index(d.judgement) if d.judgement in scale else len(scale) - 2 for d in self.domains.values()]
        return scale[max(ranks)]

    @property
    def certainty(self) -> Level | Literal["not graded"]:
        """The level of GRADE that start and steps lead to; it neither falls below very low nor rises above high."""
        if self.start == "none":
            return "not graded"
        place = LEVELS.index(self.start) + sum(step.change for step in self.steps)
        return LEVELS[max(0, min(place, len(LEVELS) - 1))]


def read_appraisals(folder: Path = FOLDER) -> dict[str, Appraisal]:
    """Read every ``*.yaml`` of a folder: appraisals by study id.

    Raises
    ------
    InputError
        If a file is not usable, or a study is appraised twice.
    """
    read: dict[str, Appraisal] = {}
    for path in sorted(folder.glob("*.yaml")):
        for name, appraisal in read_as(path, dict[str, Appraisal]).items():
            if name in read:
                raise InputError(path, name, name, "each study appraised once")
            read[name] = appraisal
    return read

"""How many leave a virtual trial before its end for reasons other than active lupus, as a share per year.

Those who leave because lupus is active fail in the simulation by themselves (rescue medication after a severe flare,
see `lupercal.trial.seen`); drawn at random besides, they would count twice. A trial's own figure comes first, then that
of trials with the same blinding, then the assumption of ``settings.yaml``. Arms share the luck of leaving, so a trial
has one share; what differs between arms is the disease. Facts and sources stand in the studies' files, under
``simulation``; what is assumed of all in ``drop_out.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import exp, log
from pathlib import Path
from typing import Annotated, Literal, Self, final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lupercal.errors import InputError
from lupercal.evidence.studies import studies
from lupercal.evidence.study_records import Study
from lupercal.files.checked import read_as, validated
from lupercal.trial.settings import settings

FILE = Path(__file__).with_name("drop_out.yaml")
WEEKS_PER_YEAR = 365.25 / 7
Share = Annotated[float, Field(ge=0, lt=1)]


class _Fact(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@final
class ArmFlow(_Fact):
    """Patients of one arm who started, who completed, and who left because lupus was active (None: not stated)."""

    started: Annotated[int, Field(gt=0)]
    completed: Annotated[int, Field(gt=0)]
    left_for_lupus: Annotated[int, Field(ge=0)] | None = None

    @property
    def left(self) -> int:
        """Patients who did not complete."""
        return self.started - self.completed

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.left < 0:
            raise ValueError("at most as many who completed as started")
        if (self.left_for_lupus or 0) > self.left:
            raise ValueError("at most as many who left for lupus as left at all")
        return self


@final
class TrialFlow(_Fact):
    """The arms of one trial up to a week; ``stopped`` says who counts as not completed."""

    weeks: Annotated[float, Field(gt=0)]
    stopped: Literal["all", "lost_to_follow_up"]
    source: Annotated[str, Field(min_length=1)]
    mark: Literal["seen", "derived"]
    arms: Annotated[Mapping[str, ArmFlow], Field(min_length=1)]

    @model_validator(mode="after")
    def _plain_loss(self) -> Self:
        if self.stopped == "lost_to_follow_up" and self.left_for_lupus is not None:
            raise ValueError("no left_for_lupus where only loss to follow-up is counted")
        return self

    @property
    def started(self) -> int:
        """Patients of all arms."""
        return sum(arm.started for arm in self.arms.values())

    @property
    def left(self) -> int:
        """Patients of all arms who did not complete."""
        return sum(arm.left for arm in self.arms.values())

    @property
    def left_for_lupus(self) -> int | None:
        """Patients of all arms who left for active lupus, None where an arm does not state it."""
        counts = [arm.left_for_lupus for arm in self.arms.values() if arm.left_for_lupus is not None]
        return sum(counts) if len(counts) == len(self.arms) else None


@final
class LupusShare(_Fact):
    """An assumed share with the bounds it lies in."""

    value: Share
    low: Share
    high: Share
    basis: Literal["assumed"]
    note: str


@final
class DropOuts(_Fact):
    """The whole file."""

    lupus_share: LupusShare
    studies: Mapping[str, TrialFlow]
    together: Mapping[str, Annotated[tuple[str, ...], Field(min_length=1)]]

    @model_validator(mode="after")
    def _parts_are_there(self) -> Self:
        missing = {part for parts in self.together.values() for part in parts} - set(self.studies)
        if missing:
            raise ValueError(f"the parts {', '.join(sorted(missing))} under studies, too")
        return self


def read_drop_outs(path: Path) -> DropOuts:
    """Read a file of drop-outs; raise `InputError` naming file, field and value where it cannot be used."""
    return read_as(path, DropOuts)


@cache
def drop_outs() -> DropOuts:
    """Return what is assumed of all trials and what the studies' own files say, read and checked once."""
    simulations = {one.id: one.simulation for one in studies().values()}
    flows = {name: how.drop_out.model_dump() for name, how in simulations.items() if how.drop_out is not None}
    together = {name: how.together for name, how in simulations.items() if how.together}
    shared = read_drop_outs(FILE).lupus_share.model_dump()
    return validated({"lupus_share": shared, "studies": flows, "together": together}, DropOuts, "the studies' files")


def drop_out(study: Study, facts: DropOuts | None = None) -> tuple[float, str]:
    """Return the share of patients per year who leave for reasons other than lupus, and where it comes from in words.

    Parameters
    ----------
    study
        The study, known to the package or not.
    facts
        What is known of trials; where None what the package knows, and what the study's own file says.
    """
    facts = _with_own(study, drop_outs()) if facts is None else facts
    yearly = own_rate(study.id, facts)
    if yearly is not None:
        return _told(yearly, f"this trial's own figure{_caveat(facts, study.id)}")
    kind = blinding(study)
    like = _like(kind, facts)
    if like:
        return _told(
            _mean(like, facts), f"that of like trials ({kind} design: {', '.join(like)}{_caveat(facts, *like)})"
        )
    return _told(-log(1 - float(getattr(settings().drop_out, kind))), f"assumed ({kind} design)")


def _with_own(study: Study, facts: DropOuts) -> DropOuts:
    """Return what is known of trials with what the file of a study says of its own."""
    flow, parts = study.simulation.drop_out, study.simulation.together
    if flow is None and not parts:
        return facts
    lost = [part for part in parts if part not in facts.studies]
    if lost:
        known = ", ".join(facts.studies)
        raise InputError(f"study {study.id}", "simulation.together", lost[0], f"studies with a drop_out: {known}")
    flows = {name: each.model_dump() for name, each in facts.studies.items()}
    flows |= {study.id: flow.model_dump()} if flow is not None else {}
    together = dict(facts.together) | ({study.id: parts} if parts else {})
    with_own = {"lupus_share": facts.lupus_share.model_dump(), "studies": flows, "together": together}
    return validated(with_own, DropOuts, f"study {study.id}, simulation")


def blinding(study: Study) -> str:
    """Return the kind of design that drop-out goes by; randomised without a word on blinding counts as double blind."""
    return study.design.blinding or ("double" if study.design.randomised else "uncontrolled")


def own_rate(name: str, facts: DropOuts) -> float | None:
    """Return the rate per year at which patients of a study left for other reasons than lupus, None where unknown."""
    parts = facts.together.get(name, (name,) if name in facts.studies else ())
    return _mean(parts, facts) if parts else None


def lupus_share(flow: TrialFlow, facts: DropOuts) -> float:
    """Return which share of those who stopped left for lupus: stated, else that of all who state it, else assumed."""
    if flow.stopped == "lost_to_follow_up":
        return 0.0
    if flow.left_for_lupus is not None:
        return flow.left_for_lupus / max(flow.left, 1)
    stated = _stating(facts)
    left = sum(each.left for each in stated)
    return sum(each.left_for_lupus or 0 for each in stated) / left if left else facts.lupus_share.value


def _stating(facts: DropOuts) -> list[TrialFlow]:
    return [flow for flow in facts.studies.values() if flow.stopped == "all" and flow.left_for_lupus is not None]


def _rate(flow: TrialFlow, facts: DropOuts) -> float:
    others = flow.left * (1 - lupus_share(flow, facts))
    return -log(1 - others / flow.started) / (flow.weeks / WEEKS_PER_YEAR)


def _mean(names: tuple[str, ...], facts: DropOuts) -> float:
    """Return the mean rate of trials per year by their patients, so that a long trial does not outweigh others."""
    flows = [facts.studies[name] for name in names]
    return sum(_rate(flow, facts) * flow.started for flow in flows) / sum(flow.started for flow in flows)


def _like(kind: str, facts: DropOuts) -> tuple[str, ...]:
    """Return the trials of a kind of design of which everybody who stopped is counted."""
    counted = [name for name, flow in facts.studies.items() if flow.stopped == "all" and name in studies()]
    return tuple(name for name in counted if blinding(studies()[name]) == kind)


def _caveat(facts: DropOuts, *names: str) -> str:
    """Return the words that tell of an assumed share of lupus among the reasons of trials; empty where none is."""
    flows = [facts.studies[part] for name in names for part in facts.together.get(name, (name,))]
    if _stating(facts) or all(flow.stopped != "all" for flow in flows):
        return ""
    return f"; {facts.lupus_share.value:.0%} of those who stopped assumed to have left for lupus"


def _told(rate: float, whose: str) -> tuple[float, str]:
    share = 1 - exp(-rate)
    return share, f"drop-out of {share:.0%} a year for reasons other than active lupus: {whose}"

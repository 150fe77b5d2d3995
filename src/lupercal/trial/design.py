"""What a virtual trial is: whom it takes, what its arms are given, when they are seen, what counts.

A published study is one source of a design (`lupercal.validation.as_trial`); a trial that nobody has run is another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from lupercal.care.records import CareProtocol
from lupercal.evidence.study_records import Row
from lupercal.therapy.treatment import StudyTreatment
from lupercal.trial.populations import Role


@final
@dataclass(frozen=True, slots=True)
class TrialArm:
    """One arm that can be simulated; ``care`` is a protocol of its own, in place of the trial's."""

    name: str
    n: int | None
    treatment: StudyTreatment
    lead: int
    care: CareProtocol | None = None


@final
@dataclass(frozen=True, slots=True)
class SteroidLimit:
    """Prednisone above ``most`` mg/d from ``first`` to ``last`` day counts as failure."""

    most: float
    first: float
    last: float


@final
@dataclass(frozen=True, slots=True)
class Trial:
    """The design of a trial.

    ``name`` is what it is called; ``baseline`` is a table that those who enter are to look like, none where it is
    empty; ``renal`` says whose definitions of renal responses count (``endpoints/renal_rules.yaml``), ``responses`` are
    its own where it has some, thresholds by measure. ``arms`` can be
    simulated, ``not_simulated`` says why others cannot; ``pooled`` names arms that are all simulated arms together,
    ``joined`` those that are some of them. ``ages`` are years of age on day 0 that are taken, None for all.
    ``entry`` holds rules of entry in the language of `lupercal.rules` (`lupercal.rules.entry`), each to be met,
    ``not_applied`` rules that no simulated visit can answer. ``drop_out`` is the share who leave per year; ``visits``
    are days after day 0. ``recruits`` says from whom of a pool it recruits (`lupercal.trial.pool.Pool`). ``told`` are
    the assumptions in words. ``care`` is the trial's own protocol of care (tapers, rescue, who leaves), None where
    nobody decides. ``untimed`` is the day of figures that state none, the last one where it is None.
    """

    name: str
    baseline: tuple[Row, ...]
    renal: str
    arms: Mapping[str, TrialArm]
    not_simulated: Mapping[str, str]
    pooled: tuple[str, ...]
    entry: tuple[str, ...]
    not_applied: tuple[str, ...]
    drop_out: float
    failure_counts: bool
    steroid_limit: SteroidLimit | None
    acute: bool
    recruits: Role
    end: int
    visits: tuple[int, ...]
    told: tuple[str, ...]
    untimed: int | None = None
    care: CareProtocol | None = None
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ages: tuple[float, float] | None = None
    responses: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

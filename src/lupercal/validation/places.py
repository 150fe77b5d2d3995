"""The place of each share that a study printed, and the share itself as meta-analyses see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import final

import numpy as np

from lupercal.evidence.intervals import as_days
from lupercal.evidence.places import (
    ACUTE_DAY,
    UNTIMED_DAY,
    Place,
    arm_words,
    band_of,
    cluster_of,
    family_of,
    place_table,
    shared_name,
)
from lupercal.evidence.studies import studies
from lupercal.evidence.study_records import Row, Study, StudyArm
from lupercal.validation.as_trial import acute
from lupercal.validation.doses import treatment_of
from lupercal.validation.populations import of_nephritis, recruits
from lupercal.validation.unexplained import is_share


@final
@dataclass(frozen=True, slots=True)
class Share:
    """A share at its place: ``events`` of ``n`` patients; ``index`` is the row's place among the study's outcomes.

    ``angle`` is arcsin sqrt of it (Anscombe 1948, doi 10.1093/biomet/35.3-4.246), on which the variance by chance,
    ``variance``, does not depend on the share.
    """

    place: Place
    index: int
    events: float
    n: int
    usable: bool

    @property
    def key(self) -> str:
        """The figure as ``study#row``."""
        return f"{self.place.study}#{self.index}"

    @property
    def angle(self) -> float:
        """Arcsin sqrt of the share, kept off the ends."""
        return float(np.arcsin(np.sqrt((self.events + 0.375) / (self.n + 0.75))))

    @property
    def variance(self) -> float:
        """Variance of the angle by chance."""
        return 1.0 / (4.0 * self.n + 2.0)


def shares_of(collection: Iterable[Study], wanted: Callable[[Row], bool]) -> list[Share]:
    """Return the shares among the outcomes of studies, without subgroups and parts of figures, that are wanted."""
    return [
        share_at(study, index)
        for study in collection
        for index, row in enumerate(study.outcomes)
        if wanted(row) and is_plain_share(study, index)
    ]


def usable_shares() -> tuple[Share, ...]:
    """Return the package's shares that may be learnt from."""
    return tuple(shares_of(studies().values(), lambda row: row.usable_for_calibration))


def is_plain_share(study: Study, index: int) -> bool:
    """Return whether an outcome is a share of a known number of patients, and not of a subgroup."""
    row = study.sized(study.outcomes[index])
    return row.value is not None and is_share(row) and not (row.subgroup or row.item or row.bound)


def share_at(study: Study, index: int) -> Share:
    """Return an outcome that is a share, at its place."""
    row = study.sized(study.outcomes[index])
    n, value = int(row.n or 0), float(row.value or 0.0)
    events = value / 100 * n if row.statistic == "share" else value
    return Share(place_of_figure(study, row), index, events, n, row.usable_for_calibration)


def seen_rows(row: Row) -> bool:
    """Return whether a row was read in a text or derived from one: what a meta-analyst would take, context and all."""
    return row.mark != "memory"


def place_of_figure(study: Study, row: Row) -> Place:
    """Return where a figure stands."""
    end_point = shared_name(row.measure, of_nephritis(study))
    treatment, kind = kind_of_arm(study, study.arms[row.arm])
    day, band = _time(study, row)
    cells = study.therapy.kind != "drug"
    cluster = cluster_of(study.id, study.overlap_cluster)
    return Place(
        study.id, cluster, row.arm, end_point, family_of(end_point), treatment, kind, day, band, cells,
        study.design.blinding == "double",
    )  # fmt: skip


def kind_of_arm(study: Study, arm: StudyArm) -> tuple[str, str]:
    """Return the treatment of an arm and what kind of arm it is."""
    table, given = place_table(), treatment_of(study, arm)
    pooled = "pooled" if arm.name == "all" else f"{study.id}.{arm.name}"
    regimen = given.regimen if given else table.drugs_of_arms.get(arm.name, pooled)
    cells = table.cells.get(study.therapy.kind)
    if cells and ("msc" in regimen or (study.design.randomised is not True and regimen != "standard_care")):
        return regimen, "msc" if "msc" in regimen and study.design.randomised else cells
    if recruits(study) == "stable":
        return ("stop", "withdrawal") if "stop" in regimen else ("keep", "stable")
    if regimen == "pooled":
        return "pooled", "nephritis pooled" if of_nephritis(study) else "pooled"
    return arm_words(regimen, None, of_nephritis(study))


def _time(study: Study, row: Row) -> tuple[float, str]:
    """Return day and band of a figure; one without a time stands at the end of the follow-up, where it is stated."""
    stated = row.time or ("" if acute(row) else study.design.follow_up)
    if stated:
        return as_days(stated), band_of(as_days(stated))
    return (ACUTE_DAY, "acute") if acute(row) else (UNTIMED_DAY, "untimed")

"""The natural course under one parameter set, in clinics and at trial entry, before and after prevalence weights.

Before weights one sees how near the parameters alone come to the targets that weights are made for; a calibration moves
parameters by that, so that weights have little left to do. What weights are not made for (flares after entry, responses
on standard care, remission) is always seen after them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.features.entry import placebo_features
from lupercal.course.features.weighted import Weighted
from lupercal.evidence.studies import study
from lupercal.evidence.study_records import Row
from lupercal.population.draw import Typical, draw
from lupercal.population.goals import sought
from lupercal.population.people import People
from lupercal.trial.conduct import conduct
from lupercal.trial.pool import Pool, pool
from lupercal.trial.seen import SeenArm
from lupercal.trial.weighting import Prevalence, entering, weighted, with_nephritis
from lupercal.validation.as_trial import design
from lupercal.validation.natural_targets import MEASURES, natural_history, predictions
from lupercal.validation.sizes import Ensemble

Array = NDArray[np.float64]
ENTRY_STUDY = "bliss_pooled"
"""The study whose entry rules stand for trials in the targets of the year after entry."""

NEPHRITIS_STUDY = "bliss_ln"
"""The trial whose baseline table stands for trials of nephritis that print none."""

ENTRY_PATIENTS = 500


@final
@dataclass(frozen=True, slots=True)
class Natural:
    """Simulated values by ``T04.mean`` and so on, before and after weights, and the weighted people themselves."""

    before: dict[str, float]
    after: dict[str, float]
    prevalence: Prevalence

    @property
    def for_a_fit(self) -> dict[str, float]:
        """What a calibration compares: targets of the weights before them, all others after."""
        weighted_to = sought("clinic", "trial", "nephritis_trial")
        sought_before = {key: value for key, value in self.before.items() if key.partition(".")[0] in weighted_to}
        return self.after | sought_before


def natural_course(typical: Typical, sizes: Ensemble, year: bool = True, nephritis: bool = True) -> Natural:
    """Return the natural course of the people of one parameter set.

    ``year`` asks for a year on standard care too, ``nephritis`` for those who enter trials of nephritis.
    """
    people = pool(typical, sizes.seed, sizes.pool, sizes.engine, nephritis=nephritis)
    prevalence = weighted(people, nephritis_table())
    entry, _ = entering(people)
    renal, _ = with_nephritis(people)
    placebo = _standard_care(prevalence.pool, sizes) if year else None
    before = predictions(natural_history(people.clinic, entry, None, renal))
    after = predictions(natural_history(prevalence.clinic, prevalence.entry, placebo, prevalence.nephritis))
    return Natural(before, after, prevalence)


def nephritis_table() -> tuple[Row, ...]:
    """Return the baseline table that stands for trials of nephritis that print none."""
    return tuple(study(NEPHRITIS_STUDY).baseline)


def people_values(people: People) -> dict[str, float]:
    """Return the values of the targets that describe who people are (T01 to T03, T17)."""
    onset = people.age_at_onset
    return {
        "T01.value": float(people.female.mean()),
        "T02.mean": float(onset.mean()),
        "T02.sd": float(onset.std()),
        "T03.before_16": float((onset < 16).mean()),
        "T03.after_55": float((onset > 55).mean()),
        "T17.any_apl": float(people.any_apl.mean()),
        "T17.lac": float(people.lupus_anticoagulant.mean()),
    }


def registry_people(typical: Typical, sizes: Ensemble) -> People:
    """Return who the people of a registry are; nobody has to live for that."""
    return draw(sizes.seed, 0, sizes.pool, typical, "population").people


def _standard_care(people: Pool, sizes: Ensemble) -> Weighted | None:
    """Return the year on standard care of those who enter an ordinary trial, None where nobody does."""
    seen = _placebo_arm(people, sizes)
    if seen is None:
        return None
    visits = seen.visits.having({"treatment_failure": seen.failed.astype(np.float64)})
    return Weighted(placebo_features(visits, seen.parameters, seen.gone), seen.usable.astype(np.float64))


def _placebo_arm(people: Pool, sizes: Ensemble) -> SeenArm | None:
    entry_study = study(ENTRY_STUDY)
    rows = [row for row in entry_study.outcomes if row.arm == "placebo" and row.day is not None and row.day <= 370]
    trial = design(entry_study, rows)
    only = replace(trial, arms={name: arm for name, arm in trial.arms.items() if name == "placebo"})
    return conduct(only, people, sizes.seed, max(sizes.arm, ENTRY_PATIENTS), sizes.engine).arms.get("placebo")


YEAR_AFTER = frozenset(MEASURES["placebo"])
"""Targets of the year after entry."""

OF_NEPHRITIS = frozenset(MEASURES["nephritis_entry"])
"""Targets of those who enter trials of nephritis."""

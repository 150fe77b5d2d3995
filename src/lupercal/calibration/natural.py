"""The natural course under one parameter set: cohorts seen in clinics and at trial entry, with or without weights."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.calibration.settings import Ensemble
from lupercal.evidence.natural_history import targets
from lupercal.evidence.studies import study
from lupercal.population.burn_in import Lived, live
from lupercal.population.draw import draw
from lupercal.population.people import People
from lupercal.population.weights import Balanced, balance
from lupercal.trial.conduct import run
from lupercal.trial.design import design
from lupercal.trial.natural_course import MEASURES, natural_history, predictions
from lupercal.trial.natural_course_clinic import of_lived
from lupercal.trial.natural_course_entry import entry_features, placebo_features
from lupercal.trial.natural_course_statistics import Weighted
from lupercal.trial.natural_course_terms import Term, clinic_terms, entry_terms
from lupercal.trial.natural_course_visits import Course
from lupercal.trial.pool import Pool
from lupercal.trial.seen import Seen

Array = NDArray[np.float64]
Typical = Mapping[str, float]
HISTORY = tuple(range(-720, 1, 45))
ENTRY_STUDY, NEPHRITIS_STUDY = "bliss_pooled", "bliss_ln"
"""Studies whose entry rules stand for trials without and with nephritis in the targets of trial entry."""

ENTRY_PATIENTS = 500
LEAST_SHARE = 0.2
"""Weights give up targets rather than let the effective sample size fall below this share of the patients."""

ENTRY = frozenset(MEASURES["entry"]) | frozenset(MEASURES["placebo"])
NEPHRITIS = frozenset(MEASURES["nephritis_entry"])


@final
@dataclass(frozen=True, slots=True)
class Cohorts:
    """Features with weights of the clinic cohort, of trial entry, of the year after it, and of entry with nephritis.

    ``balanced`` holds how weights did, by cohort, where they were asked for.
    """

    clinic: Weighted | None = None
    entry: Weighted | None = None
    placebo: Weighted | None = None
    nephritis_entry: Weighted | None = None
    balanced: Mapping[str, Balanced] | None = None

    def predictions(self) -> dict[str, float]:
        """Return simulated values by ``T04.mean`` and so on."""
        return predictions(natural_history(self.clinic, self.entry, self.placebo, self.nephritis_entry))


def natural_cohorts(typical: Typical, people: Pool | None, sizes: Ensemble, asked: Collection[str]) -> Cohorts:
    """Return the cohorts that the targets ``asked`` for need, everybody with the same weight.

    ``people`` is the pool from which trials recruit, None where no target of trial entry is asked for.
    """
    wanted = set(asked)
    entry = placebo = nephritis = None
    if people is not None and wanted & ENTRY:
        entry, placebo = _entered(ENTRY_STUDY, people, sizes)
    if people is not None and wanted & NEPHRITIS:
        nephritis, _ = _entered(NEPHRITIS_STUDY, people, sizes)
    clinic = clinic_cohort(typical, sizes) if wanted & MEASURES["clinic"].keys() else None
    return Cohorts(clinic, entry, placebo, nephritis)


def weighted(cohorts: Cohorts) -> Cohorts:
    """Return the cohorts with prevalence weights: clinic to its cross-section and course, trial entry to its baseline.

    The year after entry is never weighted to its own results: it keeps the weights of the baseline.
    """
    clinic, of_clinic = _balanced(cohorts.clinic, clinic_terms)
    entry, of_entry = _balanced(cohorts.entry, entry_terms)
    placebo = Weighted(cohorts.placebo.features, entry.weights) if cohorts.placebo and entry else cohorts.placebo
    found = {name: one for name, one in (("clinic", of_clinic), ("trial entry", of_entry)) if one is not None}
    return Cohorts(clinic, entry, placebo, cohorts.nephritis_entry, found)


def clinic_cohort(typical: Typical, sizes: Ensemble) -> Weighted:
    """Return the features of a clinic's patients over the two years before day 0."""
    lived = clinic_patients(typical, sizes)
    return Weighted(of_lived(lived), lived.usable.astype(np.float64))


def clinic_patients(typical: Typical, sizes: Ensemble) -> Lived:
    """Return virtual patients in usual care of a clinic, with their visits of two years."""
    drawn = draw(sizes.seed, 0, sizes.pool, typical, "clinic")
    return live(drawn, sizes.seed, drawn.background, history_days=HISTORY)


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


def _entered(name: str, people: Pool, sizes: Ensemble) -> tuple[Weighted | None, Weighted | None]:
    seen = _standard_care(name, people, sizes)
    if seen is None:
        return None, None
    alike = seen.usable.astype(np.float64)
    entry = Weighted(entry_features({k: column[0] for k, column in seen.columns.items()}), alike)
    columns = dict(seen.columns) | {"treatment_failure": seen.failed.astype(np.float64)}
    return entry, Weighted(placebo_features(Course(seen.days, columns), seen.parameters), alike)


def _standard_care(name: str, people: Pool, sizes: Ensemble) -> Seen | None:
    """Return the placebo arm of a study up to a year, None where nobody meets its entry rules."""
    one = study(name)
    rows = [row for row in one.outcomes if row.arm == "placebo" and row.day is not None and row.day <= 370]
    trial = design(one, rows)
    only = replace(trial, arms={name: arm for name, arm in trial.arms.items() if name == "placebo"})
    return run(only, people, sizes.seed, max(sizes.arm, ENTRY_PATIENTS)).arms.get("placebo")


def _balanced(
    cohort: Weighted | None, terms: Callable[[Mapping[str, Array]], list[Term]]
) -> tuple[Weighted | None, Balanced | None]:
    if cohort is None:
        return None, None
    asked = terms(cohort.features)
    features = np.nan_to_num(np.stack([term.feature for term in asked]))
    values = np.array([term.value for term in asked])
    tolerances = np.array([term.tolerance for term in asked])
    counted = float((cohort.weights > 0).sum())
    found = balance(features, values, tolerances, LEAST_SHARE * counted, cohort.weights / cohort.weights.sum())
    return Weighted(cohort.features, found.weights), found


def target_keys() -> tuple[str, ...]:
    """Return the keys of every value of every target."""
    return tuple(f"{one.id}.{name}" for one in targets().values() for name in one.values)

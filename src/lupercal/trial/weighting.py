"""Prevalence weights: how often each virtual patient must count, in a clinic and among those who enter trials.

A person has one weight in a clinic's population, found where the person lives under a clinic's care; the same person
carries it to where trials recruit. Those who meet the usual rules of entry are then weighted to the published baseline
tables of trials, starting from that weight. What comes after entry is never weighted to its own results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.course.features.weighted import Weighted
from lupercal.errors import LupercalError
from lupercal.evidence.study_records import Row
from lupercal.population.cohorts import Weighting, cohort_members, weigh
from lupercal.population.goals import CohortName, entry_rules, standard_goals
from lupercal.population.weights import Balanced
from lupercal.trial.baseline_table import goals_of
from lupercal.trial.pool import Pool
from lupercal.trial.populations import Role
from lupercal.trial.settings import settings

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Prevalence:
    """A weighted pool, with the features and weights of its clinic and of those who enter (``who``, indices).

    ``nephritis`` are those who enter trials of nephritis, None where nobody does.
    """

    pool: Pool
    clinic: Weighted
    entry: Weighted
    nephritis: Weighted | None
    who: NDArray[np.int64]
    balanced: Mapping[str, Balanced]


def weighted(pool: Pool, nephritis_table: Sequence[Row] = (), at_least_ess: float | None = None) -> Prevalence:
    """Return a pool whose people count as often as clinics and trials have them.

    Parameters
    ----------
    pool
        People with the features of their natural course.
    nephritis_table
        A baseline table that those who enter trials of nephritis are to look like, where trials print none.
    at_least_ess
        Effective sample size of those who enter below which targets are given up step by step; `settings` if not given.

    Raises
    ------
    LupercalError
        If nobody meets the usual rules of entry, or the pool has no natural course.
    """
    if pool.clinic is None:
        raise LupercalError("this pool was made without the natural course that weights ask for")
    least = settings().least_weights
    prior = pool.clinic.weights
    of_clinic = weigh(
        pool.clinic.features, standard_goals("clinic"), len(prior), None, least.clinic_share * len(prior), prior
    )
    clinic = Weighted(pool.clinic.features, of_clinic.weights)
    base = _carried(pool, of_clinic.weights)
    entry, who = entering(pool)
    if not len(who):
        raise LupercalError("no virtual patient meets the usual rules of entry of a trial")
    enough = least.entry if at_least_ess is None else at_least_ess
    of_entry = weigh(entry.features, standard_goals("trial"), len(who), None, enough, base[who])
    weights = base.copy()
    weights[who] = base[who].sum() * of_entry.weights
    balanced = {"clinic": of_clinic.balanced, "trial entry": of_entry.balanced}
    nephritis, ill = with_nephritis(pool)
    if nephritis is not None:
        of_nephritis = _of_nephritis(pool, nephritis, ill, nephritis_table)
        nephritis = Weighted(nephritis.features, of_nephritis.weights)
        weights[ill] = base[ill].sum() * of_nephritis.weights
        balanced["entry of nephritis trials"] = of_nephritis.balanced
    people = replace(pool, weights=weights / weights.sum())
    return Prevalence(people, clinic, Weighted(entry.features, of_entry.weights), nephritis, who, balanced)


def entering(pool: Pool) -> tuple[Weighted, NDArray[np.int64]]:
    """Return the features of those who meet the usual rules of entry, with the weights they have, and who they are."""
    return _entering(pool, "entering", "trial")


def with_nephritis(pool: Pool) -> tuple[Weighted | None, NDArray[np.int64]]:
    """Return the same of those who enter trials of nephritis; None where nobody does."""
    entrants, who = _entering(pool, "nephritis", "nephritis_trial")
    return (entrants if len(who) else None), who


def _of_nephritis(pool: Pool, ill: Weighted, who: NDArray[np.int64], table: Sequence[Row]) -> Weighting:
    """Return the weights of those with nephritis: to their targets and to a baseline table."""
    goals, features = goals_of(table, {name: column[who] for name, column in pool.screening.items()})
    wanted = (*standard_goals("nephritis_trial"), *goals)
    return weigh(dict(ill.features) | features, wanted, len(who), None, settings().least_weights.nephritis)


def _entering(pool: Pool, role: Role, cohort: CohortName) -> tuple[Weighted, NDArray[np.int64]]:
    of_role = np.flatnonzero(pool.role == role)
    features = {name: column[of_role] for name, column in pool.entry.items()} | {"age": pool.cohort.people.age[of_role]}
    inside = cohort_members(features, entry_rules(cohort), np.ones(len(of_role), bool))
    who = of_role[inside]
    prior = pool.weights[who]
    return Weighted({name: column[inside] for name, column in features.items()}, prior / max(prior.sum(), 1e-300)), who


def _carried(pool: Pool, of_clinic: Array) -> Array:
    """Return each member's weight, that of the same person in the clinic; the two lives of a person share it.

    Those drawn for trials of nephritis count alike: most of them have no life in the clinic.
    """
    numbers = pool.cohort.patients
    by_patient = dict(zip(numbers[pool.role == "stable"].tolist(), of_clinic.tolist(), strict=True))
    carried = np.array([by_patient.get(number, 0.0) for number in numbers.tolist()])
    return np.asarray(np.where(pool.role == "nephritis", of_clinic.mean(), carried) / carried.sum(), np.float64)

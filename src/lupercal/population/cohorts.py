"""From a pool of virtual patients to a cohort with published properties: who belongs, and with which weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.errors import LupercalError
from lupercal.population.cohort import Cohort
from lupercal.population.goals import Entry, Goal
from lupercal.population.people import People, yes
from lupercal.population.weights import Balanced, balance, ess
from lupercal.rules.entry import EntryAnswer, entry_answers

Array = NDArray[np.float64]
Features = Mapping[str, Array]


@final
@dataclass(frozen=True, slots=True)
class Weighting:
    """Who of a pool belongs to a cohort, and with which weight.

    ``weights`` (N,) add up to 1 and are 0 for who does not belong; ``members`` (n,) are the others' indices. ``goals``
    were sought, ``balanced`` says how well they are met, in their order; ``not_simulated`` names goals whose feature
    was not given; ``unknown`` counts patients who were left out because a feature of theirs is not known.
    """

    weights: Array
    members: NDArray[np.int64]
    goals: tuple[Goal, ...]
    balanced: Balanced
    not_simulated: tuple[str, ...]
    unknown: int

    @property
    def effective_sample_size(self) -> float:
        """1/sum(w²)."""
        return ess(self.weights)

    @property
    def out_of_reach(self) -> tuple[Goal, ...]:
        """Goals that no weights reach, or that these miss by more than their tolerance."""
        return tuple(self.goals[k] for k in self.balanced.out_of_reach)


@final
@dataclass(frozen=True, slots=True)
class WeightedCohort:
    """Members of a pool who belong, their ``weights`` (n,), and how they were found."""

    cohort: Cohort
    weights: Array
    weighting: Weighting


def cohort_of(
    pool: Cohort,
    features: Features,
    goals: Sequence[Goal],
    eligible: NDArray[np.bool_] | None = None,
    at_least_ess: float = 0.0,
) -> WeightedCohort:
    """Return the cohort that a pool holds; see `weigh` for the arguments."""
    weighting = weigh(features, goals, pool.size, eligible, at_least_ess)
    return WeightedCohort(pool.take(weighting.members), weighting.weights[weighting.members], weighting)


def weigh(
    features: Features,
    goals: Sequence[Goal],
    size: int,
    eligible: NDArray[np.bool_] | None = None,
    at_least_ess: float = 0.0,
    base: Array | None = None,
) -> Weighting:
    """Return weights under which a cohort has the properties asked for.

    Parameters
    ----------
    features
        Names to one number per patient, shape (N,): 1 or 0 for shares, NaN for unknown.
    goals
        What the weighted means are to be; those without a feature are left out and named.
    size
        Number of patients N.
    eligible
        Who can belong, shape (N,); everybody if not given.
    at_least_ess
        Effective sample size below which goals are given up step by step.
    base
        Weights to stay near to, shape (N,); equal ones if not given.

    Raises
    ------
    LupercalError
        If nobody belongs.
    """
    used = tuple(goal for goal in goals if goal.feature in features)
    values = np.array([features[goal.feature] for goal in used], np.float64).reshape(len(used), size)
    inside = np.ones(size, bool) if eligible is None else eligible
    complete = np.isfinite(values).all(axis=0)
    members = np.flatnonzero(inside & complete)
    if not len(members):
        raise LupercalError("no virtual patient belongs to this cohort with all its features known")
    rows = np.array([goal.row(own[members]) for goal, own in zip(used, values, strict=True)])
    targets, tolerances = (np.array([getattr(goal, name) for goal in used]) for name in ("target", "tolerance"))
    start = None if base is None else base[members]
    balanced = balance(rows.reshape(len(used), len(members)), targets, tolerances, at_least_ess, start)
    weights = np.zeros(size)
    weights[members] = balanced.weights
    missing = tuple(goal.name for goal in goals if goal.feature not in features)
    return Weighting(weights, members, used, balanced, missing, int((inside & ~complete).sum()))


def cohort_members(features: Features, rules: Sequence[Entry], usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return who meets the rules of entry among the usable, shape (N,); what is unknown does not meet a rule."""
    answers = entry_answers([rule.rule for rule in rules], features)
    return np.asarray(np.all([usable, *(_met(one, len(usable)) for one in answers)], axis=0))


def _met(answer: EntryAnswer, size: int) -> NDArray[np.bool_]:
    return np.zeros(size, bool) if answer.met is None else answer.met


def people_features(people: People) -> dict[str, Array]:
    """Return what the cohort *population* is weighted by, each (N,)."""
    onset = people.age_at_onset
    ages = {"age": people.age, "age_at_onset": onset, "disease_duration": people.disease_duration}
    bands = {"onset_before_16": yes(onset < 16), "onset_after_55": yes(onset > 55)}
    flags = {name: people.columns()[name] for name in ("female", "any_apl", "lupus_anticoagulant", "ever_nephritis")}
    return ages | bands | flags

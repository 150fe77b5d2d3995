"""Prevalence weights for the people who enter trials, so that those who are recruited look like those who were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lupercal.population.cohorts import Weighting, eligible, weigh
from lupercal.population.goals import entry_rules, standard_goals
from lupercal.trial.natural_course_entry import entry_features
from lupercal.trial.pool import Pool


def weighted(pool: Pool, at_least_ess: float = 50.0) -> tuple[Pool, Weighting]:
    """Return a pool whose members weigh as the published baseline tables of trials ask for.

    Those who meet the usual rules of entry share the weight they had before among themselves; the weights of all others
    stay as they are. Which tables could not be met is told by the weighting.

    Parameters
    ----------
    pool
        People who may enter trials, each with the same weight or not.
    at_least_ess
        Effective sample size below which tables are given up step by step.

    Raises
    ------
    LupercalError
        If nobody meets the usual rules of entry.
    """
    features = entry_features(pool.screening) | {"age": pool.cohort.people.age}
    who = eligible(features, entry_rules("trial"), ~pool.stable)
    found = weigh(features, standard_goals("trial"), pool.size, who, at_least_ess)
    share = pool.weights[who].sum()
    return replace(pool, weights=np.where(who, share * found.weights, pool.weights)), found

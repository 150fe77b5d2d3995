"""Recruiting: who meets the entry rules, weighted so that those who enter look like a baseline table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.population.cohorts import weigh
from lupercal.population.goals import Goal
from lupercal.population.weights import Balanced, ess
from lupercal.trial.baseline_table import baseline_table, goals_of
from lupercal.trial.design import Trial
from lupercal.trial.entry import may_enter
from lupercal.trial.pool import Pool

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Recruited:
    """Who may enter and how often each counts.

    ``members`` (n,) are indices into the pool, ``weights`` (n,) add up to 1; ``not_applied`` names rules no simulated
    visit answers; of the ``asked`` from whom it recruits, ``alone`` says how many meet each rule by itself; ``goals``
    are those of the baseline table and ``balanced`` how well they are met, None without any.
    """

    members: NDArray[np.int64]
    weights: Array
    not_applied: tuple[str, ...]
    goals: tuple[Goal, ...] = ()
    balanced: Balanced | None = None
    alone: tuple[tuple[str, int], ...] = ()
    asked: int = 0

    @property
    def told(self) -> tuple[str, ...]:
        """What was matched and what could not be, in words."""
        if self.balanced is None:
            return ()
        names = ", ".join(dict.fromkeys(goal.name for goal in self.goals))
        missed = [f"{self.goals[k].in_words} {self.balanced.reached[k]:.3g} for {self.goals[k].target:.3g}"
                  for k in self.balanced.out_of_reach]  # fmt: skip
        matched = f"those who enter are weighted to the baseline table: {names}"
        return (matched, *((f"not reached in the baseline table: {'; '.join(missed)}",) if missed else ()))


def recruit(trial: Trial, pool: Pool) -> Recruited:
    """Return who of a pool enters a trial."""
    entrants = may_enter(trial, pool)
    prior = pool.weights[entrants.members]
    plain = Recruited(
        entrants.members, prior / max(prior.sum(), 1e-300), entrants.not_applied, alone=entrants.alone,
        asked=entrants.asked,
    )  # fmt: skip
    if not len(entrants.members) or not trial.baseline:
        return plain
    visit = {name: column[entrants.members] for name, column in (dict(pool.entry) | dict(pool.screening)).items()}
    goals, features = goals_of(trial.baseline, visit)
    if not goals:
        return plain
    weighing = weigh(features, goals, len(entrants.members), None, _least(plain.weights), plain.weights)
    return replace(plain, weights=weighing.weights, goals=weighing.goals, balanced=weighing.balanced)


def _least(prior: Array) -> float:
    """Return the effective sample size that a table may not cost."""
    choices, now = baseline_table().choices, ess(prior)
    return max(choices.kept * now, min(now, choices.fewest))

"""Who enters: the entry rules of a trial, judged at the simulated baseline visit, and patients picked by weight.

Regression to the mean arises by itself: patients are picked on a visit that saw them with its noise, at a moment at
which they were worse than they usually are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.streams import SLOT_POINTS
from lupercal.instruments.bilag_2004 import GRADE_COLUMNS, A, B
from lupercal.population.draw import sobol_points
from lupercal.rules.entry import entry_answers, entry_names, entry_rule
from lupercal.trial.design import Trial
from lupercal.trial.pool import HISTORY, Pool
from lupercal.trial.populations import populations

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Columns = Mapping[str, Array]


@final
@dataclass(frozen=True, slots=True)
class Eligible:
    """``members`` are indices into the pool; ``not_applied`` names rules no simulated visit answers.

    ``asked`` is how many a trial recruits from, ``alone`` says how many of them meet each rule by itself.
    """

    members: NDArray[np.int64]
    not_applied: tuple[str, ...]
    alone: tuple[tuple[str, int], ...] = ()
    asked: int = 0


def may_enter(trial: Trial, pool: Pool) -> Eligible:
    """Return who meets the entry rules of a trial at the screening visit."""
    base = pool.role == trial.recruits
    if not base.any():
        base = np.ones(pool.size, bool)
    answers = entry_answers(trial.entry, entry_columns(trial.entry, pool.screening))
    met = [(one.rule, one.met) for one in answers if one.met is not None]
    if trial.ages is not None and pool.cohort.people.size:
        age, (low, high) = pool.cohort.people.age, trial.ages
        met.append((f"age from {low:g} to {high:g} years", np.asarray((age >= low) & (age <= high))))
    unknown = [f"entry: {name}" for one in answers for name in one.missing]
    inside = base & (pool.weights > 0)
    members = np.all([inside, *(rule for _, rule in met)], axis=0)
    alone = tuple((words, int((inside & rule).sum())) for words, rule in met)
    not_applied = tuple(dict.fromkeys([*trial.not_applied, *unknown]))
    return Eligible(np.flatnonzero(members), not_applied, alone, int(inside.sum()))


def pick_entrants(members: NDArray[np.int64], weights: Array, seed: int, size: int) -> NDArray[np.int64]:
    """Return the patient in each slot of a trial, shape (size,), by weight; slot k does not depend on the size.

    ``members`` (n,) are indices into a pool, ``weights`` (n,) theirs.
    """
    u = _slots(seed, size)
    cumulative = np.cumsum(weights)
    rows = np.minimum(np.searchsorted(cumulative / cumulative[-1], u), len(cumulative) - 1)
    return np.asarray(members[rows], np.int64)


@cache
def _slots(seed: int, size: int) -> Array:
    return np.asarray(sobol_points(seed, SLOT_POINTS, 0, size, 1)[0])


def entry_columns(rules: Iterable[str], visit: Columns) -> dict[str, Array]:
    """Return what rules of entry ask for at a visit, each (N,), with quantities that are no column of it."""
    asked = entry_names([entry_rule(text) for text in rules])
    derived = {name: value for name in asked if (value := entry_quantity(name, visit)) is not None}
    return {**visit, **derived}


def entry_quantity(name: str, visit: Columns) -> Array | None:
    """Return a quantity of entry rules at the screening visit, shape (N,); None where it is not simulated."""
    if name in DERIVED:
        return DERIVED[name](visit)
    meaning = populations().quantities.get(name)
    if meaning is None:
        return visit.get(name)
    met = entry_answers([meaning.rule], entry_columns([meaning.rule], visit))[0].met
    return None if met is None else met.astype(np.float64)


def _domains(grade: float) -> Callable[[Columns], Array | None]:
    def counted(columns: Columns) -> Array | None:
        grades = [columns[name] for name in GRADE_COLUMNS if name in columns]
        return np.sum([column == grade for column in grades], axis=0).astype(float) if grades else None

    return counted


def _quiescence(columns: Columns) -> Array | None:
    """Return years of quiescence, counted at the visits of the history.

    Who was quiescent at all of them stands for whoever is so for longer, since no visit before them was seen.
    """
    days = columns.get("quiescent_days")
    if days is None:
        return None
    return np.asarray(np.where(days >= -HISTORY[0], np.inf, np.round(days / 365.25, 2)))


DERIVED: Mapping[str, Callable[[Columns], Array | None]] = {
    "bilag_a_domains": _domains(A),
    "bilag_b_domains": _domains(B),
    "clinical_quiescence": _quiescence,
    "past_nephritis": lambda columns: columns.get("kidney_involved"),
    "sledai": lambda columns: columns["sledai_2k"],
    "increased_dna_binding": lambda columns: (columns["anti_dsdna"] > columns["anti_dsdna_uln"]).astype(float),
    "low_complement": lambda c: ((c["c3"] < c["c3_lln"]) | (c["c4"] < c["c4_lln"])).astype(float),
}
"""Quantities of entry rules that are no column of a visit."""

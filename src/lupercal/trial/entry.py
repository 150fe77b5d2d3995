"""Who enters: the entry rules of a trial, judged at the simulated baseline visit, and patients picked by weight.

Regression to the mean arises by itself: patients are picked on a visit that saw them with its noise, at a moment at
which they were worse than they usually are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.streams import SLOT_POINTS
from lupercal.evidence.study_records import EntryCriterion
from lupercal.evidence.units import UnitError, convert
from lupercal.instruments.bilag_2004 import GRADE_COLUMNS, A, B
from lupercal.instruments.renal_response import SEDIMENT
from lupercal.model.observation import CNS_ITEMS
from lupercal.patient.variables import variables
from lupercal.population.draw import sobol_points
from lupercal.rules.bounds import at_one_visit, within_bounds
from lupercal.rules.parser import parse_rule
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

    ``alone`` says how many of those a trial recruits from meet each rule by itself.
    """

    members: NDArray[np.int64]
    not_applied: tuple[str, ...]
    alone: tuple[tuple[str, int], ...] = ()


def may_enter(trial: Trial, pool: Pool) -> Eligible:
    """Return who meets the entry rules of a trial at the screening visit."""
    base, unknown = pool.role == trial.recruits, list(trial.not_applied)
    if not base.any():
        base = np.ones(pool.size, bool)
    met = list[tuple[str, Bools]]()
    for group in trial.entry:
        judged = [_judged(criterion, pool.screening) for criterion in group]
        if any(part is None for part in judged):
            unknown += [f"entry: {c.quantity}" for c, part in zip(group, judged, strict=True) if part is None]
            continue
        met.append((" or ".join(map(_words, group)), np.any([part for part in judged if part is not None], axis=0)))
    asked = at_one_visit(pool.screening)
    for text in trial.rules:
        truth = asked.truth(parse_rule(text))
        unknown += [f"entry: {text}"] if truth.is_unknown.all() else []
        met += [] if truth.is_unknown.all() else [(text, truth.low)]
    for criterion in trial.excluded:
        found = _judged(criterion, pool.screening)
        met += [] if found is None else [(f"not {_words(criterion)}", ~found)]
    inside = base & (pool.weights > 0)
    members = np.all([inside, *(rule for _, rule in met)], axis=0)
    alone = tuple((words, int((inside & rule).sum())) for words, rule in met)
    return Eligible(np.flatnonzero(members), tuple(dict.fromkeys(unknown)), alone)


def _words(criterion: EntryCriterion) -> str:
    """Return a criterion in words."""
    ends = ((">=", criterion.low), ("<=", criterion.high))
    return " and ".join(f"{criterion.quantity} {sign} {end:g}" for sign, end in ends if end is not None)


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


def entry_quantity(name: str, columns: Columns) -> Array | None:
    """Return a quantity of entry rules at the screening visit, shape (N,); None where it is not simulated."""
    if name in DERIVED:
        return DERIVED[name](columns)
    rule = populations().quantities.get(name)
    if rule is None:
        return columns.get(name)
    groups = [[_judged(bound.criterion(), columns) for bound in group] for group in rule.any]
    if any(part is None for group in groups for part in group):
        return None
    met = [np.all([part for part in group if part is not None], axis=0) for group in groups]
    return np.asarray(np.any(met, axis=0), np.float64)


def _judged(criterion: EntryCriterion, columns: Columns) -> Bools | None:
    value = entry_quantity(criterion.quantity, columns)
    if value is None or np.isnan(value).all():
        return None
    scale = _scale(criterion)
    low, high = (None if end is None else end * scale for end in (criterion.low, criterion.high))
    return np.asarray(within_bounds(value, low, high).low)


def _scale(criterion: EntryCriterion) -> float:
    """Return the factor from the unit of a criterion to the unit of its column; 1 where they are scores or flags."""
    variable = variables().get(criterion.quantity)
    if variable is None or not criterion.unit or variable.kind != "quantity":
        return 1.0
    try:
        return convert(1.0, criterion.unit, variable.unit, variable.substance)
    except UnitError:
        return 1.0


def _domains(grade: float) -> Callable[[Columns], Array | None]:
    def counted(columns: Columns) -> Array | None:
        grades = [columns[name] for name in GRADE_COLUMNS if name in columns]
        return np.sum([column == grade for column in grades], axis=0).astype(float) if grades else None

    return counted


def _any(*names: str) -> Callable[[Columns], Array | None]:
    def found(columns: Columns) -> Array | None:
        present = [columns[name] > 0 for name in names if name in columns]
        return np.any(present, axis=0).astype(float) if present else None

    return found


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
    "urinary_sediment": _any(*SEDIMENT),
    "central_nervous": _any(*CNS_ITEMS),
    "clinical_quiescence": _quiescence,
    "past_nephritis": lambda columns: columns.get("kidney_involved"),
    "sledai": lambda columns: columns["sledai_2k"],
    "increased_dna_binding": lambda columns: (columns["anti_dsdna"] > columns["anti_dsdna_uln"]).astype(float),
    "low_complement": lambda c: ((c["c3"] < c["c3_lln"]) | (c["c4"] < c["c4_lln"])).astype(float),
}
"""Quantities of entry rules that are no column of a visit."""

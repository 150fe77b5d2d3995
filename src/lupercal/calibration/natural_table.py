"""The 35 natural-history targets beside the weighted virtual population, over the sets of the ensemble."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.calibration.natural import natural_course, people_values, registry_people
from lupercal.calibration.settings import Ensemble
from lupercal.evidence.natural_history import Target, targets
from lupercal.trial.natural_course import ELSEWHERE

Array = NDArray[np.float64]
Typical = Mapping[str, float]


@final
@dataclass(frozen=True, slots=True)
class TargetRow:
    """One value of a target: what the virtual population shows, as the median over sets with 5 % and 95 % quantiles.

    ``unweighted`` is the median before weights; NaN where nothing is simulated, ``why`` then says why.
    """

    target: str
    name: str
    statistic: str
    scope: str
    unit: str
    value: float
    tolerance: float
    simulated: float
    low: float
    high: float
    unweighted: float
    why: str

    @property
    def hit(self) -> bool:
        """Whether the median lies within the tolerance."""
        return abs(self.simulated - self.value) <= self.tolerance * (1 + 1e-9)


@final
@dataclass(frozen=True, slots=True)
class TargetTable:
    """Rows in the order of the targets; ``effective`` maps each weighted cohort to its median effective sample size."""

    rows: tuple[TargetRow, ...]
    effective: Mapping[str, float]
    patients: Mapping[str, int]

    @property
    def hits(self) -> tuple[str, ...]:
        """Targets of which every value is met."""
        missed = {row.target for row in self.rows if not row.hit}
        return tuple(one for one in targets() if one not in missed)


def target_table(
    sets: Sequence[Typical], sizes: Ensemble, progress: Callable[[int], None] = lambda done: None
) -> TargetTable:
    """Return the table over some parameter sets; an empty set stands for the parameter data's own values."""
    with_weights, without, effective, patients = [], [], [], {}
    for number, typical in enumerate(sets):
        found = natural_course(typical, sizes)
        people = people_values(registry_people(typical, sizes))
        with_weights.append(found.after | people)
        without.append(found.before | people)
        balanced = found.prevalence.balanced
        effective.append({name: one.effective_sample_size for name, one in balanced.items()})
        patients = {name: len(one.weights) for name, one in balanced.items()}
        progress(number + 1)
    rows = [_row(one, name, with_weights, without) for one in targets().values() for name in one.values]
    typical_size = {name: float(np.median([one[name] for one in effective if name in one])) for name in patients}
    return TargetTable(tuple(rows), typical_size, patients)


def _row(one: Target, name: str, weighted_: Iterable[Typical], plain: Iterable[Typical]) -> TargetRow:
    key = f"{one.id}.{name}"
    low, middle, high = _quantiles([values.get(key, np.nan) for values in weighted_])
    _, before, _ = _quantiles([values.get(key, np.nan) for values in plain])
    why = "" if np.isfinite(middle) else ELSEWHERE.get(one.id, "nobody in the simulated cohort shows it")
    return TargetRow(
        one.id, name, one.statistic, one.scope, one.units.get(name, one.unit), one.values[name], one.tolerance[name],
        middle, low, high, before, why,
    )  # fmt: skip


def _quantiles(values: list[float]) -> tuple[float, float, float]:
    known = np.array([value for value in values if np.isfinite(value)])
    if not len(known):
        return np.nan, np.nan, np.nan
    low, middle, high = np.quantile(known, [0.05, 0.5, 0.95])
    return float(low), float(middle), float(high)

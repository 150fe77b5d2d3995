"""The 35 natural-history targets beside the weighted virtual population, over the sets of the ensemble."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.natural_history import Target, targets
from lupercal.files.pieces import Pieces, each_kept
from lupercal.files.runner import RunnerName
from lupercal.validation.natural import natural_course, people_values, registry_people
from lupercal.validation.natural_targets import ELSEWHERE
from lupercal.validation.sizes import Ensemble

Array = NDArray[np.float64]
Typical = Mapping[str, float]
SEEDS_APART = 1_000_003
"""How far the seeds of the people of two sets lie apart."""


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
    sets: Sequence[Typical],
    sizes: Ensemble,
    progress: Callable[[int], None] = lambda done: None,
    runner: RunnerName = "processes",
    workers: int | None = None,
    pieces: Pieces | None = None,
) -> TargetTable:
    """Return the table over some parameter sets; an empty set stands for the parameter data's own values.

    Every set has people of its own (`seed_of`), so that the medians do not hang on the luck of one draw of people: of
    those who enter trials some hundred count.

    ``runner`` and ``workers`` say where the sets are simulated, ``pieces`` keep each set; the table is the same.
    """
    work = _Work(tuple(dict(one) for one in sets), sizes)
    by_set = each_kept(
        pieces or Pieces(),
        "targets",
        work,
        len(sets),
        asdict,
        lambda stored: _OfSet(**stored),
        runner,
        workers,
        progress,
    )
    after, before = [one.after for one in by_set], [one.before for one in by_set]
    rows = [_row(one, name, after, before) for one in targets().values() for name in one.values]
    patients = by_set[-1].patients if by_set else {}
    typical_size = {
        name: float(np.median([one.effective[name] for one in by_set if name in one.effective])) for name in patients
    }
    return TargetTable(tuple(rows), typical_size, patients)


def seed_of(seed: int, index: int) -> int:
    """Return the seed of the people of one of the sets; that of the first is the seed itself."""
    return seed + SEEDS_APART * index


@final
@dataclass(frozen=True, slots=True)
class _OfSet:
    """Values of the targets before and after weights, and the sizes of the weighted cohorts, of one set."""

    before: Typical
    after: Typical
    effective: Mapping[str, float]
    patients: Mapping[str, int]


@final
@dataclass(frozen=True, slots=True)
class _Work:
    sets: tuple[dict[str, float], ...]
    sizes: Ensemble

    def __call__(self, index: int) -> _OfSet:
        sizes = self.sizes.model_copy(update={"seed": seed_of(self.sizes.seed, index)})
        natural = natural_course(self.sets[index], sizes)
        people = people_values(registry_people(self.sets[index], sizes))
        balanced = natural.prevalence.balanced
        return _OfSet(
            natural.before | people,
            natural.after | people,
            {name: one.effective_sample_size for name, one in balanced.items()},
            {name: len(one.weights) for name, one in balanced.items()},
        )


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
    finite = np.array([value for value in values if np.isfinite(value)])
    if not len(finite):
        return np.nan, np.nan, np.nan
    low, middle, high = np.quantile(finite, [0.05, 0.5, 0.95])
    return float(low), float(middle), float(high)

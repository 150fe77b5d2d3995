"""Calibrations that leave studies out: each fold is the whole calibration without the studies of some clusters.

Studies that share patients stay together. Folds hold about equally many figures; what no step uses needs no fold, since
no parameter was fitted to it. Toxicity is refitted in every fold as all else is. Centres of priors stay as they were
found on all data: what a fold forgets is what the steps learnt from its studies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from lupercal.calibration.data import study_of
from lupercal.calibration.run import CalibrationPlan
from lupercal.calibration.settings import Step
from lupercal.calibration.step_data import all_figures, studies_of_step
from lupercal.calibration.taken import cluster
from lupercal.errors import LupercalError

LEAST_FOLDS = 2


@final
@dataclass(frozen=True, slots=True)
class Fold:
    """A calibration without some clusters of studies; ``number`` counts from 1."""

    number: int
    clusters: tuple[str, ...]
    plan: CalibrationPlan


def folds(what: CalibrationPlan, count: int) -> list[Fold]:
    """Return so many calibrations, each without the studies of other clusters; every fitted cluster is left out once.

    Raises
    ------
    LupercalError
        If there are fewer clusters than folds, or fewer folds than two.
    """
    figures = figures_by_cluster(what.steps)
    if not LEAST_FOLDS <= count <= len(figures):
        raise LupercalError(f"{count} folds of {len(figures)} clusters of studies; at least two, no more than clusters")
    return [
        Fold(number, clusters, replace(what, steps=without_clusters(what.steps, clusters),
                                       folder=what.folder.parent / f"fold-{number}" / what.folder.name))
        for number, clusters in enumerate(dealt(figures, count), 1)
    ]  # fmt: skip


def figures_by_cluster(steps: Sequence[Step]) -> Counter[str]:
    """Return how many figures of each cluster the steps are fitted to; one that several steps use counts once."""
    names = (study_of(row.key) for row in all_figures(steps))
    return Counter(cluster(name) for name in names if name)


def dealt(figures: Mapping[str, int], count: int) -> list[tuple[str, ...]]:
    """Return the clusters in so many hands, the largest first and each to the hand with the fewest figures."""
    hands: list[list[str]] = [[] for _ in range(count)]
    held = [0] * count
    for largest in sorted(figures, key=lambda name: (-figures[name], name)):
        least = held.index(min(held))
        hands[least].append(largest)
        held[least] += figures[largest]
    return [tuple(hand) for hand in hands]


def without_clusters(steps: Sequence[Step], clusters: Collection[str]) -> tuple[Step, ...]:
    """Return the steps without the studies of some clusters; a step that has no data left falls out."""
    left = [step.model_copy(update={"without": tuple(sorted(clusters))}) for step in steps]
    return tuple(step for step in left if step.targets or studies_of_step(step))

"""What each of many parameter sets predicts for studies: one weighted pool of virtual patients per set, in parallel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from lupercal.evidence.study_records import Study
from lupercal.files.runner import RunnerName, in_order
from lupercal.trial.pool import pool
from lupercal.trial.weighting import weighted
from lupercal.validation.compare import enough
from lupercal.validation.natural import nephritis_table
from lupercal.validation.predict import Prediction, predict
from lupercal.validation.sizes import Sizes


def predictions_by_set(
    studies: Sequence[Study],
    typical: Sequence[Mapping[str, float]],
    sizes: Sizes,
    progress: Callable[[int], None] = lambda done: None,
    runner: RunnerName = "processes",
    workers: int | None = None,
) -> dict[str, list[Prediction]]:
    """Return the predictions of all sets, in their order, by the study's id.

    Parameters
    ----------
    studies
        What is predicted.
    typical
        The sets: typical values by parameter; those of the parameter data where a set does not name them.
    sizes
        Seed and numbers of virtual patients.
    progress
        Called with the number of sets done.
    runner, workers
        Where the work is done; the result is the same.
    """
    work = _Work(tuple(studies), tuple(dict(one) for one in typical), sizes)
    told = in_order(work, len(typical), runner, workers, progress)
    return {study.id: [of_set[place] for of_set in told] for place, study in enumerate(studies)}


@final
@dataclass(frozen=True, slots=True)
class _Work:
    studies: tuple[Study, ...]
    typical: tuple[dict[str, float], ...]
    sizes: Sizes

    def __call__(self, index: int) -> list[Prediction]:
        sizes = self.sizes
        people = weighted(pool(self.typical[index], sizes.seed, sizes.pool), nephritis_table()).pool
        return [predict(study, people, sizes.seed, enough(study, sizes.patients)) for study in self.studies]

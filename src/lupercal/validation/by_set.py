"""What each of many parameter sets predicts for studies: one weighted pool of virtual patients per set, in parallel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from lupercal.evidence.study_records import Study
from lupercal.files.pieces import Pieces, each_kept
from lupercal.files.plain import plain
from lupercal.files.runner import RunnerName
from lupercal.trial.pool import pool
from lupercal.trial.weighting import weighted
from lupercal.validation.compare import enough
from lupercal.validation.episodes import kidneys_before
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
    pieces: Pieces | None = None,
) -> dict[str, list[Prediction]]:
    """Return the predictions of all sets, in their order, by the study's id.

    Parameters
    ----------
    studies
        What is predicted.
    typical
        The sets: typical values by parameter; those of the parameter data where a set does not name them.
    sizes
        Seed, numbers of virtual patients, and engine.
    progress
        Called with the number of sets done.
    runner, workers
        Where the work is done; the result is the same.
    pieces
        Keep what each set predicts, so that a run which was stopped goes on.
    """
    work = _Work(tuple(studies), tuple(dict(one) for one in typical), sizes)
    by_set = each_kept(
        pieces or Pieces(), "studies", work, len(typical), lambda one: [plain_prediction(each) for each in one],
        lambda rows: [prediction_from(*pair) for pair in zip(studies, rows, strict=True)], runner, workers, progress,
    )  # fmt: skip
    return {study.id: [of_set[place] for of_set in by_set] for place, study in enumerate(studies)}


def plain_prediction(told: Prediction) -> dict[str, Any]:
    """Return a prediction as plain values; an error that does not exist is null."""
    parts = {"values": told.values, "errors": told.errors, "reasons": told.reasons, "behind": told.behind}
    return dict(plain(parts | {"told": told.told, "eligible": told.eligible}))


def prediction_from(study: Study, kept: Mapping[str, Any]) -> Prediction:
    """Return the prediction that `plain_prediction` was made of."""
    values, errors = (
        {int(k): np.nan if v is None else float(v) for k, v in kept[part].items()} for part in ("values", "errors")
    )
    reasons = {int(k): str(why) for k, why in kept["reasons"].items()}
    behind = {int(k): int(patients) for k, patients in kept["behind"].items()}
    return Prediction(study, values, errors, reasons, tuple(kept["told"]), kept["eligible"], behind)


@final
@dataclass(frozen=True, slots=True)
class _Work:
    studies: tuple[Study, ...]
    typical: tuple[dict[str, float], ...]
    sizes: Sizes

    def __call__(self, index: int) -> list[Prediction]:
        sizes = self.sizes
        before = kidneys_before(self.studies)
        drawn = pool(self.typical[index], sizes.seed, sizes.pool, sizes.engine, kidneys_before=before)
        people = weighted(drawn, nephritis_table()).pool
        return [
            predict(study, people, sizes.seed, enough(study, sizes.patients), engine=sizes.engine)
            for study in self.studies
        ]

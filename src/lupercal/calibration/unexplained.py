"""How far published figures lie from the calibrated model beyond parameters and chance, estimated from those figures.

A random effect of each figure, as in a meta-analysis, but around the model's prediction: Student's t on the scales of
`lupercal.evidence.unexplained`, whose scale is found by maximum likelihood over the figures a fit may use, for shares,
ratios and other figures apart. Its heavy tails (a fixed number of degrees of freedom, the usual robust choice, Lange
1989, doi 10.1080/01621459.1989.10478852) keep single figures that the model misses altogether from ruling all others.
Every study is also left out in turn. For figures no fit has used each study counts alike, one part of a figure for each
of its figures of a kind: they will come from other studies, and the scale of the few large ones, which lie where the
model was drawn to by most of its data, is no guide to those.

Parameters were fitted to the same figures, which therefore lie nearer to the model than new ones will. As in a
regression the variance of what is left is divided by (n - p) rather than n: n data, and p the numbers they have paid
for, each parameter counted as far as the accepted sets are narrower than before any data (the trace of the resolution,
Tarantola 2005, doi 10.1137/1.9780898717921). That factor, too, is for figures no fit has used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
import yaml
from numpy.typing import NDArray

from lupercal.calibration.members import joint_space, set_scores
from lupercal.calibration.settings import Step, settings, steps
from lupercal.errors import LupercalError
from lupercal.evidence.parameter_sets import ParameterSets, read_sets
from lupercal.evidence.studies import studies
from lupercal.evidence.study_records import Row, Study
from lupercal.evidence.unexplained import FILE, KINDS, Estimated, Unexplained, hash_of
from lupercal.files.writing import write_text
from lupercal.validation.by_set import predictions_by_set
from lupercal.validation.compare import predicted_rows
from lupercal.validation.episodes import asks_of_episode
from lupercal.validation.predict import Prediction
from lupercal.validation.printed import log_likelihood
from lupercal.validation.sizes import Sizes
from lupercal.validation.unexplained import kind_of

Array = NDArray[np.float64]
_HEADING = (
    "# How far published figures lie from the model beyond parameters and chance; written by `lupercal calibrate`.\n"
)


@final
@dataclass(frozen=True, slots=True)
class MisfitFigure:
    """One figure a fit may use: its study, row, and what each set predicts with the standard error of such a study."""

    study: str
    row: Row
    values: Array
    errors: Array


def estimate_for(
    ensemble: Path, sizes: Sizes, progress: Callable[[int, int], None], data: int, workers: int | None = None
) -> Estimated:
    """Return the estimate for an ensemble: its sets predict every study with figures a fit may use.

    Parameters
    ----------
    ensemble
        File of the parameter sets.
    sizes
        Of the virtual trials.
    progress
        Called with the number of sets done and of all.
    data
        How many data the sets were fitted to.
    workers
        Sets at a time; the result is the same.
    """
    chosen = [one for one in studies().values() if any(row.usable_for_calibration for row in one.outcomes)]
    all_sets = read_sets(ensemble)
    sets = all_sets.spread(settings().unexplained.sets)
    predictions = predictions_by_set(chosen, sets, sizes, lambda done: progress(done, len(sets)), workers=workers)
    return estimate(
        misfit_figures(chosen, predictions), ensemble, new_figures(data, parameters_spent(all_sets, steps()))
    )


def new_figures(data: int, spent: float) -> float:
    """Return by what scales grow for figures that no fit has used: sqrt(n / (n - p)).

    Raises
    ------
    LupercalError
        If there are not more data than parameters spent.
    """
    if not 0 <= spent < data:
        raise LupercalError(f"unexplained: {spent:.1f} parameters spent on {data} data leave nothing to judge by")
    return float(np.sqrt(data / (data - spent)))


def parameters_spent(sets: ParameterSets, chosen: Sequence[Step]) -> float:
    """Return how many parameters the data have paid for, each counted by 1 - (spread now / raw prior spread)²."""
    within = joint_space(chosen)
    left = set_scores(sets, within).std(axis=0) / within.spread
    return float(np.sum(1 - np.minimum(1.0, left) ** 2))


def misfit_figures(chosen: Iterable[Study], told: Mapping[str, Sequence[Prediction]]) -> list[MisfitFigure]:
    """Return the figures a fit may use that are predicted."""
    return [
        MisfitFigure(study.id, study.sized(study.outcomes[index]), values, errors)
        for study in chosen
        for index, values, errors in predicted_rows(study, told[study.id])
        if study.outcomes[index].usable_for_calibration and not asks_of_episode(study.outcomes[index])
    ]


def estimate(found: Sequence[MisfitFigure], ensemble: Path, new: float = 1.0) -> Estimated:
    """Return the scales that make the figures most likely: of all, with each study left out, with all studies alike.

    Parameters
    ----------
    found
        The figures.
    ensemble
        The file of the parameter sets that predicted them.
    new
        See `new_figures`.
    """
    grid, tails = _grid(), settings().unexplained.tails
    parts = {kind: [one for one in found if kind_of(one.row) == kind] for kind in KINDS}
    curves = {kind: np.array([_curve(one, kind, grid, tails) for one in rows]) for kind, rows in parts.items()}
    owners = {kind: np.array([one.study for one in rows]) for kind, rows in parts.items()}

    def scales(left_out: str = "") -> Unexplained:
        return Unexplained(tails=tails, **{kind: _best(curves[kind][owners[kind] != left_out], grid) for kind in KINDS})

    shares = {kind: _share_of_study(owners[kind])[:, None] * curves[kind] for kind in KINDS if len(curves[kind])}
    alike = {kind: _best(shares.get(kind, curves[kind]), grid) for kind in KINDS}

    names = sorted({one.study for one in found})
    return Estimated(
        ensemble=hash_of(ensemble),
        figures={kind: len(rows) for kind, rows in parts.items()},
        scales=scales(),
        without={name: scales(name) for name in names},
        studies_alike=Unexplained(tails=tails, **alike),
        new_figures=round(new, 3),
    )


def write_estimated(found: Estimated, folder: Path = FILE.parent) -> Path:
    """Write an estimate beside its ensemble; it appears whole or not at all."""
    path = folder / FILE.name
    text = yaml.safe_dump(found.model_dump(mode="json"), sort_keys=False, width=120, default_flow_style=None)
    write_text(path, _HEADING + text)
    return path


def _grid() -> Array:
    """Return the scales that are tried, dense enough for three digits nobody needs."""
    limits = settings().unexplained
    return np.geomspace(limits.least, limits.most, limits.steps)


def _curve(one: MisfitFigure, kind: str, grid: Array, tails: float) -> Array:
    """Return the log likelihood of a figure at each scale of the grid."""
    other = dict.fromkeys(KINDS, 0.0)
    return np.array(
        [
            log_likelihood(one.row, one.values, one.errors, Unexplained(tails=tails, **(other | {kind: scale})))
            for scale in grid.tolist()
        ]
    )


def _share_of_study(owners: NDArray[np.str_]) -> Array:
    """Return what part of its study's figures each figure is."""
    _, study, counts = np.unique(owners, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / counts[study])


def _best(curves: Array, grid: Array) -> float:
    """Return the scale with the largest sum; the smallest where no figure speaks of it."""
    informative = curves[np.isfinite(curves).all(axis=1)] if len(curves) else curves
    return (
        round(float(grid[int(np.argmax(informative.sum(axis=0)))]), 4) if len(informative) else round(float(grid[0]), 4)
    )

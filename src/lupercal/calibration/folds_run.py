"""Running the calibrations that leave studies out; each fold's sets appear whole, the record of all at the end."""

from __future__ import annotations

from pathlib import Path

from lupercal.calibration.fit import Progress, Simulator
from lupercal.calibration.folds import Fold, folds
from lupercal.calibration.run import CalibrationPlan, calibrate
from lupercal.calibration.store import write_ensemble
from lupercal.evidence.fold_sets import FoldEntry, write_folds
from lupercal.evidence.parameter_sets import FILE, figures_of_steps


def calibrate_folds(
    what: CalibrationPlan, count: int, folder: Path, progress: Progress, simulate: Simulator | None = None
) -> Path:
    """Calibrate without each fold's studies in turn and return the record of the folds; finished passes are kept.

    Parameters
    ----------
    what
        The calibration of which every fold leaves studies out.
    count
        Number of folds.
    folder
        Where the sets of each fold (``fold-1`` and so on) and the record go.
    progress
        Called with what is being done and the share of all that is done.
    simulate
        What turns sets into predictions; the model where None.

    Raises
    ------
    LupercalError
        If there cannot be so many folds.
    """
    nevertheless = figures_of_steps(FILE.parent, [step.name for step in what.steps])
    entries = []
    for fold in folds(what, count):
        _one(fold, folder, count, progress, simulate)
        entries.append(FoldEntry(folder=_name(fold), clusters=fold.clusters, nevertheless=nevertheless))
    sizes = what.ensemble
    return write_folds(folder, (sizes.members, sizes.passes, sizes.pool, sizes.arm), entries)


def _one(fold: Fold, folder: Path, count: int, progress: Progress, simulate: Simulator | None) -> None:
    def of_all(text: str, share: float) -> None:
        progress(f"fold {fold.number} of {count}, {text}", (fold.number - 1 + share) / count)

    write_ensemble(fold.plan, calibrate(fold.plan, of_all, simulate), folder / _name(fold))


def _name(fold: Fold) -> str:
    return f"fold-{fold.number}"

"""Running the joint pass; every look at the members is a checkpoint, as those of the steps are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.calibration.checkpoints import Folder, made_by
from lupercal.calibration.data import Data
from lupercal.calibration.fit import Fitted, Progress, Simulator, smooth
from lupercal.calibration.forward import Forward
from lupercal.calibration.joint import NAME, joint_data, joint_members, joint_step
from lupercal.calibration.members import Members, space_of
from lupercal.calibration.run import CalibrationPlan
from lupercal.calibration.settings import Step, settings
from lupercal.calibration.smoother import distance
from lupercal.evidence.parameter_sets import ParameterSets
from lupercal.files.hashing import content_hash

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Joint:
    """The joint pass: step and data, members after it, rows that are kept, and misfits (M,) before it."""

    step: Step
    data: Data
    fitted: Fitted
    kept: NDArray[np.int64]
    misfit_before: Array
    passes: int

    @property
    def kept_members(self) -> Members:
        """The accepted sets."""
        return self.fitted.members.take(self.kept)

    def widths(self) -> Mapping[str, float]:
        """Return how wide each parameter's scores still are, as a share of the spread of the prior."""
        within = space_of(self.step)
        spread = self.kept_members.scores(within, 0).std(axis=0) / within.spread
        return dict(zip(within.names, spread.tolist(), strict=True))


def calibrate_joint(
    what: CalibrationPlan, sets: ParameterSets, progress: Progress, simulate: Simulator | None = None
) -> Joint:
    """Return the joint pass from some sets; what its folder holds is not simulated again.

    Raises
    ------
    LupercalError
        If the sets lack a parameter of the model.
    """
    step, data, sizes = joint_step(sets), joint_data(), what.ensemble
    checkpoints = Folder(what.folder, joint_stamp(what, sets))
    forward = simulate or Forward(sizes, what.runner, what.workers, {}, what.scheduler)
    start = joint_members(step, sets, sizes.members, sizes.seed)
    fitted = smooth(step, start, data, sizes.passes, sizes.seed, forward, checkpoints, progress)
    first = checkpoints.load(f"{NAME}-0")
    before = np.full(sizes.members, np.nan) if first is None else distance(first, data.values, data.errors)
    misfit = np.where(np.isfinite(fitted.misfit), fitted.misfit, np.inf)
    chosen = np.sort(np.argsort(misfit, kind="stable")[: min(sizes.accepted, sizes.members)])
    return Joint(step, data, fitted, chosen, before, sizes.passes)


def joint_stamp(what: CalibrationPlan, sets: ParameterSets) -> str:
    """Return what the checkpoints of a joint pass stand for: sizes, choices, the sets it starts from, code and data."""
    return content_hash(
        what.ensemble.model_dump(), settings().discrepancy.model_dump(), settings().joint.model_dump(),
        settings().relaxation, list(sets.symbols), sets.values.tolist(), made_by(),
    )  # fmt: skip

"""Sets from before any data: all calibrated parameters drawn over their plausible ranges."""

from __future__ import annotations

from lupercal.calibration.members import joint_space
from lupercal.calibration.settings import steps


def prior_sets(count: int, seed: int) -> list[dict[str, float]]:
    """Return ``count`` sets drawn from the raw prior: centred on the values of the parameter data, at their full width.

    Beside predictions of the accepted sets, those of these sets show how much the data told.
    """
    within = joint_space(steps())
    return [within.typical(scores) for scores in within.prior(count, seed)]

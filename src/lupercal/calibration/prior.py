"""Sets from before any data: all calibrated parameters drawn over their plausible ranges."""

from __future__ import annotations

from lupercal.calibration.settings import steps
from lupercal.calibration.space import space


def prior_sets(count: int, seed: int) -> list[dict[str, float]]:
    """Return ``count`` sets drawn from the raw prior: centred on the values of the parameter data, at their full width.

    Beside predictions of the accepted sets, those of these sets show how much the data told.
    """
    names = dict.fromkeys(name for step in steps() for name in step.parameters)
    bounds = {name: pair for step in reversed(steps()) for name, pair in step.bounds.items()}
    within = space(tuple(names), bounds)
    return [within.typical(scores) for scores in within.prior(count, seed)]

"""Does the calibration find what is true? Data are simulated from known sets and calibrated back.

For each truth the data of a step are replaced by what the truth predicts, with the errors of the published figures; the
step is fitted to them, and for each parameter one asks whether the truth lies in the 90 % region of the members. Truths
are drawn from the prior itself: regions of a sound calibration hold 90 % of these, and of no others (Cook, Gelman and
Rubin 2006, doi 10.1198/106186006X136976).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.calibration.checkpoints import Nowhere
from lupercal.calibration.data import Data
from lupercal.calibration.fit import Progress, Simulator, moved_by
from lupercal.calibration.members import Members, space_of
from lupercal.calibration.settings import Step
from lupercal.engine.random import normals
from lupercal.engine.streams import RECOVERY_DATA

Array = NDArray[np.float64]
IDENTIFIED_BELOW = 0.8  # width after over prior width


@final
@dataclass(frozen=True, slots=True)
class Recovered:
    """One parameter of one truth: its score, the members' 90 % region and their width relative to the prior's."""

    parameter: str
    truth: float
    low: float
    high: float
    width: float

    @property
    def inside(self) -> bool:
        """Whether the truth lies in the region."""
        return self.low <= self.truth <= self.high

    @property
    def identifiable(self) -> bool:
        """Whether the data narrowed the parameter."""
        return self.width < IDENTIFIED_BELOW


def recover(
    step: Step, data: Data, truths: int, members: int, passes: int, seed: int, simulate: Simulator, progress: Progress,
    fixed: Mapping[str, float] | None = None,
) -> list[Recovered]:  # fmt: skip
    """Return how each parameter of a step is recovered, for several truths drawn from the prior."""
    within = space_of(step)
    drawn_truths = within.prior(truths, seed + 1000)
    base = {name: np.full(members, value) for name, value in (fixed or {}).items()}
    recoveries: list[Recovered] = []
    for number, truth in enumerate(drawn_truths):
        progress(f"truth {number + 1} of {truths}", number / truths)
        seen = simulate([{**(fixed or {}), **within.typical(truth)}], data.keys)[0]
        made = _as_data(data, data.predicted(seen), seed + number)
        moved = moved_by(
            step, Members(members, base), made, passes, seed + number, simulate, Nowhere(), _quiet,
        )  # fmt: skip
        scores = moved.scores(within, seed + number)
        prior = within.prior(members, seed + number).std(axis=0)
        as_a_member = Members(1, {}).with_scores(within, truth[None, :])  # its scores end a little inside the range
        recoveries += _compare(within.names, as_a_member.scores(within, seed)[0], scores, prior)
    return recoveries


def coverage(found: Sequence[Recovered]) -> float:
    """Return the share of identifiable parameters whose truth lies in the region; NaN where none is."""
    inside = [one.inside for one in found if one.identifiable]
    return float(np.mean(inside)) if inside else float("nan")


def _as_data(data: Data, predicted: Array, seed: int) -> Data:
    noise = normals(seed, RECOVERY_DATA, np.arange(len(predicted)))
    rows = [
        replace(row, value=float(x + z * row.error))
        for row, x, z in zip(data.rows, predicted, noise, strict=True)
        if np.isfinite(x)
    ]
    return Data(tuple(rows))


def _compare(names: Sequence[str], truth: Array, scores: Array, prior: Array) -> list[Recovered]:
    low, high = np.quantile(scores, [0.05, 0.95], axis=0)
    width = scores.std(axis=0) / prior
    return [Recovered(name, *map(float, (truth[k], low[k], high[k], width[k]))) for k, name in enumerate(names)]


def _quiet(text: str, share: float) -> None:
    del text, share

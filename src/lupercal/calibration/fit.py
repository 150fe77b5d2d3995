"""One step of the calibration: simulate every member, compare, move, again; each pass is a checkpoint.

Nothing here knows the model: what simulates a set is given, so that the same code fits a straight line in a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, final

import numpy as np
from numpy.typing import NDArray

from lupercal.calibration.data import Data
from lupercal.calibration.members import Members, space_of
from lupercal.calibration.settings import Step, settings
from lupercal.calibration.smoother import bounded, distance, excess, inflations, relaxed, update
from lupercal.engine.random import uniforms
from lupercal.engine.streams import CALIBRATION_PICK, CALIBRATION_ZERO

Array = NDArray[np.float64]
Simulated = Mapping[str, float]
Progress = Callable[[str, float], None]


class Simulator(Protocol):
    """Whatever turns sets into predictions, in order."""

    def __call__(self, sets: Sequence[Mapping[str, float]], keys: Sequence[str]) -> Sequence[Simulated]:
        """Return what each set predicts, by key of `lupercal.calibration.data`."""


class Checkpoints(Protocol):
    """Where passes are kept, so that an interrupted step goes on."""

    def load(self, name: str) -> Array | None:
        """Return what was kept under a name, or None."""

    def save(self, name: str, values: Array) -> None:
        """Keep an array under a name."""


@final
@dataclass(frozen=True, slots=True)
class Fitted:
    """Members after a step, what they predict (M, D), and each one's mean squared misfit (M,)."""

    members: Members
    predicted: Array
    misfit: Array


def smooth(
    step: Step, members: Members, data: Data, passes: int, seed: int, simulate: Simulator, kept: Checkpoints,
    progress: Progress,
) -> Fitted:  # fmt: skip
    """Fit one step by the ensemble smoother and look at what its members predict afterwards."""
    moved = moved_by(step, members, data, passes, seed, simulate, kept, progress)
    progress(f"{step.name}: last look", passes / (passes + 1))
    return look(f"{step.name}-{passes}", moved, data, simulate, kept)


def moved_by(
    step: Step, members: Members, data: Data, passes: int, seed: int, simulate: Simulator, kept: Checkpoints,
    progress: Progress,
) -> Members:  # fmt: skip
    """Return the members moved by the ensemble smoother; see `lupercal.calibration.smoother`."""
    within = space_of(step)
    first = scores = members.scores(within, seed)
    for number, inflation in enumerate(inflations(passes)):
        progress(f"{step.name}: pass {number + 1} of {passes}", number / (passes + 1))
        current = members.with_scores(within, scores)
        predicted = _predictions(f"{step.name}-{number}", current, data, simulate, kept)
        errors = bounded(predicted, data.values, data.errors)
        widened = inflation * excess(distance(predicted, data.values, errors))
        scores = update(scores, predicted, data.values, errors, widened, seed + number)
    return members.with_scores(within, relaxed(scores, first, settings().relaxation))


def look(name: str, members: Members, data: Data, simulate: Simulator, kept: Checkpoints) -> Fitted:
    """Return what members predict, and how far they are from the data; kept under a name."""
    predicted = _predictions(name, members, data, simulate, kept)
    return Fitted(members, predicted, distance(predicted, data.values, data.errors))


def choose_members(
    step: Step, members: Members, data: Data, candidates: int, seed: int, simulate: Simulator, kept: Checkpoints,
    progress: Progress,
) -> Members:  # fmt: skip
    """Return members fitted by importance: each draws candidates from the prior and keeps one by its likelihood.

    For priors that the smoother cannot hold, such as a share of sets in which a therapy does nothing at all
    (``step.mixture``: name to the probability of zero). Earlier parameters are not revised by this step's data.
    """
    within = space_of(step)
    drawn = [_with_zeros(step, members.with_scores(within, within.prior(members.size, seed + k)), seed, k)
             for k in range(candidates)]  # fmt: skip
    predictions = []
    for number, one in enumerate(drawn):
        progress(f"{step.name}: candidate {number + 1} of {candidates}", number / candidates)
        predictions.append(_predictions(f"{step.name}-{number}", one, data, simulate, kept))
    misfit = np.stack([distance(predicted, data.values, data.errors) for predicted in predictions])
    picked = _pick(misfit * len(data.rows), seed)
    rows = np.arange(members.size)
    values = {name: np.stack([np.asarray(one.values[name]) for one in drawn])[picked, rows] for name in drawn[0].values}
    return Members(members.size, values)


def _predictions(name: str, members: Members, data: Data, simulate: Simulator, checkpoints: Checkpoints) -> Array:
    """Return what members predict (M, D), from what is kept under a name where it is there."""
    before = checkpoints.load(name)
    if before is not None:
        return before
    sets = [members.typical(k) for k in range(members.size)]
    predicted = np.stack([data.predicted(one) for one in simulate(sets, data.keys)])
    checkpoints.save(name, predicted)
    return predicted


def _with_zeros(step: Step, members: Members, seed: int, candidate: int) -> Members:
    values, who = dict(members.values), np.arange(members.size)
    for place, (name, probability) in enumerate(step.mixture.items()):
        u = uniforms(seed, CALIBRATION_ZERO, who, candidate, place)
        values[name] = np.where(u < probability, 0.0, values[name])
    return Members(members.size, values)


def _pick(chi_square: Array, seed: int) -> NDArray[np.int64]:
    """Return for each member (column) one candidate (row) with probability proportional to its likelihood."""
    log = np.where(np.isfinite(chi_square), -0.5 * chi_square, -np.inf)
    best = log.max(axis=0)
    weights = np.where(np.isfinite(best), np.exp(log - np.where(np.isfinite(best), best, 0.0)), 1.0)
    cumulative = np.cumsum(weights / weights.sum(axis=0), axis=0)
    u = uniforms(seed, CALIBRATION_PICK, np.arange(chi_square.shape[1]))
    return np.asarray((u > cumulative[:-1]).sum(axis=0), np.int64)

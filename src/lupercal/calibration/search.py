"""Where to begin: a damped least-squares search for a point of the space that misses the data least.

The smoother moves an ensemble along straight lines, so it must begin in the right valley; this search finds one. Every
round simulates one small change of each parameter, all in parallel and with the same random numbers, solves for the
change of all of them together (Levenberg 1944, doi 10.1090/qam/10666; Marquardt 1963, doi 10.1137/0111030) and keeps
the best of a few lengths of it, or the best single change. Data far off count linearly, not by their square (Huber
1964, doi 10.1214/aoms/1177703732), so that what the model cannot meet does not rule what it can.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.calibration.data import Data
from lupercal.calibration.fit import Simulator
from lupercal.calibration.space import Space

Array = NDArray[np.float64]
STEP, LONGEST, EDGE = 0.3, 0.8, 2.2  # scores: of a trial change, of a move, and how far out a point may lie
FAR = 3.0  # standard deviations from which a datum counts linearly
QUIET = 0.15  # a slope that small, standard deviations per score, is chance
PULL = 0.5  # weight of the way back to the first point
TRIES = ((4.0, 0.5), (4.0, 1.0), (1.0, 0.5), (1.0, 1.0), (0.3, 0.5), (0.3, 1.0))  # damping and length of a move


@final
@dataclass(frozen=True, slots=True)
class Point:
    """A point of the space (scores, (S,)), its standardised residuals (D,) and its mean Huber loss."""

    scores: Array
    residuals: Array
    loss: float


def search(
    within: Space, data: Data, simulate: Simulator, rounds: int, progress: Callable[[str, float], None]
) -> list[Point]:
    """Return the first point and the best one after each round; the loss never rises.

    Parameters
    ----------
    within
        The space; its centre is the first point and keeps a weak pull.
    data
        What is compared.
    simulate
        What turns sets into predictions, deterministic.
    rounds
        How many.
    progress
        Told before each round.
    """

    def look(points: list[Array]) -> list[Point]:
        found = simulate([within.typical(one) for one in points], data.keys)
        return [
            _point(x, (data.predicted(one) - data.values) / data.errors) for x, one in zip(points, found, strict=True)
        ]

    path, damping = look([within.centre]), 3.0
    for number in range(rounds):
        progress(f"round {number + 1} of {rounds}, loss {path[-1].loss:.3g}", number / rounds)
        now = path[-1]
        inward = np.where(now.scores > 0, -STEP, STEP)
        single = look([now.scores + change for change in np.diag(inward)])
        slopes = np.stack([(one.residuals - now.residuals) / h for one, h in zip(single, inward, strict=True)], axis=1)
        moves = [
            np.clip(now.scores + length * _move(slopes, now, path[0].scores, damping * factor), -EDGE, EDGE)
            for factor, length in TRIES
        ]
        tried = look(moves)
        best = min(range(len(tried)), key=lambda k: tried[k].loss)
        damping = max(0.3, 0.7 * damping * TRIES[best][0]) if tried[best].loss < now.loss else 3 * damping
        path.append(min([now, *tried, *single], key=lambda one: one.loss))
    return path


def _point(scores: Array, residuals: Array) -> Point:
    size = np.abs(residuals[np.isfinite(residuals)])
    loss = np.where(size < FAR, size * size, 2 * FAR * size - FAR * FAR)
    return Point(scores, residuals, float(loss.mean()) if len(loss) else np.inf)


def _move(slopes: Array, now: Point, first: Array, damping: float) -> Array:
    """Return the damped step of iteratively reweighted least squares, each score moved by no more than `LONGEST`."""
    known = np.isfinite(now.residuals) & np.isfinite(slopes).all(axis=1)
    j, r = slopes[known], now.residuals[known]
    j = np.where(np.abs(j) < QUIET, 0.0, j)
    weight = np.minimum(1.0, FAR / np.maximum(np.abs(r), 1e-12))
    normal = j.T @ (weight[:, None] * j) + (damping + PULL) * np.eye(j.shape[1])
    gradient = j.T @ (weight * r) + PULL * (now.scores - first)
    return np.asarray(np.clip(-np.linalg.solve(normal, gradient), -LONGEST, LONGEST))

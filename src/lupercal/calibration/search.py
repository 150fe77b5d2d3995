"""Where to begin: a search for a point of the space that misses the data least.

The smoother moves an ensemble along straight lines, so it must begin in the right valley; this search finds one. Every
round simulates one small change of each of some parameters, all in parallel and with the same random numbers, then
those changes together that help alone, and keeps the best of all (a pattern search, Hooke and Jeeves 1961, doi
10.1145/321062.321069, in batches); where no change of any parameter helps, changes become smaller. Slopes are not used:
between samples of some hundred patients they are mostly chance, whereas a point that was tried and is better is better.
Data far off count linearly, not by their square (Huber 1964, doi 10.1214/aoms/1177703732), so that what the model
cannot meet does not rule what it can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.calibration.data import Data
from lupercal.calibration.fit import Simulator
from lupercal.calibration.settings import settings
from lupercal.calibration.space import Space
from lupercal.engine.random import uniforms
from lupercal.engine.streams import SEARCH_ORDER, SEARCH_SIGN

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Point:
    """A point of the space (scores, (S,)), its standardised residuals (D,) and its mean Huber loss."""

    scores: Array
    residuals: Array
    loss: float


def search(
    within: Space, data: Data, simulate: Simulator, rounds: int, progress: Callable[[str, float], None], seed: int = 1
) -> list[Point]:
    """Return the first point and the best one after each round; the loss never rises.

    Parameters
    ----------
    within
        The space; its centre is the first point.
    data
        What is compared.
    simulate
        What turns sets into predictions, deterministic.
    rounds
        How many; each looks at as many parameters as `settings` say.
    progress
        Told before each round.
    seed
        Of the order in which parameters come.
    """

    def look(points: Sequence[Array]) -> list[Point]:
        predictions = simulate([within.typical(one) for one in points], data.keys)
        return [
            _point(x, (data.predicted(one) - data.values) / data.errors)
            for x, one in zip(points, predictions, strict=True)
        ]

    choice, size = settings().search, len(within.names)
    signs = np.where(uniforms(seed, SEARCH_SIGN, np.arange(size)) < 0.5, -1.0, 1.0)
    order, turn, path = list[int](), 0, look([within.centre])
    step, in_vain = choice.step, 0
    for number in range(rounds):
        progress(f"round {number + 1} of {rounds}, loss {path[-1].loss:.3g}", number / rounds)
        now = path[-1]
        while len(order) < min(choice.batch, size):
            order += np.argsort(uniforms(seed, SEARCH_ORDER, np.arange(size), turn)).tolist()
            turn += 1
        chosen, order = order[: choice.batch], order[choice.batch :]
        single = look([_moved(now.scores, {k: step * signs[k]}) for k in chosen])
        gains = np.array([now.loss - one.loss for one in single])
        signs[[k for k, gain in zip(chosen, gains, strict=True) if gain <= 0]] *= -1
        tried = look(_together(now.scores, [(chosen[i], single[i]) for i in np.argsort(-gains) if gains[i] > 0]))
        path.append(min([now, *single, *tried], key=lambda one: one.loss))
        in_vain = in_vain + len(chosen) if path[-1] is now else 0
        if in_vain >= 2 * size:  # each in both directions
            step, in_vain = step / 2, 0
    return path


def _together(now: Array, helpful: Sequence[tuple[int, Point]]) -> list[Array]:
    """Return points with several helpful changes at once: all, the better half, the best three, and all but further."""
    changes = [{k: float(one.scores[k] - now[k]) for k, one in helpful[:count]} for count in _counts(len(helpful))]
    further = settings().search.further
    longer = [{k: further * change for k, change in changes[0].items()}] if changes else []
    return [_moved(now, each) for each in (*changes, *longer)]


def _counts(helpful: int) -> list[int]:
    return sorted({n for n in (helpful, helpful // 2, 3) if 1 <= n <= helpful}, reverse=True)


def _moved(scores: Array, changes: dict[int, float]) -> Array:
    edge = settings().search.edge
    moved = scores.copy()
    for k, change in changes.items():
        moved[k] = np.clip(moved[k] + change, -edge, edge)
    return moved


def _point(scores: Array, residuals: Array) -> Point:
    far = settings().search.far
    size = np.abs(residuals[np.isfinite(residuals)])
    loss = np.where(size < far, size * size, 2 * far * size - far * far)
    return Point(scores, residuals, float(loss.mean()) if len(loss) else np.inf)

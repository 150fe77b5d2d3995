"""How much three forecasters of a share are believed, where evidence is near it and where it is far.

The two fields, the model alone and the statistician are mixed. How much each is believed is what makes the shares most
probable that each of them foretold without their cluster (stacking of predictive distributions, Yao, Vehtari, Simpson
and Gelman 2018, doi 10.1214/17-BA1091), apart for places near and far from evidence, each drawn to what holds for all.
A cluster that is scored has no say in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.residual import FORETELLERS, NEAR, Stack
from lupercal.validation.places import Share
from lupercal.validation.scores import Predictive

Array = NDArray[np.float64]
_SAY = 4.0
"""Shares that each forecaster has foretold well beforehand, so that few shares do not silence one."""

_ROUNDS = 200


@final
@dataclass(frozen=True, slots=True)
class Foretold:
    """A share of which it is known what came, the class of its nearest evidence, and what was said without its cluster.

    ``parts`` are the distributions of `FORETELLERS`, in their order.
    """

    share: Share
    likeness: int
    parts: tuple[Predictive, ...]

    @property
    def logs(self) -> Array:
        """Log scores of the parts, (parts,)."""
        count = min(max(round(self.share.events), 0), self.share.n)
        return np.log(np.maximum([part.chances[count] for part in self.parts], 1e-300))


def learnt_stack(known: Sequence[Foretold], but: str = "") -> Stack:
    """Return how much each forecaster is believed by what is known, without one cluster."""
    others = [one for one in known if one.share.place.cluster != but]
    if not others:
        return Stack.even()
    logs, near = np.array([one.logs for one in others]), np.array([one.likeness <= NEAR for one in others])
    everywhere = _believed(logs, np.ones(logs.shape[1]) / logs.shape[1])
    return Stack(near=_named(_believed(logs[near], everywhere)), far=_named(_believed(logs[~near], everywhere)))


def stacked(parts: Sequence[Predictive], stack: Stack, likeness: int) -> Predictive:
    """Return the mixture of the distributions of a count by `FORETELLERS`, as near evidence as the class says."""
    weights = stack.weights(likeness)
    return Predictive(np.asarray(weights @ np.array([part.chances for part in parts])))


def _believed(logs: Array, beforehand: Array) -> Array:
    """Return the likeliest weights of a mixture by expectation maximisation, (parts,), from log scores (K, parts)."""
    weights, say = beforehand, _SAY * len(beforehand) * beforehand
    chances = np.exp(logs - logs.max(axis=1, keepdims=True))
    for _ in range(_ROUNDS):
        shares = weights * chances
        total = (shares / shares.sum(axis=1, keepdims=True)).sum(axis=0) + say
        weights = total / total.sum()
    return np.asarray(weights)


def _named(weights: Array) -> Mapping[str, float]:
    return dict(zip(FORETELLERS, weights.tolist(), strict=True))

"""How much three forecasters of a share are believed, where evidence is near it and where it is far.

The two fields, the model alone and the statistician are mixed. How much each is believed is what makes the shares most
probable that each of them foretold without their cluster (stacking of predictive distributions, Yao, Vehtari, Simpson
and Gelman 2018, doi 10.1214/17-BA1091), apart for places near and far from evidence, each drawn to what holds for all.
A mixture is wider than its parts: fields and model are narrowed by the factor that does best, and the mixture by a beta
distribution of its distribution function (beta-transformed linear pool, Gneiting and Ranjan 2013, doi
10.1214/13-EJS823), apart for near evidence in blinded and open studies and far from it. A cluster that is scored has no
say in any of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.curves import betainc
from lupercal.evidence.residual import FORETELLERS, NEAR, Stack, kind_of_share
from lupercal.validation.places import Share
from lupercal.validation.scores import Predictive

Array = NDArray[np.float64]
_SAY = 4.0
"""Shares that each forecaster has foretold well beforehand, so that few shares do not silence one."""

_ROUNDS = 200
SPREADS = (0.6, 0.7, 0.8, 0.9, 1.0)
"""Factors on the standard deviations of fields and model that are compared."""

FOCUS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0)
"""Both parameters of the beta distribution that are compared; above 1 the mixture is narrowed."""

_FOCUS_PRIOR = 0.3
"""Standard deviation of the logarithm of a focus beforehand, around none."""


@final
@dataclass(frozen=True, slots=True)
class Foretold:
    """A share of which it is known what came, the class of its nearest evidence, and what was said without its cluster.

    ``parts`` are the distributions of `FORETELLERS`, in their order, at each of `SPREADS`.
    """

    share: Share
    likeness: int
    parts: tuple[tuple[Predictive, ...], ...]

    @property
    def logs(self) -> Array:
        """Log scores of the parts, (spreads, parts)."""
        count = min(max(round(self.share.events), 0), self.share.n)
        return np.log(np.maximum([[part.chances[count] for part in parts] for parts in self.parts], 1e-300))

    @property
    def below(self) -> Array:
        """Chances of fewer than came by the parts, (spreads, parts)."""
        count = min(max(round(self.share.events), 0), self.share.n)
        return np.array([[part.chances[:count].sum() for part in parts] for parts in self.parts])

    @property
    def kind(self) -> str:
        """The kind of share whose mixture is narrowed together."""
        return kind_of_share(self.likeness, blinded=self.share.place.blinded)

    def by(self, stack: Stack) -> Predictive:
        """Return what is foretold of the share where forecasters are believed so; the spread is one of `SPREADS`."""
        return stacked(self.parts[SPREADS.index(stack.spread)], stack, self.likeness, blinded=self.share.place.blinded)


@final
@dataclass(frozen=True, slots=True)
class KnownShares:
    """What forecasters are judged by, looked up once for every cluster that is left out.

    ``logs`` and ``below`` are those of `Foretold`, (K, spreads, parts), of K shares with their clusters and `kinds`;
    ``near`` says which have evidence near, (K,).
    """

    logs: Array
    below: Array
    near: NDArray[np.bool_]
    clusters: NDArray[np.str_]
    kinds: NDArray[np.str_]

    @classmethod
    def of(cls, known: Sequence[Foretold]) -> KnownShares:
        """Return what is known of some shares."""
        return cls(
            np.array([one.logs for one in known]), np.array([one.below for one in known]),
            np.array([one.likeness <= NEAR for one in known], bool),
            np.array([one.share.place.cluster for one in known], str), np.array([one.kind for one in known], str),
        )  # fmt: skip

    def stack(self, but: str = "") -> Stack:
        """Return how much each forecaster is believed by what is known, without one cluster."""
        others = self.clusters != but
        if not others.any():
            return Stack.even()
        logs, near = self.logs[others], self.near[others]
        choices = [_weights(logs[:, place], near) for place in range(len(SPREADS))]
        place = max(range(len(SPREADS)), key=lambda place: choices[place][2])
        by_near, by_far, _ = choices[place]
        weights = np.where(near[:, None], by_near, by_far)
        below = (weights * self.below[others][:, place]).sum(axis=1)
        focus = _focus(below, (weights * np.exp(logs[:, place])).sum(axis=1), self.kinds[others].tolist())
        return Stack(near=_named(by_near), far=_named(by_far), spread=SPREADS[place], focus=focus)


def _focus(below: Array, chances: Array, kinds: Sequence[str]) -> Mapping[str, float]:
    """Return the focus of each kind, from what a mixture gives to fewer than came and to what came, (K,).

    It is the mean of its logarithm over `FOCUS`, each as probable as it makes what came.
    """
    alphas = np.array(FOCUS)[:, None]
    ends = np.clip(np.stack([below, below + chances]), 0.0, 1.0)
    first, last = (betainc(alphas, alphas, end) for end in ends)
    logs = np.log(np.maximum(last - first, 1e-300))
    prior = -0.5 * np.square(np.log(FOCUS) / _FOCUS_PRIOR)
    focus = {}
    for kind in dict.fromkeys(kinds):
        total = prior + logs[:, [one == kind for one in kinds]].sum(axis=1)
        probable = np.exp(total - total.max())
        focus[kind] = float(np.exp(probable @ np.log(FOCUS) / probable.sum()))
    return focus


def _weights(logs: Array, near: NDArray[np.bool_]) -> tuple[Array, Array, float]:
    """Return the weights near evidence and far from it, and how probable they make what came (its logarithm)."""
    everywhere = _believed(logs, np.ones(logs.shape[1]) / logs.shape[1])
    by_near, by_far = (_believed(logs[which], everywhere) for which in (near, ~near))
    weights = np.where(near[:, None], by_near, by_far)
    return by_near, by_far, float(np.log((weights * np.exp(logs)).sum(axis=1)).sum())


def stacked(parts: Sequence[Predictive], stack: Stack, likeness: int, *, blinded: bool) -> Predictive:
    """Return the mixture of the distributions of a count by `FORETELLERS`, as near evidence as the class says."""
    mixture = stack.weights(likeness) @ np.array([part.chances for part in parts])
    alpha = stack.focused(likeness, blinded=blinded)
    ends = np.clip(np.cumsum(mixture), 0.0, 1.0)
    chances = np.diff(betainc(alpha, alpha, ends / ends[-1]), prepend=0.0)
    return Predictive(np.asarray(chances))


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

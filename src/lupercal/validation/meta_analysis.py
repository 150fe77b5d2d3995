"""What a statistician would say of a new study without a model: a random-effects meta-analysis of the nearest class.

For a share the closest class that holds another study is taken, from the same end point, treatment and time to any
share at all; its studies are averaged on arcsin sqrt p with a standard deviation between studies (DerSimonian and Laird
1986, doi 10.1016/0197-2456(86)90046-2), and a new study of the observed size is predicted from that. The standard
deviation of each class has the weak prior usual in Bayesian meta-analysis (half-normal 0.5 on the logit, Roever 2021,
doi 10.1002/jrsm.1475, which is 0.125 on arcsin sqrt p at one half), learns from leaving out one cluster of studies in
turn, and is averaged over. Studies without double blinding lie further apart (Savovic and others 2012, doi
10.7326/0003-4819-157-6-201209180-00537): where it is asked for, either kind has standard deviations of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.curves import ndtri
from lupercal.evidence.places import Place, place_table
from lupercal.validation.places import Share
from lupercal.validation.scores import Predictive, of_angles

Array = NDArray[np.float64]
_GRID = np.linspace(0.01, 0.8, 80)
HALF_NORMAL = 0.125
"""Scale of the prior of a standard deviation between studies, on arcsin sqrt p."""

_FEW = 8  # shares below which a class learns together with its neighbours
_POINTS = 1200  # of a predictive distribution
_GOLDEN = (np.sqrt(5.0) - 1) / 2
Key = Callable[[Place], tuple[str, ...]]
CLASSES: tuple[tuple[str, Key], ...] = (
    ("same end point, treatment and time", lambda p: (p.end_point, p.treatment, p.kind, p.band)),
    ("same end point and treatment", lambda p: (p.end_point, p.treatment, p.kind)),
    ("same end point, kind of arm and time", lambda p: (p.end_point, p.kind, p.band)),
    ("same end point and kind of arm", lambda p: (p.end_point, p.kind)),
    ("same end point", lambda p: (p.end_point,)),
    ("same family and kind of arm", lambda p: (p.family, p.kind)),
    ("same family", lambda p: (p.family,)),
    ("any share", lambda p: ()),
)
"""Classes of likeness, the closest first; class 1 is the first."""

_NUMBERS = range(1, len(CLASSES) + 1)


@final
@dataclass(frozen=True, slots=True)
class Statistician:
    """Shares that were learnt from, and the weights of standard deviations between studies.

    The weights stand by class, and by whether the study that is foretold is double blind.
    """

    shares: tuple[Share, ...]
    weights: Mapping[tuple[int, bool], Array]

    def predict(self, asked: Share) -> tuple[int, Predictive]:
        """Return the class that was used and the predictive distribution of a study of this size, others' data only."""
        number, near = nearest_class(asked, self.shares)
        return number, _predictive(near, self.weights[number, asked.place.blinded], asked.n)


def statistician(shares: Iterable[Share], *, by_blinding: bool = False) -> Statistician:
    """Return what a statistician learns from shares; ``by_blinding``, how far studies lie apart by their blinding."""
    all_shares = tuple(shares)
    return Statistician(all_shares, _learn(all_shares, by_blinding=by_blinding))


def nearest_class(asked: Share, shares: Sequence[Share]) -> tuple[int, list[Share]]:
    """Return the number of the closest class with a share of another cluster, and those shares."""
    others = [one for one in shares if one.place.cluster != asked.place.cluster]
    for number, (_, key) in enumerate(CLASSES, 1):
        near = _without_pools([one for one in others if key(one.place) == key(asked.place)])
        if near:
            return number, near
    return len(CLASSES), []


def _without_pools(near: list[Share]) -> list[Share]:
    """Return shares without those of studies that pool one that is there."""
    there, pools = {one.place.study for one in near}, place_table().pools
    return [one for one in near if not there & set(pools.get(one.place.study, ()))]


def averaged(near: Sequence[Share], between: Array) -> tuple[Array, Array]:
    """Return mean and variance of the angle of a new study at each standard deviation between studies, (B,) each.

    Figures of one study count as one.
    """
    by = defaultdict[str, list[Share]](list)
    for one in near:
        by[one.place.study].append(one)
    means, variances = [], []
    for of_study in by.values():
        weights = np.array([1 / one.variance for one in of_study])
        means.append(float(weights @ [one.angle for one in of_study] / weights.sum()))
        variances.append(float(np.mean([one.variance for one in of_study])))
    spread = np.square(between)
    by_study = 1 / (spread[:, None] + np.array(variances))
    total = by_study.sum(axis=1)
    return by_study @ np.array(means) / total, spread + 1 / total


def likely_spread(wise: Statistician, number: int, blinded: bool) -> float:
    """Return the mean standard deviation between studies of a class, on arcsin sqrt p, by what was learnt."""
    return float(_GRID @ wise.weights[number, blinded])


def _learn(shares: Sequence[Share], *, by_blinding: bool) -> dict[tuple[int, bool], Array]:
    """Return the weights of the grid; classes with few shares learn together with the next ones."""
    left_out = [(share, *nearest_class(share, shares)) for share in shares]
    curves = [(share, number, _curve(share, near)) for share, number, near in left_out if near]
    weights = dict[tuple[int, bool], Array]()
    for blinded in (True, False):
        of_kind = [one for one in curves if not by_blinding or one[0].place.blinded == blinded]
        weights |= {(number, blinded): _posterior(_own_or_near(of_kind, number)) for number in _NUMBERS}
    return weights


def _curve(share: Share, near: Sequence[Share]) -> Array:
    """Return the log density of a left-out angle at each standard deviation of the grid."""
    mean, variance = averaged(near, _GRID)
    spread = np.sqrt(variance + share.variance)
    return np.asarray(-0.5 * np.square((share.angle - mean) / spread) - np.log(spread))


def _own_or_near(curves: Sequence[tuple[Share, int, Array]], number: int) -> list[tuple[Share, Array]]:
    near, rest = [number], [one for one in _NUMBERS if one != number]
    while sum(of in near for _, of, _ in curves) < _FEW and rest:
        rest.sort(key=lambda one: (abs(one - number), -one))
        near.append(rest.pop(0))
    return [(share, curve) for share, of, curve in curves if of in near]


def _posterior(curves: Sequence[tuple[Share, Array]]) -> Array:
    """Return weights of the grid; clusters of studies count alike."""
    owners = [share.place.cluster for share, _ in curves]
    logs = -0.5 * np.square(_GRID / HALF_NORMAL)
    for share, curve in curves:
        logs = logs + curve / owners.count(share.place.cluster)
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def _predictive(near: Sequence[Share], weights: Array, n: int) -> Predictive:
    likely = weights > 1e-4
    shares = weights[likely] / weights[likely].sum()
    means, variances = averaged(near, _GRID[likely])
    angles, chances = [], []
    for mean, variance, weight in zip(means, variances, shares, strict=True):
        size = max(round(float(weight) * _POINTS), 1)
        angles.append(mean + np.sqrt(variance) * ndtri((np.arange(size) + 0.5) / size))
        chances.append(np.full(size, weight / size))
    return of_angles(np.concatenate(angles), np.concatenate(chances), n)

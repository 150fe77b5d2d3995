"""What the fields say of every study that was left out, and by how much they are too sure of it.

Scales that are learnt from some studies fit these better than the next one, and now and then a study is far off. Every
cluster of studies is therefore foretold from the others, scales and all, and the equally likely parts of what is said
get factors on their standard deviations at which left-out figures are foretold well: quantiles of the factors that make
a normal distribution one of Student's (a mixture of scales, Andrews and Mallows 1974, doi
10.1111/j.2517-6161.1974.tb00989.x), a mean over tails and widths by how probable they make what was observed, all
figures counting alike and together as much as there are clusters. A cluster that is scored has no say in its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.residual import ResidualField
from lupercal.validation.corrected import predictive
from lupercal.validation.places import Share
from lupercal.validation.residual import Likeliest, shared_figures, without_cluster
from lupercal.validation.scores import Predictive

Array = NDArray[np.float64]
WIDTHS = tuple(np.linspace(0.8, 1.6, 9).tolist())
"""Factors on all standard deviations that are compared, each as likely as another beforehand."""

TAILS = (4.0, 8.0, 16.0, np.inf)
"""Degrees of freedom that are compared, each as likely as another beforehand; infinity is the normal distribution."""

_STRIDE = 7
"""Parts take the quantiles of the factors in steps of so many, so that no draw's neighbours share its tail."""


@final
@dataclass(frozen=True, slots=True)
class UnseenShares:
    """Means and standard deviations of the parts of each share's angle, (parts,) each, from the other clusters.

    ``curves`` are the log scores of a cluster's figures at each of `factors_of`, (figures, choices).
    """

    parts: Mapping[Share, tuple[Array, Array]]
    curves: Mapping[str, Array]
    _widenings: dict[tuple[int, str], tuple[float, ...]] = dataclass_field(
        default_factory=dict, compare=False, repr=False
    )

    def widening(self, parts: int, but: str = "") -> tuple[float, ...]:
        """Return the factors on the standard deviations of so many parts that the clusters give, one left out."""
        if (parts, but) not in self._widenings:
            self._widenings[parts, but] = self._widening(parts, but)
        return self._widenings[parts, but]

    def _widening(self, parts: int, but: str) -> tuple[float, ...]:
        others = [curves for cluster, curves in self.curves.items() if cluster != but]
        if not others:
            return (1.0,) * parts
        logs = len(others) * np.mean(np.concatenate(others), axis=0)
        probable = np.exp(logs - logs.max())
        return tuple((probable @ factors_of(parts) / probable.sum()).tolist())

    def predictive(self, share: Share, factor: float = 1.0) -> Predictive:
        """Return the distribution of a share, as wide as the scales say, or wider by a factor."""
        means, spreads = self.parts[share]
        return predictive(means, factor * spreads, share.n)


def unseen_shares(
    field: ResidualField,
    scales: Likeliest,
    asked: Sequence[Share],
    told: Mapping[tuple[str, int], Array],
    fitted: frozenset[str],
    learnt: Iterable[Share],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> UnseenShares:
    """Return what is foretold of shares that the model can simulate, cluster by cluster.

    Parameters
    ----------
    field, scales
        The field of all shares that may be learnt from, not widened, and its scales.
    asked, learnt
        Shares that are foretold, and those whose clusters tell how sure one may be.
    told, fitted
        As for `shared_figures`.
    progress
        Called with how many clusters are done, and how many there are.
    """
    wanted = list(dict.fromkeys(one for one in (*asked, *learnt) if (one.place.study, one.index) in told))
    clusters = list(dict.fromkeys(one.place.cluster for one in wanted))
    usable, parts, curves = set(learnt), dict[Share, tuple[Array, Array]](), {}
    for done, cluster in enumerate(clusters):
        progress(done, len(clusters))
        of_cluster = [one for one in wanted if one.place.cluster == cluster]
        means, spreads = without_cluster(field, scales, cluster).predict(shared_figures(of_cluster, told, fitted))
        parts |= {one: (means[:, k], spreads[:, k]) for k, one in enumerate(of_cluster)}
        log_scores = [curve_of(one, *parts[one]) for one in of_cluster if one in usable]
        if log_scores:
            curves[cluster] = np.concatenate(log_scores)
    return UnseenShares(parts, curves)


@cache
def factors_of(parts: int) -> Array:
    """Return the factors on the standard deviations of so many parts by choice of tails and width, (choices, parts)."""
    from scipy.stats import chi2  # noqa: PLC0415 - slow to load

    step = _STRIDE if parts % _STRIDE else 1
    levels = ((np.arange(parts) * step) % parts + 0.5) / parts
    by_tails = [np.sqrt(tails / chi2.ppf(levels, tails)) if np.isfinite(tails) else np.ones(parts) for tails in TAILS]
    return np.array([width * factors for factors in by_tails for width in WIDTHS])


def curve_of(share: Share, means: Array, spreads: Array) -> Array:
    """Return the log score of what was observed at each of `factors_of`, (1, choices)."""
    count = min(max(round(share.events), 0), share.n)
    chances = [predictive(means, factors * spreads, share.n).chances[count] for factors in factors_of(len(means))]
    return np.log(np.maximum(chances, 1e-300))[None, :]

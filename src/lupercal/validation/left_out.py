"""What the fields say of every study that was left out, and by how much they are too sure of it.

Scales that are learnt from some studies fit these better than the next one. Every cluster of studies is therefore
foretold from the others, scales and all, and the factor on the standard deviations is taken at which left-out figures
are foretold well: a mean over the factors by how probable they make what was observed, all figures counting alike and
together as much as there are clusters. A cluster that is scored has no say in its own factor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.residual import ResidualField
from lupercal.validation.corrected import predictive
from lupercal.validation.places import Share
from lupercal.validation.residual import Likeliest, shared_figures, without_cluster
from lupercal.validation.scores import Predictive

Array = NDArray[np.float64]
FACTORS = np.linspace(0.8, 1.6, 17)
"""Factors on the standard deviations that are compared, each as likely as another beforehand."""


@final
@dataclass(frozen=True, slots=True)
class UnseenShares:
    """Means and standard deviations of the parts of each share's angle, (parts,) each, from the other clusters.

    ``curves`` are the log scores of a cluster's figures at each factor, (figures, factors).
    """

    shares: tuple[Share, ...]
    parts: tuple[tuple[Array, Array], ...]
    curves: Mapping[str, Array]

    def widening(self, but: str = "") -> float:
        """Return the factor on the standard deviations that the clusters give, one left out."""
        others = [curves for cluster, curves in self.curves.items() if cluster != but]
        if not others:
            return 1.0
        logs = len(others) * np.mean(np.concatenate(others), axis=0)
        probable = np.exp(logs - logs.max())
        return float(probable @ FACTORS / probable.sum())

    def predictive(self, share: Share) -> Predictive:
        """Return the distribution of a share, widened as the other clusters say."""
        means, spreads = self.parts[self.shares.index(share)]
        return predictive(means, self.widening(share.place.cluster) * spreads, share.n)


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
    """
    wanted = list(dict.fromkeys(one for one in (*asked, *learnt) if (one.place.study, one.index) in told))
    clusters = list(dict.fromkeys(one.place.cluster for one in wanted))
    usable, parts, curves = set(learnt), dict[Share, tuple[Array, Array]](), {}
    for done, cluster in enumerate(clusters):
        progress(done, len(clusters))
        own = [one for one in wanted if one.place.cluster == cluster]
        means, spreads = without_cluster(field, scales, cluster).predict(shared_figures(own, told, fitted))
        parts |= {one: (means[:, k], spreads[:, k]) for k, one in enumerate(own)}
        known = [curve_of(one, *parts[one]) for one in own if one in usable]
        if known:
            curves[cluster] = np.concatenate(known)
    return UnseenShares(tuple(parts), tuple(parts.values()), curves)


def curve_of(share: Share, means: Array, spreads: Array) -> Array:
    """Return the log score of what was observed at each factor, (1, factors)."""
    count = min(max(round(share.events), 0), share.n)
    told = [predictive(means, factor * spreads, share.n).chances[count] for factor in FACTORS]
    return np.log(np.maximum(told, 1e-300))[None, :]

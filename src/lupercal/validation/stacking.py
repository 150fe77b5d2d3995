"""Both fields of residuals, mixed by how well each foretells the figures of left-out studies.

Around the model and without it: which of the two a new figure is better foretold by is not known from the figures that
the parameters were fitted to. The weight is therefore found by stacking (Yao et al. 2018, doi 10.1214/17-BA1091): every
cluster of studies is foretold from the others, and the weight is the mean of those at which the mixture foretells them
well, apart for figures that the parameters were fitted to and for others. The few clusters would make the best weight
alone a matter of luck. A cluster that is scored has no say in its own weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.residual import Difference, ResidualField, without_model
from lupercal.validation.corrected import predictive
from lupercal.validation.places import Share
from lupercal.validation.residual import Likeliest, likeliest

Array = NDArray[np.float64]
_GRID = np.linspace(0.0, 1.0, 21)


@final
@dataclass(frozen=True, slots=True)
class Stacked:
    """The field of all figures, its likeliest scales with and without the model, and left-out chances by figure.

    ``left_out`` (F, 2) are the probabilities of what was observed, by the field around the model and the one without.
    """

    field: ResidualField
    seen: Likeliest
    unseen: Likeliest
    left_out: Array

    def without(self, cluster: str) -> ResidualField:
        """Return the field refitted without a cluster: figures, scales and weights."""
        inside = np.array([one.place.cluster == cluster for one in self.field.figures])
        others = [one for one, out in zip(self.field.figures, inside, strict=True) if not out]
        new, fitted = _weights(self.field.figures, np.where(inside[:, None], np.nan, self.left_out))
        return ResidualField(
            tuple(others),
            likeliest(others, near=self.seen).draws(),
            likeliest([without_model(one) for one in others], near=self.unseen).draws(),
            new,
            fitted,
        )


def stacked(shares: Sequence[Share], figures: Sequence[Difference], seed: int = 1) -> Stacked:
    """Return both fields of some shares with their weights; ``figures`` are the same, beside the model."""
    seen, unseen = likeliest(figures, seed), likeliest([without_model(one) for one in figures], seed)
    field = ResidualField(tuple(figures), seen.draws(), unseen.draws())
    left_out = np.full((len(figures), 2), np.nan)
    for cluster in dict.fromkeys(one.place.cluster for one in figures):
        own = [k for k, one in enumerate(figures) if one.place.cluster == cluster and one.modelled]
        if own:
            left_out[own] = _chances(field.without(cluster), [figures[k] for k in own], [shares[k] for k in own])
    new, fitted = _weights(figures, left_out)
    return Stacked(replace(field, weight=new, weight_fitted=fitted), seen, unseen, left_out)


def _chances(field: ResidualField, asked: Sequence[Difference], shares: Sequence[Share]) -> Array:
    """Return the probability of each observed share by the field around the model and by the one without, (F, 2)."""
    parts = [replace(field, weight=w, weight_fitted=w).conditioned().predict(asked) for w in (1.0, 0.0)]
    return np.array([[_chance(part, k, one) for part in parts] for k, one in enumerate(shares)])


def _chance(part: tuple[Array, Array, Array], place: int, share: Share) -> float:
    means, spreads, weights = (one[:, place] for one in part)
    return float(predictive(means, spreads, weights, share.n).chances[_count(share)])


def _count(share: Share) -> int:
    return min(max(round(share.events), 0), share.n)


def _weights(figures: Sequence[Difference], left_out: Array) -> tuple[float, float]:
    """Return the weights of the field around the model: for figures that were not fitted, and for those that were."""
    fitted = np.array([one.fitted for one in figures])
    return _best(left_out[~fitted], figures, ~fitted), _best(left_out[fitted], figures, fitted)


def _best(chances: Array, figures: Sequence[Difference], chosen: NDArray[np.bool_]) -> float:
    """Return the mean weight given left-out figures, every weight alike before them and every cluster one figure."""
    known = np.isfinite(chances).all(axis=1)
    owners = np.array([one.place.cluster for one in figures])[chosen][known]
    counts: Mapping[str, int] = dict(zip(*np.unique(owners, return_counts=True), strict=True))
    alike = np.array([1.0 / counts[one] for one in owners])
    logs = np.log(chances[known, :1] * _GRID + chances[known, 1:] * (1 - _GRID))
    of_weight = alike @ logs
    probable = np.exp(of_weight - of_weight.max())
    return float(probable @ _GRID / probable.sum())

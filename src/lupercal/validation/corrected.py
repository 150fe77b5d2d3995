"""What is foretold of a share by model and evidence: both fields, the model alone and the statistician, as believed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.left_out_field import LeftOutField
from lupercal.evidence.residual import ResidualField, Stack
from lupercal.evidence.unexplained import Estimated, Unexplained
from lupercal.validation.meta_analysis import Statistician, statistician
from lupercal.validation.places import Share
from lupercal.validation.residual import shared_figures
from lupercal.validation.scores import Predictive, of_angles
from lupercal.validation.stacking import stacked

Array = NDArray[np.float64]
DRAWN = 1280
"""Equally likely results of a study of the observed size."""

_NODES = 80


@final
@dataclass(frozen=True, slots=True)
class ShareForecaster:
    """What foretells the shares of a cluster from those of all others, and how much each forecaster is believed."""

    fields: LeftOutField
    wise: Statistician
    stack: Stack
    apart: Estimated

    @classmethod
    def of(cls, field: ResidualField, learnt: Sequence[Share], apart: Estimated) -> ShareForecaster | None:
        """Return the forecaster of a field, of shares that may be learnt from and of what is unexplained.

        None where the field has no figures.
        """
        if not field.figures:
            return None
        # believing less in the fields, as left-out clusters ask for, takes the place of wider ones
        return cls(
            LeftOutField.of(replace(field, widening=())), statistician(learnt, by_blinding=True),
            field.stack or Stack.even(), apart,
        )  # fmt: skip

    def predict(self, shares: Sequence[Share], told: Sequence[Array], fitted: Collection[str]) -> list[Predictive]:
        """Return the distributions of shares of one cluster, whatever was observed there.

        Parameters
        ----------
        shares, told
            Places with sizes, and the fractions that the sets predict, (S,) each.
        fitted
            Figures that the parameters were fitted to, as ``study#row``.
        """
        by: Mapping[tuple[str, int], Array] = {
            (share.place.study, share.index): fraction for share, fraction in zip(shares, told, strict=True)
        }
        means, spreads = self.fields.predict_without(shares[0].place.cluster, shared_figures(shares, by, fitted))
        return [
            self._one(
                share,
                fraction,
                predictive(means[:, k], self.stack.spread * spreads[:, k], share.n),
                share.key in fitted,
            )
            for k, (share, fraction) in enumerate(zip(shares, told, strict=True))
        ]

    def _one(self, share: Share, told: Array, by_fields: Predictive, fitted: bool) -> Predictive:
        likeness, by_others = self.wise.predict(share)
        apart = self.apart.of(share.place.study, fitted=fitted).wider(self.stack.spread)
        by_model = alone(told, apart, share.n)
        return stacked((by_fields, by_model, by_others), self.stack, likeness, blinded=share.place.blinded)


def predictive(means: Array, spreads: Array, n: int) -> Predictive:
    """Return the distribution of a count of n from an equal mixture of normal distributions of its angle, (parts,)."""
    nodes, of_nodes = np.polynomial.hermite_e.hermegauss(31)
    points = means[:, None] + spreads[:, None] * nodes[None, :]
    return of_angles(points.ravel(), np.broadcast_to(of_nodes / of_nodes.sum(), points.shape).ravel(), n)


def alone(fractions: Array, apart: Unexplained, n: int) -> Predictive:
    """Return what the model says of a share: its sets, and what is unexplained around each."""
    by, weights = apart.nodes()
    coarse = np.add.reduceat(weights, range(0, len(by), len(by) // _NODES))
    middle = by[len(by) // _NODES // 2 :: len(by) // _NODES]
    angles = np.arcsin(np.sqrt(fractions))[:, None] + apart.share * middle[None, :]
    return of_angles(angles.ravel(), np.broadcast_to(coarse, angles.shape).ravel(), n)


def results_drawn(told: Predictive, whole: float) -> Array:
    """Return equally likely results in the unit of the row, of which ``whole`` is all patients, (DRAWN,)."""
    counts = np.searchsorted(np.cumsum(told.chances), (np.arange(DRAWN) + 0.5) / DRAWN)
    return np.asarray(np.minimum(counts, told.n) * whole / told.n, np.float64)

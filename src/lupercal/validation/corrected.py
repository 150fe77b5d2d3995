"""What the model says of a share together with the residual of its place."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.left_out_field import LeftOutField
from lupercal.validation.places import Share
from lupercal.validation.residual import shared_figures
from lupercal.validation.scores import Predictive, of_angles

Array = NDArray[np.float64]
DRAWN = 1280
"""Equally likely results of a study of the observed size."""


def corrected(
    field: LeftOutField, shares: Sequence[Share], told: Sequence[Array], fitted: Collection[str]
) -> list[Predictive]:
    """Return the distributions of shares of one cluster by model and residual, whatever was observed there.

    Parameters
    ----------
    field
        The residuals; those of studies that share patients with these have no say.
    shares, told
        Places with sizes, and the fractions that the sets predict, (S,) each.
    fitted
        Figures that the parameters were fitted to, as ``study#row``.
    """
    by = {(share.place.study, share.index): fraction for share, fraction in zip(shares, told, strict=True)}
    means, spreads = field.predict_without(shares[0].place.cluster, shared_figures(shares, by, fitted))
    return [predictive(means[:, k], spreads[:, k], share.n) for k, share in enumerate(shares)]


def predictive(means: Array, spreads: Array, n: int) -> Predictive:
    """Return the distribution of a count of n from an equal mixture of normal distributions of its angle, (parts,)."""
    nodes, of_nodes = np.polynomial.hermite_e.hermegauss(31)
    points = means[:, None] + spreads[:, None] * nodes[None, :]
    return of_angles(points.ravel(), np.broadcast_to(of_nodes / of_nodes.sum(), points.shape).ravel(), n)


def results_drawn(told: Predictive, whole: float) -> Array:
    """Return equally likely results in the unit of the row, of which ``whole`` is all patients, (DRAWN,)."""
    counts = np.searchsorted(np.cumsum(told.chances), (np.arange(DRAWN) + 0.5) / DRAWN)
    return np.asarray(np.minimum(counts, told.n) * whole / told.n, np.float64)

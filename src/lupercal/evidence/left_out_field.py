"""The residual without one cluster of studies after another, its scales as they are, from one inverse a draw.

What all but some figures say follows from the inverse of the covariance of all (block inversion; for one figure at a
time Sundararajan and Keerthi 2001, doi 10.1162/08997660151134343), so that nothing is factored anew for a cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.random_effects import (
    MIDDLE,
    SharedFigure,
    bases,
    itself_variance,
    known_angles,
    known_covariance,
    simulated_of,
)
from lupercal.evidence.residual import ResidualField, Witnesses, by_draw, covariances_with, said_by_model

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class LeftOutField:
    """A field with the inverse covariance of all that is known and what it makes of it, by draw."""

    field: ResidualField
    inverses: tuple[Array, ...]
    weights: tuple[Array, ...]

    @classmethod
    def of(cls, field: ResidualField) -> LeftOutField:
        """Return a field of at least one figure, inverted once for each draw."""
        angles, within = known_angles(field.figures), bases(field.figures, field.figures)
        inverses = tuple(
            np.asarray(np.linalg.inv(known_covariance(field.figures, within, draw)), np.float64) for draw in field.draws
        )
        return cls(field, inverses, tuple(one @ angles for one in inverses))

    def predict_without(self, cluster: str, asked: Sequence[SharedFigure]) -> tuple[Array, Array]:
        """Return means and standard deviations of true angles from all figures but a cluster's, (draws x places) each.

        Parameters
        ----------
        cluster
            Whose figures have no say.
        asked
            Places with what the model says there; what was observed is not looked at.
        """
        figures = self.field.figures
        out = np.array([one.place.cluster == cluster for one in figures], bool)
        left = np.concatenate([out, out[simulated_of(figures)]])
        cross = bases(asked, figures)
        model, heard = said_by_model(asked)
        parts = [self._draw(draw, asked, cross, left).true_angles(model, heard) for draw in range(len(self.inverses))]
        return by_draw(parts, self.field.widening)

    def _draw(self, draw: int, asked: Sequence[SharedFigure], cross: Array, left: NDArray[np.bool_]) -> Witnesses:
        scales, inverse, weights = self.field.draws[draw], self.inverses[draw], self.weights[draw]
        of_truth, of_model = (
            np.where(left, 0.0, x) for x in covariances_with(asked, self.field.figures, cross, scales)
        )
        block = np.linalg.inv(inverse[np.ix_(left, left)]) if left.any() else np.zeros((0, 0))
        by_truth, by_model = of_truth @ inverse, of_model @ inverse
        # what the figures left out had added is taken away again
        gone_truth, gone_model = by_truth[:, left] @ block, by_model[:, left] @ block
        truth, error = itself_variance(asked, np.ones((len(cross), len(asked))), scales)
        mean_truth = of_truth @ weights - gone_truth @ weights[left]
        mean_model = of_model @ weights - gone_model @ weights[left]
        told_truth = (by_truth * of_truth).sum(axis=1) - (gone_truth * by_truth[:, left]).sum(axis=1)
        told_model = (by_model * of_model).sum(axis=1) - (gone_model * by_model[:, left]).sum(axis=1)
        told_both = (by_truth * of_model).sum(axis=1) - (gone_truth * by_model[:, left]).sum(axis=1)
        return Witnesses(
            MIDDLE + mean_truth, MIDDLE + mean_model, truth - told_truth, truth + error - told_model,
            truth - told_both, mean_model - mean_truth,
        )  # fmt: skip

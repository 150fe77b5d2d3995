"""Random effects over the places where figures stand: who shares what, and the covariances that follow.

Two fields have the same random effects and scales of their own: true angles (arcsin sqrt p) of shares, and the errors
of the model about them (`lupercal.evidence.residual`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lupercal.evidence.places import Place

Array = NDArray[np.float64]
NEAR_IN_TIME = 0.7
"""Length of the correlation in time, on log(day + 30): half a year and a year have 0.69."""

MIDDLE = float(np.pi / 4)
"""Angle of a share of one half, around which both fields lie."""

SHARED: Mapping[str, tuple[str, ...]] = {
    "level": (),
    "family": ("family",),
    "family_kind": ("family", "kind"),
    "end_point": ("end_point",),
    "treatment": ("treatment", "kind"),
    "end_point_treatment": ("end_point", "treatment", "kind"),
    "end_point_kind_time": ("end_point", "kind"),
    "study": ("study",),
    "study_end_point": ("study", "end_point"),
}
"""Random effects of either field: figures that agree in these parts of their place share one."""

TRUTH = (*SHARED, "own")
ERROR = (*SHARED, "own", "sets")
SCALES = (*(f"truth.{one}" for one in (*TRUTH, "cells")), *(f"error.{one}" for one in (*ERROR, "fitted", "cells")))
"""Names of the scales: standard deviations of the random effects of the true angles and of the model's errors, and of a
figure alone; factors on the spread of the accepted sets, on errors at fitted figures, and on either about cells."""


@final
class SharedFigure(BaseModel):
    """One figure: its place, the angle observed, its ``variance`` by chance, what the model says.

    ``model`` is the mean angle over the accepted sets, None where the model cannot simulate the figure, and ``spread``
    its variance between them. ``fitted`` says whether the parameters were fitted to it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    place: Place
    angle: float
    variance: Annotated[float, Field(gt=0)]
    model: float | None
    spread: Annotated[float, Field(ge=0)]
    fitted: bool


def simulated_of(figures: Sequence[SharedFigure]) -> NDArray[np.intp]:
    """Return the places of the figures that the model can simulate."""
    return np.flatnonzero([one.model is not None for one in figures])


def known_angles(figures: Sequence[SharedFigure]) -> Array:
    """Return the angles observed, and after them the model's, around `MIDDLE`."""
    said = [one.model for one in figures if one.model is not None]
    return np.array([*(one.angle for one in figures), *said]) - MIDDLE


def known_covariance(figures: Sequence[SharedFigure], of: Array, scales: Mapping[str, float]) -> Array:
    """Return the covariance of `known_angles`, chance and all; ``of`` are the figures' `bases` with themselves."""
    count, simulated = len(figures), simulated_of(figures)
    truth, error = field_covariance(figures, of, scales, "truth"), field_covariance(figures, of, scales, "error")
    whole = np.concatenate([np.arange(count), simulated])
    total = truth[np.ix_(whole, whole)]
    total[count:, count:] += error[np.ix_(simulated, simulated)]
    total[np.arange(count), np.arange(count)] += [one.variance for one in figures]
    return np.asarray(total)


def field_covariance(figures: Sequence[SharedFigure], of: Array, scales: Mapping[str, float], side: str) -> Array:
    """Return the covariance of the true angles (``truth``) or of the model's errors (``error``), (A, A)."""
    weight = amplitude(figures, scales, side)
    total = covariance(of, scales, side) + np.diag(own_variance(figures, scales, side))
    return np.asarray(weight[:, None] * total * weight)


def itself_variance(figures: Sequence[SharedFigure], itself: Array, scales: Mapping[str, float]) -> tuple[Array, Array]:
    """Return the variances of true angles and of errors before anything is known, (A,) each."""
    truth, error = (
        np.square(amplitude(figures, scales, side))
        * (covariance(itself, scales, side) + own_variance(figures, scales, side))
        for side in ("truth", "error")
    )
    return truth, error


def bases(one: Sequence[SharedFigure], other: Sequence[SharedFigure]) -> Array:
    """Return who shares each random effect, (effects, A, B)."""
    near = np.exp(-0.5 * np.square((_log_days(one)[:, None] - _log_days(other)) / NEAR_IN_TIME))
    timed = list(SHARED).index("end_point_kind_time")
    shared = [_same(one, other, parts) for parts in SHARED.values()]
    shared[timed] = shared[timed] * near
    return np.stack(shared)


def covariance(of: Array, scales: Mapping[str, float], side: str) -> Array:
    """Return the sum of the random effects of a field, from their `bases`, before `amplitude`."""
    return np.tensordot([scales[f"{side}.{name}"] ** 2 for name in SHARED], of, axes=1)


def own_variance(figures: Sequence[SharedFigure], scales: Mapping[str, float], side: str) -> Array:
    """Return the variance that a figure shares with no other, (A,), before `amplitude`."""
    spread = np.array([one.spread for one in figures])
    sets = scales["error.sets"] ** 2 * spread if side == "error" else 0.0 * spread
    return np.asarray(scales[f"{side}.own"] ** 2 + sets)


def amplitude(figures: Sequence[SharedFigure], scales: Mapping[str, float], side: str) -> Array:
    """Return by what a field is larger or smaller for each figure, (A,)."""
    cells = np.where([one.place.cells for one in figures], scales[f"{side}.cells"], 1.0)
    if side == "truth":
        return cells
    return np.asarray(cells * np.where([one.fitted for one in figures], scales["error.fitted"], 1.0))


def _same(one: Sequence[SharedFigure], other: Sequence[SharedFigure], parts: tuple[str, ...]) -> Array:
    first, second = ([tuple(getattr(x.place, part) for part in parts) for x in side] for side in (one, other))
    number = {key: k for k, key in enumerate(dict.fromkeys((*first, *second)))}
    return np.asarray(
        np.array([number[key] for key in first])[:, None] == np.array([number[key] for key in second]), np.float64
    )


def _log_days(figures: Sequence[SharedFigure]) -> Array:
    return np.log(np.array([one.place.day for one in figures]) + 30.0)

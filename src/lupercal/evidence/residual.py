"""How published shares differ from the model, as a field over the places where figures stand: data and arithmetic.

Every figure a fit may use has a difference between observed and model on arcsin sqrt p. A sum of random effects says
how such differences hang together: those of one family of end points, of one end point and kind of arm (the nearer in
time the more), of one treatment, of one study, and one slope, since a model that says much more or less than usual is
not to be taken at its word. Given the figures, the difference at a new place is normal (a Gaussian process, Rasmussen
and Williams 2006, ISBN 026218253X; best linear unbiased prediction, Robinson 1991, doi 10.1214/ss/1177011926): near
evidence it is known and small, far from it it is what studies usually differ by. Cells have a scale of their own, and
figures that the parameters were fitted to another, since they lie nearer to the model than new ones will.

Figures of arms that the model cannot simulate help, too: in place of the model stands the mean of what it says of like
figures, with a variance of its own. Scales are several equally likely draws, so that what few figures say of them
shows. They are estimated by `lupercal.validation.residual` and ship with the ensemble.

Whether to take the model's word at all at a place like none before is left open: a second field, which knows the same
figures but no model, stands beside the first, and both are mixed by a weight that was found by foretelling figures of
left-out studies (stacking of predictive distributions, Yao et al. 2018, doi 10.1214/17-BA1091), one for figures that
the parameters were fitted to and one for all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lupercal.evidence.parameter_sets import FILE as ENSEMBLE
from lupercal.evidence.parameters import parameter_hash
from lupercal.evidence.places import Place
from lupercal.evidence.studies import studies
from lupercal.evidence.unexplained import hash_of
from lupercal.files.checked import read_as
from lupercal.files.hashing import content_hash

Array = NDArray[np.float64]
FILE = ENSEMBLE.with_name("residual.yaml")
NEAR_IN_TIME = 0.7
"""Length of the correlation in time, on log(day + 30): half a year and a year have 0.69."""

MIDDLE = 0.7
"""Angle around which the slope turns, a share of about 0.41."""

SHARED: Mapping[str, tuple[str, ...]] = {
    "family": ("family",),
    "family_kind": ("family", "kind"),
    "end_point": ("end_point",),
    "treatment": ("treatment", "kind"),
    "end_point_treatment": ("end_point", "treatment", "kind"),
    "end_point_kind_time": ("end_point", "kind"),
    "study": ("study",),
    "study_end_point": ("study", "end_point"),
}
"""Random effects: figures that agree in these parts of their place share one."""

SCALES = (*SHARED, "slope", "own", "not_modelled", "sets", "fitted", "cells")
"""Names of the scales: standard deviations of the random effects and of the slope, of a figure alone and of one the
model cannot simulate; factors on the spread of the accepted sets, on what was fitted, and on what is about cells."""


@final
class Difference(BaseModel):
    """One figure: its place, the angle observed, its ``variance`` by chance, what the model says.

    ``model`` is the mean angle over the accepted sets and ``spread`` its variance between them; where the model cannot
    simulate the figure ``modelled`` is False and ``model`` that of like figures. ``fitted`` says whether the parameters
    were fitted to it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    place: Place
    angle: float
    variance: Annotated[float, Field(gt=0)]
    model: float
    spread: Annotated[float, Field(ge=0)]
    modelled: bool
    fitted: bool


@final
class Residual(BaseModel):
    """What ships: draws of the scales, the figures, and of what ensemble, parameters and studies they are.

    ``draws`` are those of the field around the model, ``blind_draws`` those of the field without it; ``weight`` is that
    of the first, ``weight_fitted`` the same for figures that the parameters were fitted to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    ensemble: str
    parameters: str
    studies: str
    sets: Annotated[int, Field(ge=1)]
    patients_per_arm: Annotated[int, Field(ge=1)]
    seed: int
    draws: tuple[Mapping[str, float], ...]
    blind_draws: tuple[Mapping[str, float], ...]
    weight: Annotated[float, Field(ge=0, le=1)]
    weight_fitted: Annotated[float, Field(ge=0, le=1)]
    figures: tuple[Difference, ...]

    def is_current(self) -> bool:
        """Return whether ensemble, parameter data and studies are still those it was estimated with."""
        return (self.ensemble, self.parameters, self.studies) == (hash_of(ENSEMBLE), parameter_hash(), studies_hash())


@final
@dataclass(frozen=True, slots=True)
class ResidualField:
    """Figures, draws of the scales with and without the model, and the weights of the field with it."""

    figures: tuple[Difference, ...]
    draws: tuple[Mapping[str, float], ...]
    blind_draws: tuple[Mapping[str, float], ...] = ()
    weight: float = 1.0
    weight_fitted: float = 1.0

    def without(self, cluster: str) -> ResidualField:
        """Return the field without the figures of one cluster of studies; scales and weights stay."""
        return replace(self, figures=tuple(one for one in self.figures if one.place.cluster != cluster))

    def conditioned(self) -> ConditionedField:
        """Return the field with all that does not depend on what is asked worked out."""
        seen = OneField.of(self.figures, self.draws)
        unseen = OneField.of([without_model(one) for one in self.figures], self.blind_draws)
        return ConditionedField(seen, unseen, self.weight, self.weight_fitted)

    def predict(self, asked: Sequence[Difference]) -> tuple[Array, Array, Array]:
        """Return `ConditionedField.predict`, once."""
        return self.conditioned().predict(asked)


@final
@dataclass(frozen=True, slots=True)
class ConditionedField:
    """Both fields, ready for many questions."""

    seen: OneField
    unseen: OneField
    weight: float
    weight_fitted: float

    def predict(self, asked: Sequence[Difference]) -> tuple[Array, Array, Array]:
        """Return means, standard deviations and weights of normal parts of the true angles, each (parts x places).

        Parameters
        ----------
        asked
            Places with what the model says there; what was observed is not looked at.
        """
        parts = [self.seen.predict(asked)]
        trusted = np.array([self.weight_fitted if one.fitted else self.weight for one in asked])
        weights = [np.broadcast_to(trusted / len(self.seen.draws), parts[0][0].shape)]
        if self.unseen.draws:
            parts.append(self.unseen.predict([without_model(one) for one in asked]))
            weights.append(np.broadcast_to((1 - trusted) / len(self.unseen.draws), parts[1][0].shape))
        means, spreads = (np.concatenate(side) for side in zip(*parts, strict=True))
        whole = np.concatenate(weights)
        return means, spreads, whole / whole.sum(axis=0)


def without_model(one: Difference) -> Difference:
    """Return a figure as if the model said nothing of it or of any other."""
    return one.model_copy(update={"model": float(np.pi / 4), "modelled": False, "fitted": False, "spread": 0.0})


@final
@dataclass(frozen=True, slots=True)
class OneField:
    """Figures and draws with the factors of their covariances and what these say, by draw."""

    figures: tuple[Difference, ...]
    draws: tuple[Mapping[str, float], ...]
    factors: tuple[tuple[Array, bool], ...]
    solved: tuple[Array, ...]

    @classmethod
    def of(cls, figures: Sequence[Difference], draws: Sequence[Mapping[str, float]]) -> OneField:
        """Return the field of some figures."""
        from scipy.linalg import cho_factor, cho_solve  # noqa: PLC0415 - slow to load

        away = np.array([one.angle - one.model for one in figures])
        within = bases(figures, figures)
        factors = (
            [cho_factor(observed_covariance(figures, within, draw), lower=True) for draw in draws] if len(away) else []
        )
        return cls(tuple(figures), tuple(draws), tuple(factors), tuple(cho_solve(one, away) for one in factors))

    def predict(self, asked: Sequence[Difference]) -> tuple[Array, Array]:
        """Return means and standard deviations of the true angles at new places, each (draws x places)."""
        cross = bases(asked, self.figures)
        itself = np.stack([np.diag(one) for one in bases(asked, asked)])
        told = [self._one(asked, cross, itself, place) for place in range(len(self.draws))]
        return np.stack([mean for mean, _ in told]), np.stack([spread for _, spread in told])

    def _one(self, asked: Sequence[Difference], cross: Array, itself: Array, draw: int) -> tuple[Array, Array]:
        from scipy.linalg import cho_solve  # noqa: PLC0415 - slow to load

        scales, weight = self.draws[draw], amplitude(asked, self.draws[draw])
        trend = np.array([one.model for one in asked])
        prior = weight**2 * (covariance(itself, scales) + own_variance(asked, scales))
        if not self.factors:
            return trend, np.sqrt(prior)
        shared = weight[:, None] * covariance(cross, scales) * amplitude(self.figures, scales)
        known = np.einsum("ij,ji->i", shared, cho_solve(self.factors[draw], shared.T))
        return trend + shared @ self.solved[draw], np.sqrt(np.maximum(prior - known, 1e-8))


def bases(one: Sequence[Difference], other: Sequence[Difference]) -> Array:
    """Return who shares each random effect, and the slope, (effects + 1, A, B)."""
    near = np.exp(-0.5 * np.square((_log_days(one)[:, None] - _log_days(other)) / NEAR_IN_TIME))
    found = [_same(one, other, parts) for parts in SHARED.values()]
    timed = list(SHARED).index("end_point_kind_time")
    found[timed] = found[timed] * near
    return np.stack([*found, _off_middle(one)[:, None] * _off_middle(other)])


def covariance(of: Array, scales: Mapping[str, float]) -> Array:
    """Return the sum of the random effects and the slope, from their `bases`, before `amplitude`."""
    return np.tensordot([scales[name] ** 2 for name in (*SHARED, "slope")], of, axes=1)


def own_variance(figures: Sequence[Difference], scales: Mapping[str, float]) -> Array:
    """Return the variance that a figure shares with no other, (A,), before `amplitude`."""
    unlike = np.array([not one.modelled for one in figures], np.float64)
    spread = np.array([one.spread for one in figures])
    return np.asarray(scales["own"] ** 2 + scales["not_modelled"] ** 2 * unlike + scales["sets"] ** 2 * spread)


def amplitude(figures: Sequence[Difference], scales: Mapping[str, float]) -> Array:
    """Return by what the field is larger or smaller for each figure, (A,)."""
    factors = [
        (scales["cells"] if one.place.cells else 1.0) * (scales["fitted"] if one.fitted else 1.0) for one in figures
    ]
    return np.array(factors)


def observed_covariance(figures: Sequence[Difference], of: Array, scales: Mapping[str, float]) -> Array:
    """Return the covariance of observed figures, chance and all, (A, A)."""
    weight = amplitude(figures, scales)
    found = weight[:, None] * covariance(of, scales) * weight
    found[np.diag_indices(len(figures))] += weight**2 * own_variance(figures, scales) + [x.variance for x in figures]
    return np.asarray(found)


def _same(one: Sequence[Difference], other: Sequence[Difference], parts: tuple[str, ...]) -> Array:
    first, second = ([tuple(getattr(x.place, part) for part in parts) for x in side] for side in (one, other))
    number = {key: k for k, key in enumerate(dict.fromkeys((*first, *second)))}
    return np.asarray(
        np.array([number[key] for key in first])[:, None] == np.array([number[key] for key in second]), np.float64
    )


def _log_days(figures: Sequence[Difference]) -> Array:
    return np.log(np.array([one.place.day for one in figures]) + 30.0)


def _off_middle(figures: Sequence[Difference]) -> Array:
    return np.array([(one.model - MIDDLE) * one.modelled for one in figures])


@cache
def shipped_residual() -> ResidualField | None:
    """Return what ships with the ensemble; None where nothing does, or where it is out of date."""
    if not FILE.is_file():
        return None
    found = read_as(FILE, Residual)
    if not found.is_current():
        return None
    return ResidualField(found.figures, found.draws, found.blind_draws, found.weight, found.weight_fitted)


@cache
def shipped_conditioned() -> ConditionedField | None:
    """Return `shipped_residual` ready for many questions."""
    field = shipped_residual()
    return None if field is None else field.conditioned()


@cache
def studies_hash() -> str:
    """Return what tells one collection of studies, as they are fitted, from another."""
    return content_hash(*(repr(one) for one in studies().values()))

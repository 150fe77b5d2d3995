"""What published shares say of a new one beside the model: two fields over the places where figures stand.

Two witnesses speak of the true angle (arcsin sqrt p) of a share. *Studies report* like shares at like places: the true
angles of one family of end points, of one end point and kind of arm (the nearer in time the more), of one treatment, of
one study hang together. *The model* says an angle of its own, off the truth by an error, and such errors hang together
in the same way. Both are sums of random effects over what places share (Gaussian processes, Rasmussen and Williams
2006, ISBN 026218253X; best linear unbiased prediction, Robinson 1991, doi 10.1214/ss/1177011926), independent of each
other. Given the figures that a fit may use, and what the model says of them, the true angle at a new place is normal:
near evidence it is known, far from it it is the model's, drawn to what studies usually report as much as the model
usually errs. Nobody weighs the two by hand: their scales do.

The model's errors have a scale of their own about cells, and one where the parameters were fitted to the figure; true
angles have one about cells. Scales are several equally likely draws, so that what few figures say of them shows. They
are estimated by `lupercal.validation.residual` and ship with the ensemble.

A study is foretold by both witnesses (`ConditionedField.predict`). A person is not drawn to what studies report of
others: the model's word on people like them is corrected by its error alone (`ConditionedField.corrected`).
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
from lupercal.evidence.random_effects import (
    MIDDLE,
    SharedFigure,
    amplitude,
    bases,
    covariance,
    itself_variance,
    known_angles,
    known_covariance,
    simulated_of,
)
from lupercal.evidence.studies import studies
from lupercal.evidence.unexplained import hash_of
from lupercal.files.checked import read_as
from lupercal.files.hashing import content_hash, package_hash
from lupercal.files.kept import kept

Array = NDArray[np.float64]
FILE = ENSEMBLE.with_name("residual.yaml")
LEAST_VARIANCE = 1e-8
"""Below it a variance of an angle is rounding."""

FORETELLERS = ("fields", "model", "meta-analysis")
"""Who foretells a share: both witnesses, the model alone, the statistician."""

NEAR = 2
"""Classes of likeness (`lupercal.validation.meta_analysis.CLASSES`) whose shares are near evidence."""


BLINDED, OPEN, FAR = "near evidence, double blind", "near evidence, open", "far from evidence"
"""Kinds of shares whose mixture is narrowed apart."""


@final
class Stack(BaseModel):
    """How much each of `FORETELLERS` is believed about shares with evidence near, and about others; each sums to 1.

    A mixture is wider than its parts: ``spread`` is a factor on the standard deviations of fields and model, and
    ``focus`` the parameter of the beta distribution that the mixture is narrowed by, by kind of share (1 leaves it).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    near: Mapping[str, Annotated[float, Field(ge=0, le=1)]]
    far: Mapping[str, Annotated[float, Field(ge=0, le=1)]]
    spread: Annotated[float, Field(gt=0)] = 1.0
    focus: Mapping[str, Annotated[float, Field(gt=0)]] = {}

    @classmethod
    def even(cls) -> Stack:
        """Return equal belief in all."""
        equal = dict.fromkeys(FORETELLERS, 1.0 / len(FORETELLERS))
        return cls(near=equal, far=equal)

    def weights(self, likeness: int) -> Array:
        """Return the weights of `FORETELLERS` for a share whose nearest evidence is of a class, adding up to 1."""
        by = self.near if likeness <= NEAR else self.far
        weights = np.array([by[name] for name in FORETELLERS])
        return np.asarray(weights / weights.sum())

    def focused(self, likeness: int, *, blinded: bool) -> float:
        """Return the parameter by which the mixture is narrowed for a share of a class, in a blinded study or not."""
        return self.focus.get(kind_of_share(likeness, blinded=blinded), 1.0)


def kind_of_share(likeness: int, *, blinded: bool) -> str:
    """Return which kind of share one is, by the class of its nearest evidence and the blinding of its study."""
    return FAR if likeness > NEAR else BLINDED if blinded else OPEN


@final
class Residual(BaseModel):
    """What ships: draws of the scales, the figures, and of what ensemble, parameters and studies they are.

    ``widening`` is by what left-out studies lie further from what is foretold than scales learnt from the others say,
    a factor on the standard deviations of each draw; ``stack`` how much the fields are believed beside others.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    ensemble: str
    parameters: str
    studies: str
    sets: Annotated[int, Field(ge=1)]
    patients_per_arm: Annotated[int, Field(ge=1)]
    seed: int
    draws: tuple[Mapping[str, float], ...]
    widening: tuple[Annotated[float, Field(gt=0)], ...]
    stack: Stack
    figures: tuple[SharedFigure, ...]

    def field(self) -> ResidualField:
        """Return the field that it tells of."""
        return ResidualField(self.figures, self.draws, self.widening, self.stack)

    def is_current(self) -> bool:
        """Return whether ensemble, parameter data and studies are still those it was estimated with."""
        return (self.ensemble, self.parameters, self.studies) == (hash_of(ENSEMBLE), parameter_hash(), studies_hash())


@final
@dataclass(frozen=True, slots=True)
class ResidualField:
    """Figures, equally likely draws of the scales, a factor on the standard deviations of each (none means 1), and how
    much the fields are believed beside other forecasters of a share (None where that was not learnt)."""

    figures: tuple[SharedFigure, ...]
    draws: tuple[Mapping[str, float], ...]
    widening: tuple[float, ...] = ()
    stack: Stack | None = None

    def without(self, cluster: str) -> ResidualField:
        """Return the field without the figures of one cluster of studies; scales stay."""
        return replace(self, figures=tuple(one for one in self.figures if one.place.cluster != cluster))

    def conditioned(self) -> ConditionedField:
        """Return the field with all that does not depend on what is asked worked out."""
        return ConditionedField.of(self.figures, self.draws, self.widening)

    def predict(self, asked: Sequence[SharedFigure]) -> tuple[Array, Array]:
        """Return `ConditionedField.predict`, once."""
        return self.conditioned().predict(asked)


@final
@dataclass(frozen=True, slots=True)
class ConditionedField:
    """Figures and draws, with the factor of the covariance of all that is known and what it says, by draw.

    Known are the angles of all figures and after them the model's of those it can simulate (``simulated``, their
    places).
    """

    figures: tuple[SharedFigure, ...]
    draws: tuple[Mapping[str, float], ...]
    widening: tuple[float, ...]
    simulated: NDArray[np.intp]
    factors: tuple[Array, ...]
    solved: tuple[Array, ...]

    @classmethod
    def of(
        cls, figures: Sequence[SharedFigure], draws: Sequence[Mapping[str, float]], widening: tuple[float, ...]
    ) -> ConditionedField:
        """Return the field of some figures."""
        from scipy.linalg import cholesky, solve_triangular  # noqa: PLC0415 - slow to load

        simulated, angles, within = simulated_of(figures), known_angles(figures), bases(figures, figures)
        factors, solved = [], []
        for draw in draws if figures else ():
            factors.append(cholesky(known_covariance(figures, within, draw), lower=True))
            solved.append(solve_triangular(factors[-1], angles, lower=True))
        return cls(tuple(figures), tuple(draws), widening, simulated, tuple(factors), tuple(solved))

    def predict(self, asked: Sequence[SharedFigure]) -> tuple[Array, Array]:
        """Return means and standard deviations of the true angles at new places, each (draws x places).

        Parameters
        ----------
        asked
            Places with what the model says there; what was observed is not looked at.
        """
        model, heard = said_by_model(asked)
        return by_draw([one.true_angles(model, heard) for one in self._told(asked)], self.widening)

    def corrected(self, asked: Sequence[SharedFigure]) -> tuple[Array, Array]:
        """Return means and standard deviations of the model's angle less its error at new places, (draws x places)."""
        model, _ = said_by_model(asked)
        return by_draw([one.less_error(model) for one in self._told(asked)], self.widening)

    def _told(self, asked: Sequence[SharedFigure]) -> list[Witnesses]:
        cross = bases(asked, self.figures)
        itself = np.ones((len(cross), len(asked)))  # a place shares every random effect with itself
        return [self._one(asked, cross, itself, draw) for draw in range(len(self.draws))]

    def _one(self, asked: Sequence[SharedFigure], cross: Array, itself: Array, draw: int) -> Witnesses:
        from scipy.linalg import solve_triangular  # noqa: PLC0415 - slow to load

        scales, none = self.draws[draw], np.zeros(len(asked))
        truth, error = itself_variance(asked, itself, scales)
        if not self.factors:
            return Witnesses(none + MIDDLE, none + MIDDLE, truth, truth + error, truth, none)
        with_both = covariances_with(asked, self.figures, cross, scales)
        by_truth, by_model = (solve_triangular(self.factors[draw], x.T, lower=True) for x in with_both)
        solved = self.solved[draw]
        return Witnesses(
            MIDDLE + solved @ by_truth,
            MIDDLE + solved @ by_model,
            truth - np.square(by_truth).sum(axis=0),
            truth + error - np.square(by_model).sum(axis=0),
            truth - (by_truth * by_model).sum(axis=0),
            solved @ (by_model - by_truth),
        )


def said_by_model(asked: Sequence[SharedFigure]) -> tuple[Array, NDArray[np.bool_]]:
    """Return what the model says at places, (A,), and whether it says anything there; `MIDDLE` where it does not."""
    heard = np.array([one.model is not None for one in asked])
    return np.array([MIDDLE if one.model is None else one.model for one in asked]), heard


def by_draw(parts: Sequence[tuple[Array, Array]], widening: Sequence[float]) -> tuple[Array, Array]:
    """Return means and standard deviations of every draw, (draws x places) each, these widened by draw."""
    wider = np.array(widening or [1.0])[:, None]
    return np.stack([mean for mean, _ in parts]), wider * np.stack([spread for _, spread in parts])


def covariances_with(
    asked: Sequence[SharedFigure], figures: Sequence[SharedFigure], cross: Array, scales: Mapping[str, float]
) -> tuple[Array, Array]:
    """Return the covariances of true and of model angles at new places with `known_angles`, (A, known) each.

    ``cross`` are the `bases` of the places with the figures.
    """
    of_truth, of_error = (
        amplitude(asked, scales, side)[:, None] * covariance(cross, scales, side) * amplitude(figures, scales, side)
        for side in ("truth", "error")
    )
    simulated = simulated_of(figures)
    with_truth = np.concatenate([of_truth, of_truth[:, simulated]], axis=1)
    with_model = with_truth.copy()
    with_model[:, len(figures) :] += of_error[:, simulated]
    return with_truth, with_model


@final
@dataclass(frozen=True, slots=True)
class Witnesses:
    """What the figures say of new places before the model is heard there, (places,) each.

    Means of true and model angle, their variances and covariance, and the mean of the model's error.
    """

    truth: Array
    model: Array
    truth_variance: Array
    model_variance: Array
    shared: Array
    error: Array

    def true_angles(self, model: Array, heard: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Return mean and standard deviation of the true angle, the model's angle taken into account where heard."""
        gain = np.where(heard, self.shared / np.maximum(self.model_variance, 1e-12), 0.0)
        left = self.truth_variance - gain * self.shared
        return self.truth + gain * (model - self.model), np.sqrt(np.maximum(left, LEAST_VARIANCE))

    def less_error(self, model: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation of the model's angle less its error."""
        variance = self.truth_variance + self.model_variance - 2 * self.shared
        return model - self.error, np.sqrt(np.maximum(variance, LEAST_VARIANCE))


@cache
def shipped_residual() -> ResidualField | None:
    """Return what ships with the ensemble; None where nothing does, or where it is out of date."""
    if not FILE.is_file():
        return None
    shipped = read_as(FILE, Residual)
    return shipped.field() if shipped.is_current() else None


@cache
def studies_hash() -> str:
    """Return what tells one collection of studies, as they are fitted, from another.

    Reading them takes longer than looking whether files or this package's reader have changed, so the hash is kept.
    """
    name = content_hash("studies", package_hash(("evidence", "files")), size=16)
    return kept(name, lambda: content_hash(*(repr(one) for one in studies().values())).encode()).decode()

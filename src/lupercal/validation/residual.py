"""Estimating how shares and the model's errors hang together: scales by marginal likelihood, and what ships.

The scales of `lupercal.evidence.residual` are found by the marginal likelihood of the fitted figures and of what the
model says of them (empirical Bayes, Rasmussen and Williams 2006, chapter 5, ISBN 026218253X) under weak half-normal
priors: 0.125 for random effects, as for the statistician (`lupercal.validation.meta_analysis`). Around the likeliest
scales a normal distribution of their logarithms stands for what the figures leave open (Laplace's approximation), and
several draws of it are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
import yaml
from numpy.typing import NDArray

from lupercal.engine.random import normals
from lupercal.engine.streams import RESIDUAL_SCALES
from lupercal.evidence.parameter_sets import FILE as ENSEMBLE
from lupercal.evidence.parameters import parameter_hash
from lupercal.evidence.random_effects import (
    SCALES,
    SHARED,
    SharedFigure,
    amplitude,
    bases,
    field_covariance,
    known_angles,
    known_covariance,
    own_variance,
    simulated_of,
)
from lupercal.evidence.residual import FILE, Residual, ResidualField, Stack, studies_hash
from lupercal.evidence.unexplained import hash_of
from lupercal.files.writing import write_text
from lupercal.validation.places import Share
from lupercal.validation.printed import MOST_SURE
from lupercal.validation.sizes import Sizes

Array = NDArray[np.float64]
_WEAK = 0.125
PRIOR: Mapping[str, tuple[float, float]] = {
    "truth.level": (0.0, 0.25), "truth.cells": (1.0, 0.4), "error.level": (0.0, 0.25), "error.sets": (0.0, 1.0),
    "error.fitted": (0.7, 0.4), "error.cells": (1.0, 0.4),
}  # fmt: skip
"""Priors: centre and spread. Centre 0 means half-normal with that scale; else log-normal, the spread on the logarithm.
All others are half-normal with 0.125."""

DRAWS = 24
_START = 0.08
_STEP = 1e-3
_LEAST_CURVATURE = 0.25
_STEPS, _STEPS_NEAR = 400, 20
_HEADING = (
    "# How published shares and the model's errors hang together; written by `lupercal validate --skill --ship`.\n"
)


def shared_figures(
    shares: Iterable[Share], told: Mapping[tuple[str, int], Array], fitted: Collection[str]
) -> list[SharedFigure]:
    """Return shares beside what the model says of them.

    Parameters
    ----------
    shares
        The figures.
    told
        Fractions that the accepted sets predict, (S,), by study and row; absent where the model cannot simulate one.
    fitted
        Figures that the parameters were fitted to, as ``study#row``.
    """
    return [_shared_figure(one, told.get((one.place.study, one.index)), fitted) for one in shares]


def _shared_figure(share: Share, simulated: Array | None, fitted: Collection[str]) -> SharedFigure:
    if simulated is None:
        model, spread = None, 0.0
    else:
        angles = np.arcsin(np.sqrt(np.clip(simulated, MOST_SURE, 1 - MOST_SURE)))
        model, spread = float(angles.mean()), float(angles.var())
    return SharedFigure(
        place=share.place, angle=share.angle, variance=share.variance, model=model, spread=spread,
        fitted=simulated is not None and share.key in fitted,
    )  # fmt: skip


@final
@dataclass(frozen=True, slots=True)
class Likeliest:
    """Logarithms of the likeliest scales (`SCALES`) and draws around them, (DRAWS, scales)."""

    best: Array
    drawn: Array

    def draws(self) -> tuple[dict[str, float], ...]:
        """Return the draws as scales by name."""
        return tuple(dict(zip(SCALES, row.tolist(), strict=True)) for row in np.exp(self.drawn))


def likeliest(figures: Sequence[SharedFigure], seed: int = 1, near: Likeliest | None = None) -> Likeliest:
    """Return the likeliest scales of some figures with draws around them.

    ``near`` are those of a collection that differs by a few figures: the search begins there, and its draws are moved.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - slow to load

    problem = ScaleProblem.of_figures(figures)
    first = np.log([PRIOR[name][0] if PRIOR.get(name, (0.0,))[0] else _START for name in SCALES])
    start, steps = (first, _STEPS) if near is None else (near.best, _STEPS_NEAR)
    search = minimize(problem.loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps})
    best = np.asarray(search.x, np.float64)
    return Likeliest(best, _drawn(problem, best, seed) if near is None else near.drawn + best - near.best)


def _drawn(problem: ScaleProblem, best: Array, seed: int) -> Array:
    size = len(best)
    steps = [problem.loss(best + sign * _STEP * np.eye(size)[k])[1] for k in range(size) for sign in (1, -1)]
    curvature = np.array([(steps[2 * k] - steps[2 * k + 1]) / (2 * _STEP) for k in range(size)])
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    noise = np.stack([normals(seed, RESIDUAL_SCALES, np.arange(DRAWS), draw=k) for k in range(size)], axis=1)
    return np.asarray(best + noise / np.sqrt(np.maximum(values, _LEAST_CURVATURE)) @ vectors.T)


@final
@dataclass(frozen=True, slots=True)
class ScaleProblem:
    """The negative log posterior of the logarithms of the scales, with its slope."""

    figures: Sequence[SharedFigure]
    of: Array

    @classmethod
    def of_figures(cls, figures: Sequence[SharedFigure]) -> ScaleProblem:
        """Return the problem that some figures pose."""
        return cls(figures, bases(figures, figures))

    def loss(self, logs: Array) -> tuple[float, Array]:
        """Return loss and slope at the logarithms of the scales (`SCALES`)."""
        from scipy.linalg import cho_solve  # noqa: PLC0415 - slow to load

        scales = dict(zip(SCALES, np.exp(logs).tolist(), strict=True))
        total, angles = known_covariance(self.figures, self.of, scales), known_angles(self.figures)
        try:
            root = np.linalg.cholesky(total)
        except np.linalg.LinAlgError:
            return 1e10, np.zeros(len(logs))
        inverse = cho_solve((root, True), np.eye(len(angles)))
        solved = inverse @ angles
        value = 0.5 * float(angles @ solved) + float(np.log(np.diag(root)).sum())
        slope = self._slope(inverse - np.outer(solved, solved), scales)
        prior, prior_slope = _prior(logs)
        return value + prior, slope + prior_slope

    def _slope(self, sensitivity: Array, scales: Mapping[str, float]) -> Array:
        """Return the slope of the log likelihood in the logarithm of each scale."""
        count, simulated = len(self.figures), simulated_of(self.figures)
        of_error = np.zeros((count, count))
        of_error[np.ix_(simulated, simulated)] = sensitivity[count:, count:]
        of_truth = sensitivity[:count, :count] + of_error
        of_truth[:, simulated] += sensitivity[:count, count:]
        of_truth[simulated] += sensitivity[count:, :count]
        return np.concatenate([self._side(of_truth, scales, "truth"), self._side(of_error, scales, "error")])

    def _side(self, sensitivity: Array, scales: Mapping[str, float], side: str) -> Array:
        """Return the slopes in the scales of one field, in the order of `SCALES`."""
        weight = amplitude(self.figures, scales, side)
        inner = weight[:, None] * sensitivity * weight
        shared = np.array([scales[f"{side}.{name}"] ** 2 for name in SHARED])
        alone, own_part = own_variance(self.figures, scales, side), scales[f"{side}.own"] ** 2
        by_figure = (sensitivity * field_covariance(self.figures, self.of, scales, side)).sum(axis=1)
        cells = by_figure[[one.place.cells for one in self.figures]].sum()
        slopes = [*(shared * np.tensordot(self.of, inner, axes=2)), own_part * np.trace(inner)]
        if side == "error":
            fitted = by_figure[[one.fitted for one in self.figures]].sum()
            slopes += [float(np.diag(inner) @ (alone - own_part)), fitted]
        return np.array([*slopes, cells])


def _prior(logs: Array) -> tuple[float, Array]:
    """Return the negative log prior density of the logarithms, and its slope."""
    value, slope = 0.0, np.zeros(len(logs))
    for place, (name, log) in enumerate(zip(SCALES, logs, strict=True)):
        centre, spread = PRIOR.get(name, (0.0, _WEAK))
        if centre:
            away = (log - np.log(centre)) / spread
            value, slope[place] = value + 0.5 * away**2, away / spread
        else:
            away = np.exp(log) / spread
            value, slope[place] = value + 0.5 * away**2 - log, away**2 - 1
    return float(value), slope


def without_cluster(field: ResidualField, scales: Likeliest, cluster: str) -> ResidualField:
    """Return the field estimated anew without a cluster of studies: figures and scales; the widening stays."""
    others = field.without(cluster).figures
    if len(others) == len(field.figures):
        return field
    return replace(field, figures=others, draws=likeliest(others, near=scales).draws())


def as_shipped(field: ResidualField, sets: int, sizes: Sizes) -> Residual:
    """Return a field as the record that ships with the ensemble."""
    draws = tuple({name: float(f"{value:.4g}") for name, value in draw.items()} for draw in field.draws)
    return Residual(
        ensemble=hash_of(ENSEMBLE), parameters=parameter_hash(), studies=studies_hash(), sets=sets,
        patients_per_arm=sizes.patients, seed=sizes.seed, draws=draws,
        widening=tuple(round(one, 3) for one in field.widening), stack=_rounded(field.stack or Stack.even()),
        figures=field.figures,
    )  # fmt: skip


def _rounded(stack: Stack) -> Stack:
    near, far, focus = (
        {name: round(value, 3) for name, value in by.items()} for by in (stack.near, stack.far, stack.focus)
    )
    return Stack(near=near, far=far, spread=stack.spread, focus=focus)


def write_residual(told: Residual, path: Path = FILE) -> Path:
    """Write the record; it appears whole or not at all."""
    text = yaml.safe_dump(told.model_dump(mode="json"), sort_keys=False, width=200, default_flow_style=None)
    write_text(path, _HEADING + text)
    return path

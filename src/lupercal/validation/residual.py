"""Estimating how published shares differ from the model: scales by marginal likelihood, and what ships.

The scales of `lupercal.evidence.residual` are found by the marginal likelihood of the fitted figures (empirical Bayes,
Rasmussen and Williams 2006, chapter 5, ISBN 026218253X) under weak half-normal priors: 0.125 for random effects, as for
the statistician (`lupercal.validation.meta_analysis`). Around the likeliest scales a normal distribution of their
logarithms stands for what the figures leave open (Laplace's approximation), and several draws of it are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
import yaml
from numpy.typing import NDArray

from lupercal.engine.random import normals
from lupercal.engine.streams import RESIDUAL_SCALES
from lupercal.evidence.parameter_sets import FILE as ENSEMBLE
from lupercal.evidence.parameters import parameter_hash
from lupercal.evidence.residual import (
    FILE,
    SCALES,
    SHARED,
    Difference,
    Residual,
    ResidualField,
    amplitude,
    bases,
    covariance,
    observed_covariance,
    own_variance,
    studies_hash,
)
from lupercal.evidence.unexplained import hash_of
from lupercal.files.writing import write_text
from lupercal.validation.places import Share
from lupercal.validation.printed import MOST_SURE
from lupercal.validation.sizes import Sizes

Array = NDArray[np.float64]
PRIOR: Mapping[str, tuple[float, float]] = {
    "slope": (0.0, 0.5), "sets": (0.0, 1.0), "fitted": (0.7, 0.4), "cells": (1.0, 0.4),
}  # fmt: skip
"""Priors: centre and spread. Centre 0 means half-normal with that scale; else log-normal, the spread on the logarithm.
All others are half-normal with 0.125."""

_WEAK = 0.125
DRAWS = 24
_START = 0.08
_STEP = 1e-3
_LEAST_CURVATURE = 0.25
_HEADING = "# How published shares differ from the model, as a field; written by `lupercal validate --skill --ship`.\n"


def differences(
    shares: Iterable[Share], told: Mapping[tuple[str, int], Array], fitted: Collection[str]
) -> list[Difference]:
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
    all_shares = list(shares)
    angles = {key: np.arcsin(np.sqrt(np.clip(p, MOST_SURE, 1 - MOST_SURE))) for key, p in told.items()}
    like = [(one, float(angles[key].mean())) for one in all_shares if (key := (one.place.study, one.index)) in angles]
    found = []
    for one in all_shares:
        own = angles.get((one.place.study, one.index))
        model = float(own.mean()) if own is not None else _like(one, like)
        found.append(
            Difference(
                place=one.place, angle=one.angle, variance=one.variance, model=model,
                spread=float(own.var()) if own is not None else 0.0, modelled=own is not None,
                fitted=own is not None and one.key in fitted,
            )
        )  # fmt: skip
    return found


def _like(asked: Share, modelled: Sequence[tuple[Share, float]]) -> float:
    """Return the mean angle that the model says of the figures most like one that it cannot simulate."""
    parts = (("study", "end_point"), ("end_point", "kind"), ("end_point",), ("family",), ())
    for same in parts:
        near = [
            angle
            for one, angle in modelled
            if all(getattr(one.place, part) == getattr(asked.place, part) for part in same)
        ]
        if near:
            return float(np.mean(near))
    return float(np.pi / 4)


@final
@dataclass(frozen=True, slots=True)
class Likeliest:
    """Logarithms of the likeliest scales (`SCALES`) and draws around them, (DRAWS, scales)."""

    best: Array
    drawn: Array

    def draws(self) -> tuple[dict[str, float], ...]:
        """Return the draws as scales by name."""
        return tuple(dict(zip(SCALES, row.tolist(), strict=True)) for row in np.exp(self.drawn))


def likeliest(figures: Sequence[Difference], seed: int = 1, near: Likeliest | None = None) -> Likeliest:
    """Return the likeliest scales of some figures with draws around them.

    ``near`` are those of a collection that differs by a few figures: the search begins there, and its draws are moved.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - slow to load

    problem = ScaleProblem.of_figures(figures)
    first = np.log([PRIOR[name][0] if PRIOR.get(name, (0.0,))[0] else _START for name in SCALES])
    start = first if near is None else near.best
    found = minimize(problem.loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400 if near is None else 30})
    best = np.asarray(found.x, np.float64)
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

    figures: Sequence[Difference]
    of: Array

    @classmethod
    def of_figures(cls, figures: Sequence[Difference]) -> ScaleProblem:
        """Return the problem that some figures pose."""
        return cls(figures, bases(figures, figures))

    def loss(self, logs: Array) -> tuple[float, Array]:
        """Return loss and slope at the logarithms of the scales (`SCALES`)."""
        from scipy.linalg import cho_solve  # noqa: PLC0415 - slow to load

        scales = dict(zip(SCALES, np.exp(logs).tolist(), strict=True))
        total = observed_covariance(self.figures, self.of, scales)
        try:
            root = np.linalg.cholesky(total)
        except np.linalg.LinAlgError:
            return 1e10, np.zeros(len(logs))
        away = np.array([one.angle - one.model for one in self.figures])
        inverse = cho_solve((root, True), np.eye(len(away)))
        solved = inverse @ away
        value = 0.5 * float(away @ solved) + float(np.log(np.diag(root)).sum())
        slope = self._slope(inverse - np.outer(solved, solved), scales)
        prior, prior_slope = _prior(logs)
        return value + prior, slope + prior_slope

    def _slope(self, sensitivity: Array, scales: Mapping[str, float]) -> Array:
        """Return the slope of the log likelihood in the logarithm of each scale."""
        weight = amplitude(self.figures, scales)
        inner = weight[:, None] * sensitivity * weight
        along = np.diag(inner)
        shared = np.array([scales[name] ** 2 for name in (*SHARED, "slope")])
        alone = own_variance(self.figures, scales)
        unlike = np.array([not one.modelled for one in self.figures], np.float64)
        spread = np.array([one.spread for one in self.figures])
        whole = inner * covariance(self.of, scales)
        whole[np.diag_indices(len(alone))] += along * alone
        by_figure = whole.sum(axis=1)
        return np.concatenate([
            shared * np.tensordot(self.of, inner, axes=2),
            [scales["own"] ** 2 * along.sum(), scales["not_modelled"] ** 2 * float(along @ unlike)],
            [scales["sets"] ** 2 * float(along @ spread)],
            [by_figure[[one.fitted for one in self.figures]].sum()],
            [by_figure[[one.place.cells for one in self.figures]].sum()],
        ])  # fmt: skip


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


def as_shipped(field: ResidualField, sets: int, sizes: Sizes) -> Residual:
    """Return a field as the record that ships with the ensemble."""
    draws, blind = (
        tuple({name: float(f"{value:.4g}") for name, value in draw.items()} for draw in each)
        for each in (field.draws, field.blind_draws)
    )
    return Residual(
        ensemble=hash_of(ENSEMBLE), parameters=parameter_hash(), studies=studies_hash(), sets=sets,
        patients_per_arm=sizes.patients, seed=sizes.seed, draws=draws, blind_draws=blind, weight=field.weight,
        weight_fitted=field.weight_fitted, figures=field.figures,
    )  # fmt: skip


def write_residual(told: Residual, path: Path = FILE) -> Path:
    """Write the record; it appears whole or not at all."""
    text = yaml.safe_dump(told.model_dump(mode="json"), sort_keys=False, width=200, default_flow_style=None)
    write_text(path, _HEADING + text)
    return path

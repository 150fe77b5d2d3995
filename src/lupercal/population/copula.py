"""Which drawn quantities go together: a Gaussian copula on the points of the sequence, its correlations as data.

A point in the unit cube becomes standard normal scores; multiplying them by the Cholesky factor of the correlation
matrix correlates them, and the normal distribution function brings them back to the unit cube. Every quantity keeps its
own distribution (Sklar's theorem; Nelsen, An Introduction to Copulas, 2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from lupercal.engine.random import quantiles
from lupercal.errors import InputError
from lupercal.evidence.curves import ndtr
from lupercal.evidence.sources import sources
from lupercal.files.checked import read_as
from lupercal.population.quantiles import TINY

Array = NDArray[np.float64]
FILE = Path(__file__).with_name("correlations.yaml")
_Size = Annotated[float, Field(gt=-1, lt=1, allow_inf_nan=False)]


@final
@dataclass(frozen=True, slots=True)
class Correlations:
    """``names`` (M) of the quantities that are correlated, their ``matrix`` (M, M) and its Cholesky ``factor``."""

    names: tuple[str, ...]
    matrix: Array
    factor: Array

    def between(self, one: str, other: str) -> float:
        """Return the correlation of two quantities' normal scores; 0 where none is given."""
        if one not in self.names or other not in self.names:
            return 0.0
        return float(self.matrix[self.names.index(one), self.names.index(other)])

    def apply(self, names: tuple[str, ...], points: Array) -> Array:
        """Return points (D, N) of the quantities ``names`` (D) with these correlations; others stay as they are."""
        rows = [names.index(name) for name in self.names]
        scores, moved = quantiles(points[rows]), points.copy()
        for row, factors in zip(rows, self.factor, strict=True):
            # summed one by one: the rounding of a matrix product depends on how many patients there are
            total = sum((factor * score for factor, score in zip(factors, scores, strict=True) if factor), 0.0)
            moved[row] = np.clip(ndtr(total), TINY, 1 - TINY)
        return moved


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Row(_Model):
    value: _Size
    basis: Literal["published", "calibrated", "assumed"]
    source: str
    where: Annotated[str, Field(min_length=3)]


class _Pair(_Row):
    of: tuple[str, str]


class _Drug(_Row):
    of: str


class _Severity(_Model):
    weights: Annotated[dict[str, float], Field(min_length=1)]
    basis: Literal["published", "calibrated", "assumed"]
    source: str
    where: Annotated[str, Field(min_length=3)]
    drugs: list[_Drug]


class _Document(_Model):
    pairs: Annotated[list[_Pair], Field(min_length=1)]
    severity: _Severity


@cache
def correlations() -> Correlations:
    """Return the shipped correlations, read and checked once."""
    return read_correlations(FILE)


def read_correlations(path: Path) -> Correlations:
    """Read a table of correlations.

    Raises
    ------
    InputError
        If a row lacks value, basis or source, a pair occurs twice, or the matrix is not positive definite.
    """
    given = read_as(path, _Document)
    _check_sources(path, given)
    paired = sorted({name for pair in given.pairs for name in pair.of} | set(given.severity.weights))
    matrix = _with_drugs(_of_pairs(path, given.pairs, paired), paired, given.severity)
    names = (*paired, *(drug.of for drug in given.severity.drugs))
    if len(set(names)) < len(names):
        raise InputError(path, "severity.drugs", "a drug among the pairs too", "drugs that follow severity alone")
    try:
        return Correlations(names, matrix, np.asarray(np.linalg.cholesky(matrix), np.float64))
    except np.linalg.LinAlgError:
        lowest = float(np.linalg.eigvalsh(matrix)[0])
        raise InputError(path, "pairs", f"smallest eigenvalue {lowest:.3g}", "a positive definite matrix") from None


def _check_sources(path: Path, given: _Document) -> None:
    used = {given.severity.source, *(row.source for row in (*given.pairs, *given.severity.drugs))}
    for name in sorted(used - sources().keys()):
        raise InputError(path, "source", name, "a source of evidence/data/sources.yaml")


def _of_pairs(path: Path, pairs: list[_Pair], names: list[str]) -> Array:
    matrix, seen = np.eye(len(names)), set()
    for index, pair in enumerate(pairs):
        key = frozenset(pair.of)
        if len(key) < 2 or key in seen:
            raise InputError(path, f"pairs[{index}].of", list(pair.of), "two quantities, each pair once")
        seen.add(key)
        a, b = (names.index(name) for name in pair.of)
        matrix[a, b] = matrix[b, a] = pair.value
    return matrix


def _with_drugs(matrix: Array, names: list[str], severity: _Severity) -> Array:
    """Return the matrix with one more row for each drug: value × severity + a rest of its own."""
    weights = np.array([severity.weights.get(name, 0.0) for name in names])
    with_severity = matrix @ weights / np.sqrt(weights @ matrix @ weights)
    follows = np.array([drug.value for drug in severity.drugs])
    between_drugs = np.outer(follows, follows)
    np.fill_diagonal(between_drugs, 1.0)
    across = np.outer(follows, with_severity)
    return np.block([[matrix, across.T], [across, between_drugs]])

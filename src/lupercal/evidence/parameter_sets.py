"""The ensemble of accepted parameter sets: what a calibration found, as data.

A set gives typical values of the calibrated parameters; the sets of an ensemble are equally likely. Virtual patients
take turns in them, so that a forecast shows both how patients differ and how uncertain the typical patient is.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from lupercal.errors import InputError
from lupercal.evidence.sources import DATA
from lupercal.files.checked import read_as

Array = NDArray[np.float64]
FILE = DATA / "calibration" / "ensemble.csv"


@final
@dataclass(frozen=True, slots=True)
class ParameterSets:
    """``values`` (M, S) of M sets and S ``symbols`` (a symbol, or a symbol with ``.cv`` or ``.involved``)."""

    symbols: tuple[str, ...]
    values: Array

    @property
    def size(self) -> int:
        """Number of sets M."""
        return len(self.values)

    def one(self, index: int) -> dict[str, float]:
        """Return one set."""
        return dict(zip(self.symbols, self.values[index].tolist(), strict=True))

    def spread(self, most: int) -> list[dict[str, float]]:
        """Return some sets spread over the ensemble, all where it has no more than ``most``."""
        count = min(most, self.size)
        return [self.one(index * self.size // count) for index in range(count)]

    def quantiles(self, symbol: str, levels: tuple[float, ...] = (0.05, 0.5, 0.95)) -> tuple[float, ...] | None:
        """Return quantiles of a symbol over the sets, None where they do not hold it."""
        if symbol not in self.symbols:
            return None
        return tuple(np.quantile(self.values[:, self.symbols.index(symbol)], levels).tolist())

    def in_turn(self, patients: NDArray[np.int64]) -> dict[str, Array]:
        """Return the typical values of each patient, shape (N,): patient k takes set k modulo M."""
        rows = self.values[np.asarray(patients) % self.size]
        return {name: np.ascontiguousarray(rows[:, column]) for column, name in enumerate(self.symbols)}


@cache
def accepted() -> ParameterSets | None:
    """Return the shipped ensemble, or None where none ships."""
    return read_sets(FILE) if FILE.is_file() else None


def read_sets(path: Path) -> ParameterSets:
    """Read an ensemble: one column per symbol, one row per set.

    Raises
    ------
    InputError
        If the file has no rows, or a value is not a finite number.
    """
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    if len(rows) < 2:
        raise InputError(path, "", "no set", "a heading and one row per parameter set")
    return ParameterSets(tuple(rows[0]), np.array([_numbers(path, k, row, rows[0]) for k, row in enumerate(rows[1:])]))


class _FittedStep(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    name: str
    data: tuple[str, ...]


class _Provenance(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    steps: tuple[_FittedStep, ...]


@cache
def fitted_figures() -> frozenset[str]:
    """Return what the shipped sets were fitted to: a row of a study as ``study#row``, a target as ``T04.mean``."""
    return figures_fitted(FILE.parent)


def figures_fitted(folder: Path) -> frozenset[str]:
    """Return what the sets of a folder were fitted to; nothing where no provenance lies beside them."""
    return frozenset(key for step in _steps(folder) for key in step.data)


def figures_of_steps(folder: Path, but: Collection[str]) -> tuple[str, ...]:
    """Return what the sets of a folder were fitted to in other steps than those named."""
    return tuple(dict.fromkeys(key for step in _steps(folder) if step.name not in but for key in step.data))


def _steps(folder: Path) -> tuple[_FittedStep, ...]:
    path = folder / "provenance.yaml"
    return read_as(path, _Provenance).steps if path.is_file() else ()


def _numbers(path: Path, index: int, row: list[str], heading: list[str]) -> list[float]:
    if len(row) != len(heading):
        raise InputError(path, f"set {index + 1}", f"{len(row)} values", f"{len(heading)} values")
    return [_number(path, name, text) for name, text in zip(heading, row, strict=True)]


def _number(path: Path, name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise InputError(path, name, text, "a finite number")
    return value


def typical_of(sets: ParameterSets | None, patients: NDArray[np.int64]) -> Mapping[str, Array]:
    """Return the typical values of each patient; nothing where there is no ensemble."""
    return sets.in_turn(patients) if sets else {}

"""The data of steps: targets, studies named, what rules take, and guards; every study counts alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from lupercal.calibration.data import Data, FittedFigure, alike, rows_data, study_data, study_of, target_data
from lupercal.calibration.settings import Step
from lupercal.calibration.taken import cluster, figures_taken


def data_of(step: Step) -> Data:
    """Return what a step is fitted to, every study alike, its guards (with twice their error) last."""
    return Data(alike(figures_of_step(step)))


def figures_of_step(step: Step) -> tuple[FittedFigure, ...]:
    """Return the same with errors as published: every figure once."""
    named = {name: choice for name, choice in step.studies.items() if cluster(name) not in step.without}
    guards = [replace(datum, error=2 * datum.error) for datum in target_data(step.guards)]
    rows = [*target_data(step.targets), *study_data(named), *rows_data(figures_taken(step)), *guards]
    return _once(rows)


def all_figures(chosen: Iterable[Step]) -> tuple[FittedFigure, ...]:
    """Return all figures of some steps, each once; a target counts with its own error where it is more than a guard."""
    rows = [row for step in chosen for row in figures_of_step(step)]
    return _once(sorted(rows, key=lambda row: row.error))


def data_of_all(chosen: Iterable[Step]) -> Data:
    """Return all data of some steps, every study alike."""
    return Data(alike(all_figures(chosen)))


def effective_data(data: Data, as_published: Iterable[FittedFigure]) -> float:
    """Return how many data there are when widened errors are allowed for: each by the ratio of variances."""
    published = np.array([row.error for row in as_published])
    return float(np.sum((published / data.errors) ** 2))


def first_values(chosen: Sequence[Step]) -> dict[str, float]:
    """Return the prior centres of all steps, which parameters keep until their own step."""
    return {name: value for step in reversed(chosen) for name, value in step.start.items()}


def studies_of_step(step: Step) -> set[str]:
    """Return the studies of a step's data."""
    return {study_of(row.key) for row in figures_of_step(step)} - {""}


def _once(rows: Iterable[FittedFigure]) -> tuple[FittedFigure, ...]:
    first: dict[str, FittedFigure] = {}
    for row in rows:
        first.setdefault(row.key, row)
    return tuple(first.values())

"""What cohorts are weighted to, as data: see ``cohorts.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from lupercal.errors import InputError, LupercalError
from lupercal.evidence.documents import read_document
from lupercal.evidence.natural_history import figure, targets
from lupercal.evidence.validation import validate
from lupercal.population.care import Care

FILE = Path(__file__).with_name("cohorts.yaml")


@final
@dataclass(frozen=True, slots=True)
class Goal:
    """The weighted mean of ``feature`` is to be ``target`` within ``tolerance``; ``name`` says what it is.

    Where ``about`` is a number, the standard deviation about it is meant instead of the mean.
    """

    name: str
    feature: str
    target: float
    tolerance: float
    about: float | None = None


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@final
class Entry(_Model):
    """Who belongs to a cohort: a feature from ``low`` to ``high``, bounds included."""

    feature: str
    low: float = -np.inf
    high: float = np.inf
    where: Annotated[str, Field(min_length=3)]


@final
class LeftOut(_Model):
    """A target that the weights of a cohort are not sought for, and why."""

    target: str
    reason: Annotated[str, Field(min_length=10)]


class _Goal(_Model):
    feature: str
    target: str
    about: str | None = None
    figure: str | None = None
    value: str = "value"
    tolerance: Annotated[float, Field(gt=0)] | None = None


@final
class _Rules(_Model):
    entry: tuple[Entry, ...]
    goals: tuple[_Goal, ...]
    left_out: tuple[LeftOut, ...]


class _Document(_Model):
    population: _Rules
    clinic: _Rules
    trial: _Rules


@cache
def standard_goals(cohort: Care) -> tuple[Goal, ...]:
    """Return the published properties that a cohort is weighted to.

    Raises
    ------
    InputError
        If the table names a target or figure that does not exist.
    """
    try:
        return tuple(_goal(row) for row in _rules(cohort).goals)
    except (KeyError, LupercalError) as error:
        raise InputError(FILE, f"{cohort}.goals", str(error), "a target or figure of the natural history") from None


def entry_rules(cohort: Care) -> tuple[Entry, ...]:
    """Return who belongs to a cohort; no rules mean everybody."""
    return _rules(cohort).entry


def left_out(cohort: Care) -> tuple[LeftOut, ...]:
    """Return the targets of a cohort that no weights are sought for, with reasons."""
    return _rules(cohort).left_out


@cache
def _document() -> _Document:
    return validate(_Document, read_document(FILE), FILE)


def _rules(cohort: Care) -> _Rules:
    rules: _Rules = getattr(_document(), cohort)
    return rules


def _goal(row: _Goal) -> Goal:
    if row.figure is not None and row.tolerance is not None:
        known = figure(row.figure)
        share = 0.01 if known.unit == "%" else 1.0
        return Goal(row.target, row.feature, known.values[row.value] * share, row.tolerance)
    value, tolerance = _target(row.target)
    return Goal(row.target, row.feature, value, tolerance, _target(row.about)[0] if row.about else None)


def _target(name: str) -> tuple[float, float]:
    key, _, value = name.partition(".")
    return targets()[key].values[value], targets()[key].tolerance[value]

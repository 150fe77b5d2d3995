"""What cohorts are weighted to, as data: see ``cohorts.yaml``, which a calibration reads, too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from lupercal.errors import InputError, LupercalError
from lupercal.evidence.natural_history import figure, targets
from lupercal.files.checked import read_as
from lupercal.population.association import both_above
from lupercal.population.care import Care

CohortName = Care | Literal["nephritis_trial"]
Array = NDArray[np.float64]
FILE = Path(__file__).with_name("cohorts.yaml")


@final
@dataclass(frozen=True, slots=True)
class Goal:
    """The weighted mean of ``feature`` is to be ``target`` within ``tolerance``; ``name`` says what it is.

    Where ``about`` is given, the mean of the squared distance from it is meant: from a number, or from the mean that
    the members of the pool have with equal weights. Where ``above`` is given, the share of members above it is meant.
    ``meant`` says what the target is a number of where the name does not.
    """

    name: str
    feature: str
    target: float
    tolerance: float
    about: float | Literal["pool"] | None = None
    above: float | None = None
    meant: str = ""

    @property
    def what(self) -> str:
        """What is averaged, in words."""
        if self.above is not None:
            return f"{self.feature} above {self.above:.3g}"
        if self.about is None:
            return self.feature
        return f"squared distance of {self.feature} from " + ("its mean" if self.about == "pool" else f"{self.about:g}")

    @property
    def in_words(self) -> str:
        """Its name, and what the target is a number of where that is not what the name says."""
        squared = f"mean {self.what}" if self.about is not None else ""
        share = f"share above {self.above:.3g}" if self.above is not None else ""
        return f"{self.name} ({self.meant or share or squared})" if self.meant or share or squared else self.name

    def row(self, values: Array) -> Array:
        """Return what is averaged, from the feature's values for the members, (n,)."""
        if self.above is not None:
            return np.asarray(values > self.above, np.float64)
        if self.about is None:
            return values
        return np.square(values - (values.mean() if self.about == "pool" else self.about))


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@final
class Entry(_Model):
    """Who belongs to a cohort: a rule in the language of `lupercal.rules`, and where it comes from."""

    rule: str
    where: Annotated[str, Field(min_length=3)]


@final
class LeftOut(_Model):
    """A target that the weights of a cohort are not sought for, and why."""

    target: str
    reason: Annotated[str, Field(min_length=10)]


@final
class _Share(_Model):
    """A share as the sum of ``parts`` of a published table; its tolerance is that of a target or of a correlation.

    ``margins`` are the parts of the table that show each of two findings, of which ``parts`` show both.
    """

    figure: str
    parts: tuple[str, ...]
    tolerance_of: str | None = None
    margins: tuple[tuple[str, ...], tuple[str, ...]] | None = None

    @model_validator(mode="after")
    def _one_tolerance(self) -> _Share:
        if (self.tolerance_of is None) == (self.margins is None):
            raise ValueError("either tolerance_of or margins")
        return self


@final
class _Goal(_Model):
    """A published property; ``median_with_sd`` names the target with the standard deviation of the feature, whose
    median is then meant: half of the members are to lie above it.
    """

    feature: str
    target: str
    about: Literal["zero", "mean", "pool"] | None = None
    mean: str | None = None
    mean_of_logarithm: bool = False
    median_with_sd: str | None = None
    share: _Share | None = None

    @model_validator(mode="after")
    def _mean_if_needed(self) -> _Goal:
        if (self.about in ("zero", "mean")) != (self.mean is not None):
            raise ValueError("the mean is named where the distance is taken about zero or the mean, and only there")
        return self


@final
class _Rules(_Model):
    entry: tuple[Entry, ...]
    goals: tuple[_Goal, ...]
    left_out: tuple[LeftOut, ...]


class _Document(_Model):
    population: _Rules
    clinic: _Rules
    trial: _Rules
    nephritis_trial: _Rules


@cache
def standard_goals(cohort: CohortName) -> tuple[Goal, ...]:
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


def sought(*cohorts: CohortName) -> frozenset[str]:
    """Return the targets (T04 and so on) that the weights of these cohorts are made for."""
    return frozenset(goal.name.partition(".")[0] for cohort in cohorts for goal in standard_goals(cohort))


def entry_rules(cohort: CohortName) -> tuple[Entry, ...]:
    """Return who belongs to a cohort; no rules mean everybody."""
    return _rules(cohort).entry


def left_out(cohort: CohortName) -> tuple[LeftOut, ...]:
    """Return the targets of a cohort that no weights are sought for, with reasons."""
    return _rules(cohort).left_out


@cache
def _document() -> _Document:
    return read_as(FILE, _Document)


def _rules(cohort: CohortName) -> _Rules:
    rules: _Rules = getattr(_document(), cohort)
    return rules


def _goal(row: _Goal) -> Goal:
    if row.share is not None:
        return Goal(row.target, row.feature, *_share(row.target, row.share))
    value, tolerance = _target(row.target)
    if row.about is not None:
        return _spread(row, value, tolerance)
    if row.mean_of_logarithm:
        value, tolerance = _logarithm(value, tolerance)
    if row.median_with_sd is not None:
        density = 1 / (_target(row.median_with_sd)[0] * np.sqrt(2 * np.pi))  # of a normal quantity at its median
        return Goal(row.target, row.feature, 0.5, tolerance * density, above=value)
    return Goal(row.target, row.feature, value, tolerance)


def _spread(row: _Goal, sd: float, tolerance: float) -> Goal:
    """Return the goal for a second moment; its tolerance is that of mean and standard deviation together."""
    mean, slack = _target(row.mean) if row.mean else (0.0, 0.0)
    if row.mean_of_logarithm:
        mean, slack = _logarithm(mean, slack)
    away = mean if row.about == "zero" else 0.0
    about: float | Literal["pool"] = "pool" if row.about == "pool" else mean - away
    within = 2 * float(np.hypot(away * slack, sd * tolerance))
    return Goal(row.target, row.feature, away * away + sd * sd, within, about)


def _logarithm(median: float, tolerance: float) -> tuple[float, float]:
    """Return the mean of the logarithm of a lognormal quantity and its tolerance, from those of its median."""
    return float(np.log(median)), tolerance / median


def _share(target: str, share: _Share) -> tuple[float, float]:
    """Return a share and its tolerance: half the width that the tolerance of a correlation gives it, or a target's."""
    table = figure(share.figure)
    whole = 100 if table.unit == "%" else 1

    def part(names: tuple[str, ...]) -> float:
        return sum(table.values[name] for name in names) / whole

    if share.tolerance_of is not None:
        return part(share.parts), _target(share.tolerance_of)[1]
    first, second = (part(names) for names in share.margins or ())
    r, slack = _target(target)
    return part(share.parts), (both_above(first, second, r + slack) - both_above(first, second, r - slack)) / 2


def _target(name: str) -> tuple[float, float]:
    key, _, value = name.partition(".")
    return targets()[key].values[value], targets()[key].tolerance[value]

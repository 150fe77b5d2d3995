"""What a calibration step is fitted to: published values with the error a fit allows them.

The error of a datum joins two parts: how precisely it was measured (binomial, or as stated), and how far studies of one
design lie apart (`lupercal.trial.settings`, between_studies), since trials differ in ways no model holds. Ratios and
rates are compared on their logarithm. A change of a level without a spread is not fitted where the level at baseline is
not printed either: nothing says how large its error is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.calibration.settings import Discrepancy, StudyChoice, settings
from lupercal.evidence.natural_history import Target, targets
from lupercal.evidence.studies import study
from lupercal.evidence.study_records import RATIOS, Row, Study
from lupercal.trial.settings import settings as trials

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class FittedFigure:
    """One published value; ``key`` is ``T04.mean`` for a target, ``bliss52#3`` for the study's outcome row 3."""

    key: str
    value: float
    error: float
    logarithmic: bool
    reduction: bool = False

    def seen(self, predicted: float) -> float:
        """Return a prediction on the scale the datum is compared on; NaN where there is none.

        A relative reduction (%) is compared as the logarithm of the ratio that is left.
        """
        ratio = 1 - predicted / 100 if self.reduction else predicted
        if not self.logarithmic:
            return ratio
        return math.log(ratio) if ratio > 0 else math.nan


@final
@dataclass(frozen=True, slots=True)
class Data:
    """Data in a fixed order."""

    rows: tuple[FittedFigure, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of all data."""
        return tuple(row.key for row in self.rows)

    @property
    def values(self) -> Array:
        """Values on their scales, shape (D,)."""
        return np.array([row.value for row in self.rows])

    @property
    def errors(self) -> Array:
        """Standard deviations on the same scales, shape (D,)."""
        return np.array([row.error for row in self.rows])

    def predicted(self, simulated: Mapping[str, float]) -> Array:
        """Return predictions on the data's scales, shape (D,), NaN where there is none."""
        return np.array([row.seen(simulated.get(row.key, math.nan)) for row in self.rows])


def target_data(ids: Iterable[str]) -> list[FittedFigure]:
    """Return the data of natural-history targets; their error is a share of the tolerance."""
    return [datum for one in ids for datum in _of_target(targets()[one])]


def study_data(chosen: Mapping[str, StudyChoice]) -> list[FittedFigure]:
    """Return the data of the studies' outcomes a fit may use, as a step chooses them.

    Raises
    ------
    LupercalError
        If a study is not known.
    """
    return rows_data(
        {
            name: [index for index, row in enumerate(study(name).outcomes) if _wanted(row, choice)]
            for name, choice in chosen.items()
        }
    )


def rows_data(rows: Mapping[str, Iterable[int]]) -> list[FittedFigure]:
    """Return the data of outcome rows by study, of those a fit may use."""
    return [
        datum
        for name, indices in rows.items()
        for index in indices
        if (datum := datum_of(study(name), index, study(name).outcomes[index]))
    ]


def alike(rows: Sequence[FittedFigure]) -> tuple[FittedFigure, ...]:
    """Return data with errors widened so that the figures of a study count together as a few."""
    most, of_study = settings().figures_of_a_study, Counter(study_of(row.key) for row in rows)
    factor = {name: float(np.sqrt(max(1.0, count / most))) for name, count in of_study.items() if name}
    return tuple(replace(row, error=row.error * factor.get(study_of(row.key), 1.0)) for row in rows)


def study_of(key: str) -> str:
    """Return the study of a datum; empty for a target."""
    return key.partition("#")[0] if "#" in key else ""


def _wanted(row: Row, choice: StudyChoice) -> bool:
    return (not choice.arms or row.arm in choice.arms) and (not choice.measures or row.measure in choice.measures)


def datum_of(study: Study, index: int, row: Row) -> FittedFigure | None:
    """Return the datum of an outcome row, or None where a fit may not use it."""
    if not row.usable_for_calibration or row.value is None:
        return None
    sized, limits = study.sized(row), settings().discrepancy
    between = trials().between_studies
    key = f"{study.id}#{index}"
    if row.statistic in RATIOS:
        measured = sized.standard_error or limits.unstated_log
        return FittedFigure(key, math.log(row.value), math.hypot(measured, between.log_ratio), logarithmic=True)
    if row.statistic == "rate" and row.value > 0:
        measured = (sized.standard_error or limits.unstated_log * row.value) / row.value
        return FittedFigure(key, math.log(row.value), math.hypot(measured, between.log_ratio), logarithmic=True)
    if row.statistic == "relative_reduction":
        left = math.log(max(1 - row.value / 100, 0.01))
        return FittedFigure(
            key, left, math.hypot(limits.unstated_log, between.log_ratio), logarithmic=True, reduction=True
        )
    error = _error(study, sized, limits)
    return FittedFigure(key, row.value, error, logarithmic=False) if error else None


def _of_target(target: Target) -> list[FittedFigure]:
    share = settings().discrepancy.target
    return [
        FittedFigure(f"{target.id}.{name}", x, share * target.tolerance[name], False)
        for name, x in target.values.items()
    ]


def _error(study: Study, row: Row, limits: Discrepancy) -> float:
    """Return the standard deviation of a figure; 0 where nothing says how large it is."""
    value, between = float(row.value or 0.0), trials().between_studies
    if row.chance is not None and row.n:
        smooth = (row.chance * row.n + 1) / (row.n + 2)  # keeps 0 of 5 and 5 of 5 uncertain (Agresti and Coull 1998)
        scale = 100.0 if row.statistic == "share" else float(row.n)
        return scale * math.hypot(math.sqrt(smooth * (1 - smooth) / (row.n + 2)), float(between.of_share(smooth)))
    if row.statistic == "share":
        return 100.0 * math.hypot(limits.unstated_share, float(between.of_share(value / 100)))
    if row.unit == "%":  # a change in per cent, which may be near 0
        measured = row.standard_error or 100.0 * limits.unstated_share
        return math.hypot(measured, max(100.0 * between.share, between.relative * abs(value)))
    return _of_level(study, row, value, limits)


def _of_level(study: Study, row: Row, value: float, limits: Discrepancy) -> float:
    """Return the standard deviation of a level or of its change, whose size is judged by the level at baseline."""
    measured, between = row.standard_error, trials().between_studies
    if measured is None and row.sd and row.n:
        measured = row.sd / math.sqrt(row.n)
    if measured is None:
        size = abs(value) if row.statistic != "mean_change" else _at_baseline(study, row)
        if not size and row.statistic == "mean_change":
            return 0.0
        measured = limits.unstated * size
    least = limits.least_score if row.unit == "{score}" else limits.least
    return max(math.hypot(measured, between.relative * abs(value)), least)


def _at_baseline(study: Study, row: Row) -> float:
    """Return the level of a measure at baseline, in the arm or in all; 0 where it is not printed in the same unit."""
    levels = {one.arm: abs(one.value) for one in study.baseline
              if one.measure == row.measure and one.unit == row.unit and one.value is not None}  # fmt: skip
    return levels.get(row.arm, levels.get("all", 0.0))

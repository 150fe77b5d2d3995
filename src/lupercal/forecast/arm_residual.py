"""What published shares say of an arm's chances: the residual at the place where the arm stands.

A forecast for one person takes what published shares say of the model's error under the same treatment
(`lupercal.evidence.residual`): near published evidence the interval of a chance is moved and narrowed by it, far from
it it is the model's with the width that it usually errs by. A person is not drawn to what studies report of others.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.model_errors import ErrorField, shipped_errors
from lupercal.evidence.places import Place, arm_words, band_of, family_of, place_table
from lupercal.evidence.random_effects import MIDDLE, SharedFigure
from lupercal.forecast.settings import settings
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.population.cohort import Cohort
from lupercal.therapy.regimen_records import Regimen
from lupercal.therapy.registry import product

Array = NDArray[np.float64]
TOGETHER = 24
"""Months of a curve that the field is asked about together."""


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """How far the model errs at one place, by equally likely part, (parts,) each.

    ``error`` is the mean of its error, ``variance`` that error's variance, and ``of_spread`` more of it for each unit
    of the variance between sets.
    """

    error: Array
    variance: Array
    of_spread: Array

    def at(self, angle: float, spread: float) -> tuple[Array, Array]:
        """Return means and standard deviations of the true angle where the model says an angle."""
        return angle - self.error, np.sqrt(self.variance + spread * self.of_spread)


@final
@dataclass(frozen=True, slots=True)
class ArmResidual:
    """The field and where an arm stands in it; ``known`` keeps its answers by end point and month."""

    field: ErrorField
    treatment: str
    kind: str
    cells: bool
    known: dict[tuple[str, float], Answer] = dataclass_field(default_factory=dict, compare=False, repr=False)

    def angles(self, outcome: str, month: float, angle: float, spread: float) -> tuple[Array, Array] | None:
        """Return means and standard deviations of equal normal parts of the true angle; None where no study speaks.

        Parameters
        ----------
        outcome, month
            A forecast's outcome and its time.
        angle, spread
            Arcsin sqrt p of the model, and its variance between the accepted sets.
        """
        end_point = place_table().outcomes.get(outcome)
        if end_point is None:
            return None
        if (end_point, month) not in self.known:
            self._ask(end_point, month)
        return self.known[end_point, month].at(angle, spread)

    def _ask(self, end_point: str, month: float) -> None:
        """Ask the field about all that will be asked for with this one: what is printed, or a curve."""
        months = _together(month)
        printed = months == _printed()
        end_points = dict.fromkeys((end_point, *place_table().outcomes.values())) if printed else (end_point,)
        asked = [(one, when) for one in end_points for when in months]
        answers = self.field.told([self._place(*one) for one in asked])
        for column, one in enumerate(asked):
            self.known[one] = Answer(
                answers.error[:, column], answers.variance[:, column], answers.of_spread[:, column]
            )

    def _place(self, end_point: str, month: float) -> SharedFigure:
        day = month * DAYS_PER_MONTH
        place = Place(
            "", "", "", end_point, family_of(end_point), self.treatment, self.kind, day, band_of(day), self.cells
        )
        return SharedFigure(place=place, angle=MIDDLE, variance=1.0, model=MIDDLE, spread=0.0, fitted=False)


def _printed() -> tuple[float, ...]:
    return tuple(map(float, settings().visits.report_months))


def _together(month: float) -> tuple[float, ...]:
    """Return the months that are asked for with one: all that a report prints, or else all of a curve."""
    printed = _printed()
    if month in printed:
        return printed
    return (
        month,
        *(float(m) for m in range(TOGETHER * (1 + int(month) // TOGETHER) + 1) if m not in (*printed, month)),
    )


def arm_residual(regimen: Regimen, cohort: Cohort) -> ArmResidual | None:
    """Return the residual of an arm for people such as these; None where none ships or it is out of date."""
    field, table = shipped_errors(), place_table()
    if field is None:
        return None
    families = [product(name).family for name in regimen.principal]
    cells = next((table.families_of_products[one] for one in families if one in table.families_of_products), None)
    nephritis = bool(np.median(cohort.columns["upcr"]) >= table.nephritis_upcr)
    treatment, kind = arm_words(regimen.id, cells, nephritis)
    return ArmResidual(field, treatment, kind, cells is not None)

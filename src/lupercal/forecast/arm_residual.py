"""What published shares say of an arm's chances: the residual at the place where the arm stands.

A forecast for one person takes the residual of groups of patients like them under the same treatment
(`lupercal.evidence.residual`): near published evidence the interval of a chance is moved and narrowed by it, far from
it it is the model's with the width that studies usually differ by.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.places import Place, arm_words, band_of, family_of, place_table
from lupercal.evidence.residual import MIDDLE, ConditionedField, Difference, shipped_conditioned
from lupercal.forecast.settings import settings
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.population.cohort import Cohort
from lupercal.therapy.regimen_records import Regimen
from lupercal.therapy.registry import product

Array = NDArray[np.float64]
TOGETHER = 24
"""Months of a curve that the field is asked about together."""

PROBES = ((0.0, 0.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 1.0))
"""Angles around `MIDDLE` that the model might say, and variances between sets: from these all others follow."""


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """What the field says at one place whatever the model says there, by part of the mixture, (parts,) each.

    The mean of the true angle is ``mean``[0] + ``mean``[1] x, with x the model's angle around `MIDDLE`; its variance is
    ``variance``[0] + ``variance``[1] x + ``variance``[2] x squared, and ``of_spread`` for each unit of the variance
    between sets.
    """

    mean: Array
    variance: Array
    of_spread: Array
    weights: Array

    def at(self, angle: float, spread: float) -> tuple[Array, Array, Array]:
        """Return means, standard deviations and weights where the model says an angle."""
        x = angle - MIDDLE
        variance = self.variance[0] + x * (self.variance[1] + x * self.variance[2]) + spread * self.of_spread
        return self.mean[0] + x * self.mean[1], np.sqrt(np.maximum(variance, 1e-8)), self.weights


@final
@dataclass(frozen=True, slots=True)
class ArmResidual:
    """The field and where an arm stands in it; ``known`` keeps its answers by end point and month."""

    field: ConditionedField
    treatment: str
    kind: str
    cells: bool
    known: dict[tuple[str, float], Answer] = dataclass_field(default_factory=dict, compare=False, repr=False)

    def angles(self, outcome: str, month: float, angle: float, spread: float) -> tuple[Array, Array, Array] | None:
        """Return means, standard deviations and weights of normal parts of the true angle; None where no study speaks.

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
        """Ask the field about an end point in all months that will be asked for with this one."""
        months = _together(month)
        asked = [self._place(end_point, one, MIDDLE + x, spread) for one in months for x, spread in PROBES]
        means, spreads, weights = (
            part.reshape(-1, len(months), len(PROBES)) for part in self.field.predict(asked)
        )  # fmt: skip
        for row, one in enumerate(months):
            self.known[end_point, one] = _answer(means[:, row], np.square(spreads[:, row]), weights[:, row, 0])

    def _place(self, end_point: str, month: float, angle: float, spread: float) -> Difference:
        day = month * DAYS_PER_MONTH
        place = Place(
            "", "", "", end_point, family_of(end_point), self.treatment, self.kind, day, band_of(day), self.cells
        )
        return Difference(
            place=place, angle=angle, variance=1.0, model=angle, spread=spread, modelled=True, fitted=False
        )


def _together(month: float) -> tuple[float, ...]:
    """Return the months that are asked for with one: all that a report prints, or else all of a curve."""
    printed = tuple(map(float, settings().visits.report_months))
    if month in printed:
        return printed
    return (
        month,
        *(float(m) for m in range(TOGETHER * (1 + int(month) // TOGETHER) + 1) if m not in (*printed, month)),
    )


def _answer(means: Array, variances: Array, weights: Array) -> Answer:
    """Return the answer that four probes (parts, 4) tell: it is a straight line in the mean, a parabola in variance."""
    middle, above, below, spread = variances.T
    mean = np.stack([means[:, 0], (means[:, 1] - means[:, 2]) / 2])
    variance = np.stack([middle, (above - below) / 2, (above + below) / 2 - middle])
    return Answer(mean, variance, spread - middle, weights)


def arm_residual(regimen: Regimen, cohort: Cohort) -> ArmResidual | None:
    """Return the residual of an arm for people such as these; None where none ships or it is out of date."""
    field, table = shipped_conditioned(), place_table()
    if field is None:
        return None
    families = [product(name).family for name in regimen.principal]
    cells = next((table.families_of_products[one] for one in families if one in table.families_of_products), None)
    nephritis = bool(np.median(cohort.columns["upcr"]) >= table.nephritis_upcr)
    treatment, kind = arm_words(regimen.id, cells, nephritis)
    return ArmResidual(field, treatment, kind, cells is not None)

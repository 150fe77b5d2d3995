"""What published shares say of an arm's chances: the residual at the place where the arm stands.

A forecast for one person takes what published shares say of the model's error under the same treatment
(`lupercal.evidence.residual`): near published evidence the interval of a chance is moved and narrowed by it, far from
it it is the model's with the width that it usually errs by. A person is not drawn to what studies report of others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.evidence.places import Place, arm_words, band_of, family_of, place_table
from lupercal.evidence.random_effects import SharedFigure
from lupercal.evidence.residual import ConditionedField, shipped_conditioned
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.population.cohort import Cohort
from lupercal.therapy.regimen_records import Regimen
from lupercal.therapy.registry import product

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class ArmResidual:
    """The field and where an arm stands in it."""

    field: ConditionedField
    treatment: str
    kind: str
    cells: bool

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
        day = month * DAYS_PER_MONTH
        place = Place(
            "", "", "", end_point, family_of(end_point), self.treatment, self.kind, day, band_of(day), self.cells
        )
        asked = SharedFigure(place=place, angle=angle, variance=1.0, model=angle, spread=spread, fitted=False)
        means, spreads = self.field.corrected([asked])
        return means[:, 0], spreads[:, 0]


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

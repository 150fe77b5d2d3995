"""The daily dose of all glucocorticoids as prednisone, from one entered number or from the doses of single drugs.

Equivalents stand in the table of drugs (`lupercal.patient.drugs`).
"""

from __future__ import annotations

import numpy as np

from lupercal.instruments.columns import View
from lupercal.instruments.three_valued import Interval
from lupercal.patient.drugs import prednisone_equivalents

DOSES = tuple(f"{drug}_dose" for drug in prednisone_equivalents())
"""Columns of single glucocorticoids, mg/d by mouth or vein."""


def daily_prednisone(view: View) -> Interval:
    """Return prednisone equivalent, mg/d: ``prednisone`` as entered, else the sum of the single doses."""
    return view.number("prednisone").or_else(sum_of_doses(view))


def sum_of_doses(view: View) -> Interval:
    """Return the doses of single glucocorticoids as prednisone, mg/d; unknown where no drug has a column.

    A drug without a column was not given; a blank in a column that is there leaves the sum open upwards.
    """
    given = [drug for drug in prednisone_equivalents() if f"{drug}_dose" in view]
    total = Interval(np.zeros(view.shape), np.zeros(view.shape)) if given else Interval.unknown(view.shape)
    for drug in given:
        dose = view.number(f"{drug}_dose")
        rows = dose.is_unknown
        given_dose = Interval(np.where(rows, 0.0, dose.low), dose.high).within(0.0, np.inf)
        total = total + given_dose * prednisone_equivalents()[drug]
    nothing = np.all([view.number(f"{drug}_dose").is_unknown for drug in given], axis=0) if given else True
    return Interval(np.where(nothing, -np.inf, total.low), np.where(nothing, np.inf, total.high))

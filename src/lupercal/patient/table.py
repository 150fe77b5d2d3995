"""Visits as columns: one float64 array per variable, NaN where unknown; the form in which everything is scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lupercal.patient.record import Measurement, Patient, Visit

Columns = Mapping[str, NDArray[np.float64]]

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12


def visit_columns(visits: Sequence[Visit]) -> dict[str, NDArray[np.float64]]:
    """Return the visits' values as columns.

    Parameters
    ----------
    visits
        n visits, one row each, in the order given.

    Returns
    -------
    dict
        Per variable an array of shape (n,), in the dictionary's unit: NaN where unknown, the bound where censored. A
        variable with a censored value has two more columns, ``"<name>@low"`` and ``"<name>@high"``: equal to the value
        where it is exact, infinite on the open side where it is not, NaN where unknown. ``day`` is always there.
    """
    columns = {"day": np.array([visit.day for visit in visits], dtype=np.float64)}
    for name in dict.fromkeys(name for visit in visits for name in visit.values):
        measurements = [visit.values.get(name) for visit in visits]
        columns[name] = _column(measurements, lambda one: one.value)
        if any(one is not None and one.censored for one in measurements):
            columns[f"{name}@low"] = _column(measurements, lambda one: one.low)
            columns[f"{name}@high"] = _column(measurements, lambda one: one.high)
    return columns


def patient_columns(patient: Patient) -> dict[str, NDArray[np.float64]]:
    """Return `visit_columns` of a patient with ``age`` (a) and ``sex_female`` filled from the person where known.

    A value that a visit states itself is kept. Age at a visit is the age at day 0 plus the days since.
    """
    columns = visit_columns(patient.visits)
    years = np.nan if patient.age_years is None else patient.age_years
    female = np.nan if patient.sex is None else float(patient.sex == "female")
    for name, filled in (
        ("age", years + columns["day"] / DAYS_PER_YEAR),
        ("sex_female", np.full_like(columns["day"], female)),
    ):
        stated = columns.get(name, np.full_like(filled, np.nan))
        columns[name] = np.where(np.isnan(stated), filled, stated)
    return columns


def _column(measurements: list[Measurement | None], value: Callable[[Measurement], float]) -> NDArray[np.float64]:
    return np.array([np.nan if one is None else value(one) for one in measurements], dtype=np.float64)

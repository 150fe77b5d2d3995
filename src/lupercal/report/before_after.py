"""The table before and after treatment, with the rows the clinics' pages print: this patient, then each therapy."""

from __future__ import annotations

import math

import numpy as np

from lupercal.forecast.result import Forecast, ForecastArm
from lupercal.report.layout import Table, table_of
from lupercal.report.patient_tables import score_words
from lupercal.report.selection import MEDIAN, at_month, baseline_value, reported_bands
from lupercal.report.shown import BeforeAfterRow, arm_groups, page_one_data
from lupercal.report.wording import DASH, label, measured, number, simulated, unit
from lupercal.visits.of_patient import instrument_columns


def before_after_table(forecast: Forecast) -> Table:
    """Return parameters × therapies: this patient before, and nine in ten virtual patients 6 to 12 months after."""
    data = page_one_data()["before_after"]
    months = [float(m) for m in data["months"] if m <= forecast.months] or [float(forecast.months)]
    groups = arm_groups(forecast)
    names = [group.names for group in groups]
    rows = [
        (
            row["title"] + _below(row),
            _before(forecast, row["variable"]),
            *(_after(group.first, row["variable"], months) for group in groups),
        )
        for row in data["rows"]
    ]
    rows += [(f"{row['title']}\n{row['why']}", "not known", *[DASH] * len(groups)) for row in data["not_forecast"]]
    when = " and ".join(number(month) for month in months)
    return table_of(
        "before-after",
        f"Before treatment and after {when} months",
        ("Parameter", "Before: this patient", *names),
        "ll" + "l" * len(names),
        rows,
        f"After: median of the virtual patients at {when} months; below it where nine in ten of them lie at the last.",
    )


def _below(row: BeforeAfterRow) -> str:
    """Return what is measured, printed under the row's title."""
    name, unit_name = label(row["variable"]), unit(row["variable"])
    measure = f"{name}, {unit_name}" if unit_name else name
    return f"\n{measure}; {row['note']}" if "note" in row else f"\n{measure}"


def _before(forecast: Forecast, variable: str) -> str:
    """Return what is known before treatment: the value, the bounds of a score, the daily dose that is taken."""
    value = baseline_value(forecast, variable)
    if value:
        return measured(value)
    bounds = (score_words(score) for score in forecast.assessment if score.instrument == variable)
    words_before = next(bounds, DASH) if variable != "prednisone" else number(_daily_dose(forecast))
    return "not known" if words_before == DASH else words_before


def _daily_dose(forecast: Forecast) -> float:
    """Return prednisone at baseline, mg/d, as scores read it from the treatments; NaN where they do not say."""
    columns = instrument_columns(forecast.patient)
    at = np.flatnonzero(columns["day"] == forecast.baseline_day)
    stated = "prednisone" in columns and at.size and "prednisone@low" not in columns
    return float(columns["prednisone"][at[0]]) if stated else math.nan


def _after(arm: ForecastArm, variable: str, months: list[float]) -> str:
    band = next((band for band in reported_bands(arm) if band.variable == variable), None)
    at = [at_month(band, month) for month in months] if band else []
    quantiles = [q for q in at if q is not None and np.isfinite(q).all()]
    if not quantiles:
        return DASH
    medians = " → ".join(simulated(variable, float(q[MEDIAN])) for q in quantiles)
    low, high = (simulated(variable, float(quantiles[-1][k])) for k in (0, -1))
    return f"{medians}\n{low} to {high}"

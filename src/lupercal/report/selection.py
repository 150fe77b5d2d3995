"""What of a forecast is shown: arms, outcomes, months, values. One place, so that no page can leak a withheld arm."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lupercal.forecast.result import QUANTILES, Band, Chance, Forecast, ForecastArm
from lupercal.patient.record import Measurement, Visit
from lupercal.patient.table import DAYS_PER_MONTH
from lupercal.report.wording import words

Array = NDArray[np.float64]
MAIN_MONTH = 12.0
MEDIAN = QUANTILES.index(0.50)
OF_CARE = ("mycophenolate_mofetil", "tablets_per_day", "days_in_hospital")
"""Bands that are drawn by protocol of care, not as courses."""

_COURSE_ORDER = ("sledai_2k", "anti_dsdna", "c3", "upcr", "egfr", "cd19", "igg", "prednisone")


def forecast_arms(forecast: Forecast) -> tuple[ForecastArm, ...]:
    """Return the arms whose efficacy may be shown."""
    return tuple(arm for arm in forecast.arms if arm.efficacy_withheld is None)


def reported_efficacy(arm: ForecastArm) -> tuple[Chance, ...]:
    """Return an arm's chances of benefit and relapse; none where efficacy is withheld."""
    return arm.chances if arm.efficacy_withheld is None else ()


def reported_toxicity(arm: ForecastArm) -> tuple[Chance, ...]:
    """Return an arm's chances of harm; none where efficacy is withheld, for they would be the background's alone."""
    return arm.toxicity if arm.efficacy_withheld is None else ()


def reported_bands(arm: ForecastArm) -> tuple[Band, ...]:
    """Return an arm's bands in the report's order; none where efficacy is withheld."""
    if arm.efficacy_withheld is not None:
        return ()
    ordered = [name for name in _COURSE_ORDER if name in arm.bands]
    return tuple(arm.bands[name] for name in (*ordered, *(n for n in arm.bands if n not in {*ordered, *OF_CARE})))


def outcomes(forecast: Forecast) -> tuple[str, ...]:
    """Return the outcomes of the arms shown, known ones first and in the order of ``words.yaml``."""
    present = dict.fromkeys(chance.outcome for arm in forecast.arms for chance in reported_efficacy(arm))
    ordered = [name for name in words()["outcomes"] if name in present]
    return (*ordered, *(name for name in present if name not in ordered))


def months(forecast: Forecast, outcome: str) -> tuple[float, ...]:
    """Return the months at which an outcome was counted in any arm shown, rising."""
    return tuple(sorted({c.month for arm in forecast.arms for c in reported_efficacy(arm) if c.outcome == outcome}))


def chance_at(chances: tuple[Chance, ...], outcome: str, month: float) -> Chance | None:
    """Return the chance of an outcome at a month, or None."""
    return next((c for c in chances if c.outcome == outcome and math.isclose(c.month, month)), None)


def latest(chances: tuple[Chance, ...], outcome: str) -> Chance | None:
    """Return the chance of an outcome at the last month it was counted, or None."""
    return max((c for c in chances if c.outcome == outcome), key=lambda c: c.month, default=None)


def main_month(forecast: Forecast) -> float:
    """Return month 12, or the last month counted where the forecast is shorter or leaves month 12 out."""
    counted = {c.month for arm in forecast.arms for c in reported_efficacy(arm)}
    return MAIN_MONTH if MAIN_MONTH in counted or not counted else max(counted)


def last_month(forecast: Forecast) -> float:
    """Return the last month counted in any arm shown; the forecast's length if none was counted."""
    return max((c.month for arm in forecast.arms for c in reported_efficacy(arm)), default=float(forecast.months))


def at_month(band: Band, month: float) -> Array | None:
    """Return the quantiles (5,) at the visit nearest to a month; None if no visit lies within half a month."""
    away = np.abs(band.days - month * DAYS_PER_MONTH)
    nearest = int(np.argmin(away)) if away.size else 0
    return band.quantiles[:, nearest] if away.size and away[nearest] <= DAYS_PER_MONTH / 2 else None


def baseline_visit(forecast: Forecast) -> Visit | None:
    """Return the visit the forecast starts from, or None if the patient has no visit that day."""
    return next((v for v in forecast.patient.visits if v.day == forecast.baseline_day), None)


def baseline_value(forecast: Forecast, variable: str) -> Measurement | None:
    """Return the patient's own value at baseline: stated, assessed by an instrument, or matched on; else None."""
    visit = baseline_visit(forecast)
    if visit and variable in visit.values:
        return visit.values[variable]
    for score in forecast.assessment:
        if score.instrument == variable and score.value is not None:
            return Measurement(score.value)
    matched = next((m for m in forecast.match.variables if m.variable == variable and m.how in ("value", "set")), None)
    return Measurement(matched.observed) if matched else None


def was_given(forecast: Forecast, arm: ForecastArm) -> bool:
    """Return whether the real patient received this arm's therapy on day 0."""
    return any(_same(t.drug, arm.therapy) and t.start_day == 0 for t in forecast.patient.treatments)


def observed(forecast: Forecast, arm: ForecastArm, variable: str) -> tuple[tuple[int, Measurement], ...]:
    """Return the real patient's values (day, value) after day 0 and within the course drawn.

    Nothing if this arm is not the therapy they received.
    """
    last = max(arm.bands[variable].days, default=0.0) if variable in arm.bands else 0.0
    if not was_given(forecast, arm):
        return ()
    later = (v for v in forecast.patient.visits if 0 < v.day <= last and variable in v.values)
    return tuple((visit.day, visit.values[variable]) for visit in later)


def _same(drug: str, therapy: str) -> bool:
    first, other = (text.casefold().replace("-", "_").replace(" ", "_") for text in (drug, therapy))
    return first == other


def flat(values: Any, prefix: str = "") -> tuple[tuple[str, str], ...]:
    """Return nested mappings as (dotted name, text) rows, in order."""
    if isinstance(values, Mapping):
        rows = [flat(value, f"{prefix}.{key}" if prefix else str(key)) for key, value in values.items()]
        return tuple(row for part in rows for row in part)
    return ((prefix, ", ".join(map(str, values)) if isinstance(values, list | tuple) else str(values)),)

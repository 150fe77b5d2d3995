"""From a patient to visits, and to the columns that instruments read of them: the one way from the one to the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from lupercal.instruments.columns import ATTRIBUTIONS, Columns
from lupercal.instruments.licats import attribute
from lupercal.instruments.look_back import with_earlier
from lupercal.instruments.registry import instrument
from lupercal.instruments.result import Score, Status
from lupercal.instruments.taken import with_drugs
from lupercal.instruments.three_valued import Array
from lupercal.instruments.windows import baseline_row
from lupercal.patient.drugs import drug_classes
from lupercal.patient.record import Patient, Visit
from lupercal.patient.table import patient_columns
from lupercal.patient.variables import variables
from lupercal.visits.visits import Visits


def visits_of(patient: Patient, day: int | None = None) -> Visits:
    """Return the visits of a patient, one person: what was recorded, age and sex, attributions, days since cells.

    Parameters
    ----------
    patient
        Visits in order of day.
    day
        Only what was known on this day: later visits are left out, and the last visit is that of the day itself, with
        nothing but age and sex where nobody was seen. All visits where it is not given.

    Returns
    -------
    Visits
        Columns of shape (visits, 1): values with their bounds, ``<item>@attributed_to``, ``days_since_infusion``.
    """
    until_day = patient if day is None else replace(patient, visits=visits_until(patient, day))
    columns = with_limits_kept(patient_columns(until_day)) | _attributions(until_day.visits)
    columns["days_since_infusion"] = _since_cells(patient, columns["day"])
    days = columns.pop("day").astype(np.int64)
    return Visits(days, {name: column[:, None] for name, column in columns.items()})


def with_limits_kept(columns: Mapping[str, Array]) -> dict[str, Array]:
    """Return a patient's columns with each limit of a laboratory holding until another is stated.

    A limit of which only a bound was stated is not carried on, as in `lupercal.rules.measured.limit_of`.

    Parameters
    ----------
    columns
        Shape (visits,), one patient, in order of day.
    """
    holding = dict(columns)
    for name in _limits() & columns.keys():
        stated = ~np.isnan(columns[name])
        last = np.maximum.accumulate(np.where(stated, np.arange(stated.size), -1))
        bounds = [key for key in (f"{name}@low", f"{name}@high") if key in columns]
        exact = np.array([row >= 0 and all(columns[key][row] == columns[name][row] for key in bounds) for row in last])
        for key in (name, *bounds):
            holding[key] = np.where(stated | ~exact, columns[key], columns[key][last])
    return holding


@cache
def _limits() -> frozenset[str]:
    """Return the variables that hold a laboratory's limit of another."""
    definitions = variables().values()
    return frozenset(limit for one in definitions for limit in (one.limit_low, one.limit_high) if limit is not None)


def visits_until(patient: Patient, day: int) -> tuple[Visit, ...]:
    """Return the visits up to a day, the last of them on that day, empty where nobody was seen."""
    past = tuple(visit for visit in patient.visits if visit.day <= day)
    return past if past and past[-1].day == day else (*past, Visit(day))


def baseline_columns(patient: Patient) -> dict[str, Array]:
    """Return the baseline visit as columns of shape (), with age and sex."""
    row = next(k for k, visit in enumerate(patient.visits) if visit is patient.baseline())
    return {name: column[row, 0] for name, column in visits_of(patient).columns.items()}


def instrument_columns(
    patient: Patient, family: str = "", window_days: int | None = None, attribution: str = "lupus"
) -> dict[str, Any]:
    """Return all visits of a patient with everything instruments ask for that can be worked out.

    Parameters
    ----------
    patient
        Visits in order of day.
    family, window_days, attribution
        With a family (`lupercal.instruments.windows.Family`) and a window of 10 or 30 days also what earlier visits of
        the window found (``x@earlier``), at each visit, the one before it and the baseline.

    Returns
    -------
    dict
        Columns of shape (visits,): ``day``, those of `visits_of`, ``x@previous``, ``x@baseline`` (the last visit on or
        before day 0, else the first), and where a visit does not state them the drugs taken
        (`lupercal.instruments.taken`) and ``new_activity``.
    """
    seen = visits_of(patient)
    columns: dict[str, Any] = {"day": seen.days.astype(np.float64)}
    columns |= {name: column[:, 0] for name, column in seen.columns.items()}
    columns = attribute(with_drugs(columns, patient.treatments))
    columns = with_previous(columns) if len(seen.days) > 1 else columns
    if family and window_days is not None:  # new proteinuria is new against the visit before: it is known by now
        columns = with_earlier(columns, family, columns["day"], window_days, attribution)
    if len(seen.days) > 1:
        columns = with_baseline(columns, _baseline(columns["day"]))
        fresh = seen.new_activity()[:, 0]
        stated = columns.get("new_activity", np.full(len(fresh), np.nan))
        columns["new_activity"] = np.where(np.isnan(stated), fresh, stated)
    return columns


def with_previous(columns: Columns) -> dict[str, Any]:
    """Add for each column that of the visit before (``x@previous``); the first visit has none.

    Parameters
    ----------
    columns
        Shape (visits,), one patient, in order of day.
    """
    return dict(columns) | {_named(name, "previous"): _shifted(column) for name, column in _plain(columns).items()}


def with_baseline(columns: Columns, row: int = 0) -> dict[str, Any]:
    """Add for each column its value at the baseline visit (``x@baseline``), for the visits after it.

    Parameters
    ----------
    columns
        Shape (visits,), one patient, in order of day.
    row
        Position of the baseline visit; at it and before it the added columns are unknown.
    """
    return dict(columns) | {_named(name, "baseline"): _from(column, row) for name, column in _plain(columns).items()}


def not_at_baseline(score: Score, columns: Columns) -> Score:
    """Return a response with the visits up to its baseline as not evaluable; other results as they are.

    Parameters
    ----------
    score
        Over one patient's visits, shape (visits,).
    columns
        From `instrument_columns`.
    """
    inputs = instrument(score.instrument).inputs
    if "treatment_failure" not in inputs and not any(name.endswith("@baseline") for name in inputs):
        return score
    early = np.arange(score.value.size) <= _baseline(columns["day"])
    status = np.where(early, np.int8(Status.NOT_EVALUABLE), score.status)
    return replace(score, value=np.where(early, np.nan, score.value), status=status)


def _plain(columns: Columns) -> Mapping[str, Any]:
    return {n: c for n, c in columns.items() if "@previous" not in n and "@baseline" not in n and n != "day"}


def _named(name: str, visit: str) -> str:
    plain, _, end = name.partition("@")
    return f"{plain}@{visit}" + (f"@{end}" if end else "")


def _shifted(column: Any) -> Array:
    values = np.asarray(column, float)
    return np.concatenate([[np.nan], values[:-1]])


def _from(column: Any, row: int) -> Array:
    values = np.asarray(column, float)
    return np.where(np.arange(values.size) > row, values[row], np.nan)


def _baseline(days: Array) -> int:
    return int(baseline_row((days <= 0).sum()))


def _attributions(visits: Sequence[Visit]) -> dict[str, Array]:
    """Return ``<item>@attributed_to`` columns, coded as instruments read them; NaN where nothing was said."""
    names = dict.fromkeys(name for visit in visits for name in visit.attribution)
    codes = {word: float(code) for code, word in enumerate(ATTRIBUTIONS)}
    return {
        f"{name}@attributed_to": np.array([codes.get(visit.attribution.get(name, ""), np.nan) for visit in visits])
        for name in names
    }


def _since_cells(patient: Patient, days: Array) -> Array:
    """Return the days since the last cell product at each visit; NaN before the first or without one."""
    starts = [
        t.start_day for t in patient.treatments if drug_classes().get(t.drug) == "cell" and t.start_day is not None
    ]
    since = np.array([[day - start if day >= start else np.nan for start in starts] for day in days])
    return np.fmin.reduce(since, axis=1) if starts else np.full(days.shape, np.nan)

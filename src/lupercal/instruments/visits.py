"""From a patient to the columns instruments read: attributions, baseline and previous visit, days since the cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lupercal.instruments.columns import ATTRIBUTIONS, Columns, current, suffixed
from lupercal.instruments.licats import attribute
from lupercal.instruments.lldas import new_activity
from lupercal.instruments.registry import instrument
from lupercal.instruments.result import Score, Status
from lupercal.instruments.taken import with_drugs
from lupercal.instruments.three_valued import Array
from lupercal.patient.cases import read_case
from lupercal.patient.drugs import drug_classes
from lupercal.patient.read import read_patient
from lupercal.patient.record import Patient
from lupercal.patient.table import patient_columns


def instrument_columns(patient: Patient) -> dict[str, Any]:
    """Return all visits of a patient with everything instruments ask for that can be worked out.

    Parameters
    ----------
    patient
        Visits in order of day.

    Returns
    -------
    dict
        Columns of shape (visits,): values, ``<item>@attributed_to``, ``x@previous``, ``x@baseline`` (the last visit
        on or before day 0, else the first), ``days_since_infusion``, and where a visit does not state them the drugs
        taken (`lupercal.instruments.taken`) and ``new_activity``.
    """
    columns: dict[str, Any] = patient_columns(patient) | _attributions(patient)
    columns = with_drugs(columns, patient.treatments)
    columns["days_since_infusion"] = _since_cells(patient, columns["day"])
    if len(patient.visits) > 1:
        columns = with_baseline(with_previous(columns), _baseline(columns["day"]))
        stated = columns.get("new_activity", np.full(len(patient.visits), np.nan))
        derived = new_activity(suffixed(columns, "previous"), current(columns))
        columns["new_activity"] = np.where(np.isnan(stated), derived, stated)
    return attribute(columns)


def read_any(text: str) -> Patient:
    """Return the patient in a file, or the case of that name.

    Raises
    ------
    InputError
        If there is neither.
    """
    path = Path(text)
    return read_patient(path) if path.suffix or path.exists() else read_case(text)


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
    before = np.flatnonzero(days <= 0)
    return int(before[-1]) if before.size else 0


def _attributions(patient: Patient) -> dict[str, Array]:
    names = dict.fromkeys(name for visit in patient.visits for name in visit.attribution)
    codes = {word: float(code) for code, word in enumerate(ATTRIBUTIONS)}
    return {
        f"{name}@attributed_to": np.array(
            [codes.get(visit.attribution.get(name, ""), np.nan) for visit in patient.visits]
        )
        for name in names
    }


def _since_cells(patient: Patient, days: Array) -> Array:
    """Return the days since the last cell product at each visit; NaN before the first or without one."""
    starts = [
        t.start_day for t in patient.treatments if drug_classes().get(t.drug) == "cell" and t.start_day is not None
    ]
    since = np.array([[day - start if day >= start else np.nan for start in starts] for day in days])
    return np.fmin.reduce(since, axis=1) if starts else np.full(days.shape, np.nan)

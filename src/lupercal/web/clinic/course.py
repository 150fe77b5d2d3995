"""The course of one patient: series over time with the forecast behind them, drugs, infusions; values by visit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lupercal.patient.record import Measurement, Patient
from lupercal.patient.unit_words import unit_in_words
from lupercal.patient.variables import variables
from lupercal.registry.expectations import HIGH, LOW, MIDDLE, Expectation
from lupercal.report.patient_tables import drug_name
from lupercal.report.wording import measured
from lupercal.visits.patient_scores import patient_scores
from lupercal.web.clinic.data import clinic_data
from lupercal.web.figures.panels import DayPanel, DrugBar, MeasuredPoint, PanelBand, drawn_panels

_BEYOND = 120
"""Days by which bands go on after the last visit in the timeline of a patient."""


def course_panels(
    patient: Patient, expected: Sequence[Expectation] = (), activity: Mapping[int, Measurement] | None = None
) -> tuple[DayPanel, ...]:
    """Return what the timeline draws, panel by panel: values as recorded, and the bands that were expected.

    ``activity`` is `settled_activity` where the caller has it.
    """
    activity = settled_activity(patient) if activity is None else activity
    last = max([0, *(visit.day for visit in patient.visits)]) + _BEYOND
    return tuple(
        DayPanel(panel.title, _unit(name), points, tuple(_bands(name, expected, last)))
        for panel in clinic_data().timeline for name in panel.variables
        if (points := tuple(_points(patient, name, activity)))
    )  # fmt: skip


def drug_bars(patient: Patient) -> tuple[DrugBar, ...]:
    """Return the drugs of a record as bars; an end that is not known lies at the edge of what is recorded."""
    days = [0, *(visit.day for visit in patient.visits)]
    first, last = min(days), max(days)
    bars = []
    for course in patient.treatments:
        start = first if course.start_day is None else max(first, course.start_day)
        ended = course.stop_day is None and course.status in {"stopped", "failed"}
        stop = last if course.stop_day is None else min(last, course.stop_day)
        if not ended and start <= stop:
            words = f"from {_end(course.start_day)} to {_end(course.stop_day)}, {course.status or 'status not known'}"
            bars.append(DrugBar(drug_name(course.drug), start, stop, words))
    return tuple(bars)


def timeline(
    patient: Patient, infusions: Iterable[tuple[int, str]] = (), expected: Sequence[Expectation] = ()
) -> dict[str, Any]:
    """Return the timeline as a Vega-Lite specification: one panel per measure, one shared axis of days."""
    panels = course_panels(patient, expected)
    titles = ", ".join(one.title for one in panels) or "no values"
    return drawn_panels(f"Course of {patient.id}: {titles}", panels, infusions, drug_bars(patient))


def settled_activity(patient: Patient) -> Mapping[int, Measurement]:
    """Return SLEDAI-2K at each visit where it is settled, computed from the items or as recorded."""
    if not patient.visits:
        return {}
    score = patient_scores(patient, ["sledai_2k"])[0]
    days = [visit.day for visit in patient.visits]
    return {day: Measurement(float(v)) for day, v in zip(days, score.value, strict=True) if math.isfinite(v)}


def band_name(one: Expectation) -> str:
    """Return how a figure names the band of a kept run."""
    rests = f"{one.visits} visit{'' if one.visits == 1 else 's'}"
    return f"forecast of {one.made}, from day {one.since}, on {rests}"


def _points(patient: Patient, name: str, activity: Mapping[int, Measurement]) -> Iterator[MeasuredPoint]:
    for visit in patient.visits:
        measured_value = activity.get(visit.day) if name == "sledai_2k" else visit.values.get(name)
        if measured_value is not None:
            bound = "" if measured_value.comparator == "=" else measured_value.comparator
            yield MeasuredPoint(visit.day, visit.date or "", measured_value.value, bound, measured(measured_value))


def _bands(name: str, expected: Sequence[Expectation], last: int) -> Iterator[PanelBand]:
    for expectation in expected:
        row = expectation.bands.get(name)
        if row is None:
            continue
        days, quantiles = np.array(row.days), np.array(row.quantiles, dtype=float)
        drawn = (days <= last) & np.isfinite(quantiles).all(axis=0)
        low, middle, high = (tuple(quantiles[place][drawn].tolist()) for place in (LOW, MIDDLE, HIGH))
        if drawn.any():
            hue = 0 if expectation.by == "learnt" else -1
            yield PanelBand(band_name(expectation), hue, tuple(days[drawn].tolist()), low, middle, high)


def _unit(name: str) -> str:
    unit = variables()[name].unit
    return "" if unit in {"1", "{score}"} else unit_in_words(unit)


def _end(day: int | None) -> str:
    return "a day that is not known" if day is None else f"day {day}"

"""Which drugs a patient took at each visit, from the treatments of the record; unknown unless the days say it.

A visit that states a dose or a flag itself is kept. Where the treatments show for certain more glucocorticoid than the
visit states, its dose is given as that of the single drug beside the stated one, and instruments see the contradiction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lupercal.instruments.glucocorticoids import DOSES
from lupercal.instruments.three_valued import Array, Bools, Truth, any_of
from lupercal.patient.drugs import drug_classes
from lupercal.patient.record import Treatment
from lupercal.patient.variables import variables

FLAGS = {
    "on_antimalarial": "antimalarial",
    "on_immunosuppressant": "immunosuppressant",
    "on_biologic": "biologic",
    "on_investigational": "investigational",
}
"""Flag of a visit to the class of drugs it speaks of."""


def with_drugs(columns: Mapping[str, Any], treatments: Sequence[Treatment]) -> dict[str, Any]:
    """Return the columns with drugs taken, doses and flags, where the visits do not state them.

    Parameters
    ----------
    columns
        Visits of one patient, shape (visits,), with ``day``.
    treatments
        A class of drugs that none of them belongs to stays unknown: silence is not "none".
    """
    days, filled = np.asarray(columns["day"], float), dict(columns)
    for flag, group in FLAGS.items():
        courses = [one for one in treatments if drug_classes().get(one.drug) == group]
        if courses:
            _fill(filled, flag, any_of(_taken(one, days) for one in courses).state)
    for name in {one.drug for one in treatments if _has_dose(one)}:
        courses = [one for one in treatments if one.drug == name]
        if name == "prednisone":
            _fill_steroid(filled, courses, days)
        else:
            _fill(filled, name, _dose(courses, days, _taken))
    return filled


def _taken(one: Treatment, days: Array) -> Truth:
    """Return whether a course covers each day; one without an end covers it if it is current, else that is open."""
    begun = days >= one.start_day if one.start_day is not None else np.ones(days.shape, bool)
    over = days > one.stop_day if one.stop_day is not None else np.zeros(days.shape, bool)
    certain = one.stop_day is not None or one.status == "current"
    covered = begun & ~over
    if one.start_day is None and one.status in {"stopped", "failed"} and one.stop_day is None:
        covered &= days < 0
    return Truth(covered & (certain and (one.start_day is not None or one.status == "current")), covered)


def _certain(one: Treatment, days: Array) -> Truth:
    """Return whether a course with both its days covers each day."""
    bounded = one.start_day is not None and one.stop_day is not None
    covered = _taken(one, days).low & bounded
    return Truth(covered, covered)


def _dose(courses: Sequence[Treatment], days: Array, taken: Callable[[Treatment, Array], Truth]) -> Array:
    """Return the sum of the doses taken on each day; NaN where a course or its amount is not known."""
    total = np.zeros(days.shape)
    for one in courses:
        covered = taken(one, days)
        amount = np.nan if one.amount is None else one.amount
        total += np.where(covered.low, amount, np.where(covered.high, np.nan, 0.0))
    return total


def _fill_steroid(filled: dict[str, Any], courses: Sequence[Treatment], days: Array) -> None:
    stated = np.asarray(filled.get("prednisone", np.full(days.shape, np.nan)), float)
    _fill(filled, "prednisone", _dose(courses, days, _taken))
    certain = np.nan_to_num(_dose(courses, days, _certain))
    more: Bools = ~np.isnan(stated) & (certain > stated)
    if more.any():
        _fill(filled, "prednisone_dose", np.where(more, certain, np.nan))
    alone = np.isnan(stated) & ~_single_stated(filled, days)
    _fill(filled, "prednisone_dose", np.where(alone, filled.get("prednisone", np.nan), np.nan))


def _single_stated(filled: Mapping[str, Any], days: Array) -> Bools:
    """Return where a visit states the dose of a single glucocorticoid itself."""
    stated = np.zeros(days.shape, bool)
    for name in (name for name in DOSES if name in filled):
        stated |= ~np.isnan(np.asarray(filled[name], float))
    return stated


def _has_dose(one: Treatment) -> bool:
    held = variables().get(one.drug)
    return held is not None and held.group in {"drug", "instrument"} and one.unit in {None, held.unit}


def _fill(stated_columns: dict[str, Any], name: str, values: Array) -> None:
    stated = np.asarray(stated_columns.get(name, np.full(values.shape, np.nan)), float)
    filled = np.where(np.isnan(stated), values, stated)
    if not np.isnan(filled).all():
        stated_columns[name] = filled

"""What rules are asked about: patients as columns of visits, how old each datum is, and what is known of the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.instruments.three_valued import Array
from lupercal.patient.record import Patient, Treatment, Visit
from lupercal.visits.of_patient import visits_of, visits_until
from lupercal.visits.totals import with_totals


@final
@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a person apart from visits; empty organs and drugs are unknown, not none.

    ``drugs`` holds pairs of status (failed, current, stopped, given) and generic name, as they were on the day;
    ``last_given`` for a drug given before how many days ago at least and at most, where the record tells.
    """

    lupus_type: str | None = None
    organs: frozenset[str] = frozenset()
    drugs: frozenset[tuple[str, str]] = frozenset()
    last_given: frozenset[tuple[str, float, float]] = frozenset()

    def days_since(self, drug: str) -> tuple[float, float]:
        """Return how many days ago a drug was last given, at least and at most; from 0 to infinity where unknown."""
        return next(((least, most) for name, least, most in self.last_given if name == drug), (0.0, np.inf))


@final
@dataclass(frozen=True, slots=True)
class Facts:
    """Patients at the day of decision.

    Parameters
    ----------
    columns
        Names of the data dictionary (with ``@low``, ``@high``, ``@attributed_to``) to arrays of shape (patients,
        visits), visits in order of day, NaN unknown.
    days_ago
        Shape (patients, visits): days from the visit to the day of decision, never negative.
    profiles, profile
        Different profiles, and for each patient the place of its own, shape (patients,).
    visits
        The visits of a single patient, for explanations; empty for a table.
    """

    columns: Mapping[str, Array]
    days_ago: Array
    profiles: tuple[Profile, ...]
    profile: NDArray[np.intp]
    visits: tuple[Visit, ...] = field(default=())


def decision_day(patient: Patient) -> int:
    """Return the day on which a patient is judged unless another is given: 0, or the last visit if all are later."""
    days = [visit.day for visit in patient.visits]
    return max(days) if days and min(days) > 0 else 0


def last_day_before(patient: Patient, start: date | None) -> int:
    """Return the day up to which a record tells what is known before a treatment that starts on a date.

    It is the last visit before that date. Without a start, or where the record's day 0 has no date and so is taken for
    that of the treatment, it is `decision_day`.
    """
    usual = decision_day(patient)
    if start is None or patient.reference_date is None:
        return usual
    end = (start - date.fromisoformat(patient.reference_date)).days
    return max((visit.day for visit in patient.visits if usual < visit.day < end), default=usual)


def facts_of(patient: Patient, day: int | None = None) -> Facts:
    """Return one patient as known on a day.

    Parameters
    ----------
    patient
        Visits in order of day.
    day
        The day of decision; see `decision_day` where it is not given. Later visits and treatments do not count.

    Returns
    -------
    Facts
        One patient; the last row of visits is the day itself, so that age and sex are known on it.
    """
    day = decision_day(patient) if day is None else day
    seen = visits_of(patient, day)
    rows = with_totals({name: column.T for name, column in seen.columns.items()})
    drugs, ago = drugs_on(patient.treatments, day), days_since_given(patient.treatments, day)
    profile = Profile(patient.lupus_type, frozenset(patient.organs_involved), drugs, ago)
    days_ago = (day - seen.days).astype(np.float64)
    return Facts(rows, days_ago[None, :], (profile,), np.zeros(1, np.intp), visits_until(patient, day))


def drugs_on(treatments: Sequence[Treatment], day: int) -> frozenset[tuple[str, str]]:
    """Return status and name of the drugs of a record as they stood on a day.

    A drug that starts on the day or later was not *given* before; one that failed or stopped later had not yet. A
    course without days counts as its status says.
    """
    drugs: set[tuple[str, str]] = set()
    for treatment in treatments:
        begun = treatment.start_day is None or treatment.start_day <= day
        ended = treatment.stop_day is None or treatment.stop_day <= day
        if treatment.start_day is None or treatment.start_day < day:
            drugs.add(("given", treatment.drug))
        if treatment.status == "current" and begun and (treatment.stop_day is None or not ended):
            drugs.add(("current", treatment.drug))
        if treatment.status in {"failed", "stopped"} and begun and ended:
            drugs.add((treatment.status, treatment.drug))
    return frozenset(drugs)


def days_since_given(treatments: Sequence[Treatment], day: int) -> frozenset[tuple[str, float, float]]:
    """Return for each drug given before the day how many days ago it was last given, at least and at most.

    A course that goes on was given 0 days ago; one without an end may have ended on any day since it began.
    """
    spans: dict[str, tuple[float, float]] = {}
    for treatment in treatments:
        if treatment.start_day is None or treatment.start_day < day:
            least, most = _days_ago(treatment, day)
            before = spans.get(treatment.drug, (np.inf, np.inf))
            spans[treatment.drug] = (min(least, before[0]), min(most, before[1]))
    return frozenset((name, least, most) for name, (least, most) in spans.items())


def _days_ago(one: Treatment, day: int) -> tuple[float, float]:
    if one.stop_day is not None:
        ago = float(max(0, day - one.stop_day))
        return ago, ago
    if one.status == "current":
        return 0.0, 0.0
    return 0.0, np.inf if one.start_day is None else float(day - one.start_day)

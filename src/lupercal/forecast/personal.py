"""What a forecast takes from the real patient besides the baseline visit: drugs, body and time of the year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import final

from lupercal.course.background import Background, background_of, of_doses
from lupercal.forecast.biologics import Biologic, biologics_of
from lupercal.forecast.settings import settings
from lupercal.patient.record import Patient
from lupercal.therapy.body import Person
from lupercal.therapy.current import person_of
from lupercal.therapy.since import drugs_since


@final
@dataclass(frozen=True, slots=True)
class Personal:
    """Drugs, the body that doses are reckoned by, and the day of the year that day 0 is (0 for 1 January).

    ``before`` are the drugs of the last weeks before day 0, as steps of day and what was taken from then on; empty
    where they were those of day 0 all the time. ``biologics`` were given before day 0.
    """

    background: Background
    person: Person
    of_year: int = 0
    before: tuple[tuple[int, Background], ...] = ()
    biologics: tuple[Biologic, ...] = ()


def personal(patient: Patient) -> Personal:
    """Return what a forecast takes from a patient besides the baseline visit."""
    return Personal(
        background_of(patient), person_of(patient), day_of_year(patient), _before(patient), biologics_of(patient)
    )


def _before(patient: Patient) -> tuple[tuple[int, Background], ...]:
    steps = drugs_since(patient, -settings().candidates.own_drugs_days)
    return tuple((day, of_doses(doses)) for day, doses in steps) if len(steps) > 1 else ()


def day_of_year(patient: Patient) -> int:
    """Return the day of the year that day 0 is, 0 to 364; 0, 1 January, where the record has no date."""
    zero = patient.reference_date
    return 0 if zero is None else (date.fromisoformat(zero).timetuple().tm_yday - 1) % 365

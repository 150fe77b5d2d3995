"""What a patient took in the weeks before day 0, as far as the list of treatments gives days: begun, changed, ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lupercal.errors import LupercalError
from lupercal.evidence import units
from lupercal.patient.record import Patient, Treatment
from lupercal.therapy.current import daily_dose, drugs_of, person_of, taken_on

PULSE: Final = "glucocorticoid_pulse"
PREDNISONE: Final = "prednisone"
PULSE_DAYS: Final = 3
"""Length of a pulse whose end is not recorded; pulses are given on three days in a row (regimen
methylprednisolone_pulse)."""


def drugs_since(patient: Patient, first: int) -> tuple[tuple[int, Mapping[str, float]], ...]:
    """Return what was taken from day ``first`` up to day 0, as steps of day and doses by product.

    A drug begun in this time is missing from the steps before it, unless another line of it was taken then; a drug
    without days, or whose dose only a visit tells, is taken to have been taken all the time. Pulses of glucocorticoid
    count as prednisone on their days and end by day 0, after which no arm goes on with them.
    """
    person, now = person_of(patient), drugs_of(patient).doses
    lines = [(one, dose) for one in patient.treatments if (dose := daily_dose(one, person)) is not None]
    pulses = [(one, dose) for one in patient.treatments if one.drug == PULSE and (dose := _pulse(one)) is not None]
    changes = {*_days(line for line, _ in lines), *(day for one, _ in pulses for day in _span(one))}
    steps = sorted({first, *(day for day in changes if first < day < 0)})
    return tuple((day, _with_pulses(_on(day, now, lines), pulses, day)) for day in steps)


def _on(day: int, now: Mapping[str, float], lines: list[tuple[Treatment, float]]) -> dict[str, float]:
    """Return the doses of one day; ``lines`` come with their daily doses."""
    taken: dict[str, float] = {}
    for one, dose in lines:
        if taken_on(one, day) and one.start_day is not None:
            taken[one.drug] = taken.get(one.drug, 0.0) + dose
    begun_later = {
        one.drug for one, _ in lines if taken_on(one, 0) and one.start_day is not None and one.start_day > day
    }
    ended_since = {one.drug for one, _ in lines if taken_on(one, day) and not taken_on(one, 0)}
    settled = begun_later | ended_since
    return {name: dose for name, dose in now.items() if name not in settled} | {
        name: dose for name, dose in taken.items() if name in settled
    }


def _days(lines: Iterator[Treatment]) -> Iterator[int]:
    return (day for one in lines for day in (one.start_day, one.stop_day) if day is not None)


def _with_pulses(doses: dict[str, float], pulses: list[tuple[Treatment, float]], day: int) -> dict[str, float]:
    given = sum(dose for one, dose in pulses if _span(one)[0] <= day < _span(one)[1])
    return doses | {PREDNISONE: doses.get(PREDNISONE, 0.0) + given} if given else doses


def _span(pulse: Treatment) -> tuple[int, int]:
    """Return first day and end of a pulse with a known first day."""
    first = pulse.start_day or 0
    return first, min(0, first + PULSE_DAYS if pulse.stop_day is None else pulse.stop_day)


def _pulse(one: Treatment) -> float | None:
    """Return the dose of a pulse given before day 0, prednisone equivalent mg/d; None where dose or day is unknown."""
    if one.amount is None or one.unit is None or one.start_day is None or one.start_day >= 0:
        return None
    try:
        return one.amount if one.unit == "mg" else units.convert(one.amount, one.unit, "mg/d")
    except LupercalError:
        return None

"""A forecast made anew on a day of follow-up, from all visits so far, under what was given and what was planned."""

from __future__ import annotations

from lupercal.forecast.assimilation.evidence import visit_evidence
from lupercal.forecast.assimilation.given import given_to
from lupercal.forecast.assimilation.history import first_visit
from lupercal.forecast.assimilation.learn import Ask, lesson
from lupercal.forecast.assimilation.learnt import Learnt
from lupercal.patient.record import Patient
from lupercal.therapy.registry import product, regimen

MONTHS = 12
"""Months after today for which the forecast is made anew."""


def updated_forecast(patient: Patient, therapy: str, today: int, seed: int = 1, months: int = MONTHS) -> Learnt | None:
    """Return what all visits up to a day teach; None where none came after day 0, or no efficacy may be forecast.

    Parameters
    ----------
    patient
        The record.
    therapy
        The regimen that was planned for day 0; what the record lists of it counts as the record has it.
    today
        Record day that is looked at.
    seed
        Of all random numbers.
    months
        How far ahead.
    """
    planned = regimen(therapy)
    if any(not product(name).efficacy_forecast for name in planned.principal):
        return None
    first = first_visit(patient, today)
    if first is None or not any(one.day > 0 for one in visit_evidence(patient, today)):
        return None
    ask = Ask(patient, today, months, seed)
    given = given_to(patient, first, max(ask.ahead), planned, known_to=today)
    taught = lesson(Ask(patient, today, months, seed, given=given), _silent)
    return None if taught is None else taught.told


def _silent(what: str, share: float) -> None:
    """Tell nobody."""

"""What programmes' stated criteria say of a registered patient, kept with its day."""

from __future__ import annotations

import datetime as dt

from lupercal.programmes.eligibility import eligibility
from lupercal.programmes.registry import programme as find_programme
from lupercal.registry.care_records import EligibilityRecord
from lupercal.registry.opened import Registry
from lupercal.registry.rows import moment


def judge_patient(
    registry: Registry, patient: str, programme: str, *, by: str, day: int | None = None, on: dt.date | None = None
) -> EligibilityRecord:
    """Compare a registered patient with a programme's criteria and keep the result.

    Parameters
    ----------
    day
        Day of decision, as the record counts; that of the newest visit by default.
    on
        The date that the result bears; today by default.

    Raises
    ------
    InputError
        If the programme is not known.
    UnknownError
        If there is no such patient.
    """
    chosen = find_programme(programme)
    with registry.writing():
        whole = registry.patients.whole(patient)
        newest = max((visit.day for visit in whole.visits), default=0)
        judged = eligibility(whole, chosen, newest if day is None else day)
        record = EligibilityRecord(
            patient=whole.id, programme=chosen.id, date=on or moment().date(), day=judged.day, status=judged.status,
            safety=judged.safety.verdict, result=judged.record(),
        )  # fmt: skip
        return registry.eligibility.add(record, by=by)

"""Whose values lie outside the band of the kept forecast for not the first time, across all patients."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from lupercal.programmes.alerts import Alert
from lupercal.programmes.follow_up_bands import band_alerts
from lupercal.registry import tables
from lupercal.registry.expectations import expectations_of, newest_kept
from lupercal.registry.many import FollowedPatient, shifted
from lupercal.registry.memory import Memory

HELD = 50
"""Patients whose forecasts are read at a time: each is large, and only what left its band is kept."""


def off_course(
    memory: Memory, connection: Connection, followed: Sequence[FollowedPatient], today: dt.date
) -> Mapping[str, tuple[Alert, ...]]:
    """Return by patient the alerts of values outside their band, those that stand and those that are settled.

    They are those of `lupercal.programmes.follow_up_bands.band_alerts`, over the newest kept forecast.
    """
    forecast = _with_forecast(connection)
    some = [one for one in followed if one.patient.id in forecast and _measured_twice(one, today)]
    alerts = {}
    for first in range(0, len(some), HELD):
        part = some[first : first + HELD]
        programmes = {one.patient.id: one.programme for one in part}
        expected = expectations_of(memory, programmes, tuple(programmes))
        for patient in part:
            run = newest_kept(expected.get(patient.patient.id, ()), "forecast")
            until = (today - patient.start).days
            visits = shifted((visit for visit in patient.patient.visits if visit.day <= until), -patient.shift)
            if run is not None:
                checks = run.checks(replace(patient.patient, visits=visits))
                alerts[patient.patient.id] = tuple(band_alerts(checks))
    return alerts


def _with_forecast(connection: Connection) -> frozenset[str]:
    table = tables.forecast_run.c
    rows = connection.execute(select(table.patient).where(table.struck_at.is_(None)).distinct())
    return frozenset(rows.scalars())


def _measured_twice(followed: FollowedPatient, today: dt.date) -> bool:
    """Whether a variable has two values after day 0, without which none can leave its band twice."""
    return any(count > 1 for count in Counter(_measured(followed, (today - followed.start).days)).values())


def _measured(followed: FollowedPatient, until: int) -> Iterator[str]:
    return (name for visit in followed.patient.visits if 0 < visit.day <= until for name in visit.values)

"""How each kind of record is kept: its table, the beginning of its ids, and what is folded flat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, get_type_hints

from lupercal.patient.record import Treatment, Visit
from lupercal.registry import tables
from lupercal.registry.care_records import (
    AdverseEventRecord,
    ClaimCheckRecord,
    ConsentRecord,
    EligibilityRecord,
    ForecastRunRecord,
    Job,
    PlannedTask,
    PlanRecord,
    ScreeningRecord,
)
from lupercal.registry.product_records import ProductRecord
from lupercal.registry.records import Identity, RecordedTreatment, RecordedVisit, RegisteredPatient
from lupercal.registry.rows import Kind, kind_of, shallow

_COURSE = tuple(get_type_hints(Treatment))


def _flat_treatment(one: RecordedTreatment) -> dict[str, Any]:
    given = shallow(one)
    return given | shallow(given.pop("treatment"))


def _whole_treatment(given: Mapping[str, Any]) -> RecordedTreatment:
    course = Treatment(**{name: given[name] for name in _COURSE if name in given})
    return RecordedTreatment(**{k: v for k, v in given.items() if k not in _COURSE}, treatment=course)


def _flat_visit(one: RecordedVisit) -> dict[str, Any]:
    given = shallow(one)
    visit = given.pop("visit")
    date = None if visit.date is None else dt.date.fromisoformat(visit.date)
    return {**given, "day": visit.day, "date": date, "label": visit.label}


def _whole_visit(given: Mapping[str, Any]) -> RecordedVisit:
    """Return a visit without its values, which lie in a table of their own."""
    date = given.get("date")
    visit = Visit(given["day"], None if date is None else date.isoformat(), given.get("label", ""))
    return RecordedVisit(**{k: v for k, v in given.items() if k not in {"day", "date", "label"}}, visit=visit)


PATIENT = kind_of("patient", "p", RegisteredPatient, tables.patient)
IDENTITY = kind_of("identity", "i", Identity, tables.person)
VISIT = Kind(
    "visit", "v", RecordedVisit, tables.visit, _flat_visit, _whole_visit, {"day": int, "date": dt.date, "label": str}
)
TREATMENT = Kind(
    "treatment", "t", RecordedTreatment, tables.treatment, _flat_treatment, _whole_treatment,
    get_type_hints(Treatment),
)  # fmt: skip
SCREENING = kind_of("screening", "s", ScreeningRecord, tables.screening)
ELIGIBILITY = kind_of("eligibility", "e", EligibilityRecord, tables.eligibility)
PLAN = kind_of("plan", "l", PlanRecord, tables.plan)
TASK = kind_of("task", "k", PlannedTask, tables.task)
PRODUCT = kind_of("product", "c", ProductRecord, tables.product)
CONSENT = kind_of("consent", "n", ConsentRecord, tables.consent)
ADVERSE_EVENT = kind_of("adverse event", "a", AdverseEventRecord, tables.adverse_event)
FORECAST_RUN = kind_of("forecast", "f", ForecastRunRecord, tables.forecast_run)
CLAIM_CHECK = kind_of("claim check", "q", ClaimCheckRecord, tables.claim_check)
JOB = kind_of("job", "j", Job, tables.job)

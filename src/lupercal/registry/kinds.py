"""How each kind of record is kept: its table, the beginning of its ids, and what is folded flat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, get_type_hints

from lupercal.patient.record import Treatment, Visit
from lupercal.registry import tables
from lupercal.registry.care_records import (
    AcknowledgementRecord,
    AdverseEventRecord,
    ClaimCheckRecord,
    ConsentRecord,
    DocumentRecord,
    EligibilityRecord,
    ForecastRunRecord,
    Job,
    PlannedTask,
    PlanRecord,
    ScreeningRecord,
)
from lupercal.registry.product_records import ProductRecord
from lupercal.registry.records import Identity, RecordedTreatment, RecordedVisit, RegisteredPatient
from lupercal.registry.rows import Kind, flat_kind, shallow

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


PATIENT = flat_kind("patient", "p", RegisteredPatient, tables.patient)
IDENTITY = flat_kind("identity", "i", Identity, tables.person)
VISIT = Kind(
    "visit", "v", RecordedVisit, tables.visit, _flat_visit, _whole_visit, {"day": int, "date": dt.date, "label": str}
)
TREATMENT = Kind(
    "treatment", "t", RecordedTreatment, tables.treatment, _flat_treatment, _whole_treatment,
    get_type_hints(Treatment),
)  # fmt: skip
SCREENING = flat_kind("screening", "s", ScreeningRecord, tables.screening)
ELIGIBILITY = flat_kind("eligibility", "e", EligibilityRecord, tables.eligibility)
PLAN = flat_kind("plan", "l", PlanRecord, tables.plan)
TASK = flat_kind("task", "k", PlannedTask, tables.task)
PRODUCT = flat_kind("product", "c", ProductRecord, tables.product)
CONSENT = flat_kind("consent", "n", ConsentRecord, tables.consent)
ADVERSE_EVENT = flat_kind("adverse event", "a", AdverseEventRecord, tables.adverse_event)
ACKNOWLEDGEMENT = flat_kind("acknowledgement", "w", AcknowledgementRecord, tables.acknowledgement)
FORECAST_RUN = flat_kind("forecast", "f", ForecastRunRecord, tables.forecast_run)
DOCUMENT = flat_kind("document", "d", DocumentRecord, tables.document)
CLAIM_CHECK = flat_kind("claim check", "q", ClaimCheckRecord, tables.claim_check)
JOB = flat_kind("job", "j", Job, tables.job)

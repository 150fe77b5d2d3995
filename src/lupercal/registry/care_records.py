"""What is kept of a patient's way: screening, eligibility, plan, consent, adverse events, seen alerts, forecasts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Annotated, final

from pydantic import Field

from lupercal.registry.records import JobState, Json, KeptRecord, PlanState, TaskState


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningRecord(KeptRecord):
    """A screening: when, which tests with which result, and whether it is complete."""

    patient: str
    date: dt.date
    programme: str = ""
    results: Json = field(default_factory=dict)
    complete: bool = False
    note: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityRecord(KeptRecord):
    """What the stated criteria of a programme said of a patient: ``status`` and the whole ``result`` with reasons."""

    patient: str
    programme: str
    date: dt.date
    day: int
    status: str
    safety: str
    result: Json = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask(KeptRecord):
    """One dated line of a plan.

    ``item`` is the line's id in the plan, ``day`` counts from day 0; ``window_days`` is 0 where there is no window.
    ``tests`` are the tests of a visit (ids of `programmes`). ``visit_window`` says whether this is a planned visit,
    whose state follows from the recorded visits; any other task is done when it is marked.
    """

    patient: str
    plan: str
    item: str
    section: str
    title: str
    day: int
    last_day: int
    date: dt.date | None = None
    last_date: dt.date | None = None
    window_days: int = 0
    tests: tuple[str, ...] = ()
    note: bool = False
    state: TaskState = "open"
    done_on: dt.date | None = None

    @property
    def visit_window(self) -> bool:
        """Whether this is a planned visit with a window around it."""
        return bool(self.tests) and self.window_days > 0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord(KeptRecord):
    """A plan as it was made for a patient: programme, date of day 0, and the whole plan as JSON.

    ``families`` are the families of the products that are given; ``warnings`` what the plan flags.
    """

    patient: str
    programme: str
    start: dt.date | None
    state: PlanState = "current"
    families: tuple[str, ...] = ()
    plan: Json = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord(KeptRecord):
    """A consent: to what, by which version of the text, from when, and until when it was withdrawn."""

    patient: str
    purpose: str
    document: str
    given_on: dt.date
    withdrawn_on: dt.date | None = None
    note: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventRecord(KeptRecord):
    """An adverse event: term, grade with the scale it is graded by (CTCAE, CRS, ICANS, ICAHT), course and outcome."""

    patient: str
    term: str
    scale: str
    grade: Annotated[int, Field(ge=0, le=5)]
    began_on: dt.date
    ended_on: dt.date | None = None
    serious: bool = False
    related_to: str = ""
    outcome: str = ""
    note: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementRecord(KeptRecord):
    """That somebody has seen an alert: its id, the date and value it rests on or the recorded event, and what was done.

    It settles the alert as it stood. A later value, another value of that day, or a changed event raises it anew.
    """

    patient: str
    alert: str
    found_on: dt.date
    value: str
    event: str = ""
    note: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastRunRecord(KeptRecord):
    """A forecast that was made: what was asked, where the run is kept, what came out in short.

    ``visits`` is how many visits it rests on; a later forecast stands beside it and replaces nothing.
    """

    patient: str
    date: dt.date
    visits: int
    asked: Json = field(default_factory=dict)
    folder: str = ""
    digest: str = ""
    summary: Json = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRecord(KeptRecord):
    """A document of a patient as text: its kind (``import report``), its name, its content; both are encrypted."""

    patient: str
    kind: str
    date: dt.date
    name: str = ""
    content: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCheckRecord(KeptRecord):
    """A claim that was checked, and what came out; ``patient`` is empty where it concerns nobody in particular."""

    claim: str
    verdict: str
    patient: str = ""
    result: Json = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Job(KeptRecord):
    """A computation in the background: ``progress`` is the share done, ``checkpoint`` from where it can go on."""

    kind: str
    patient: str = ""
    asked: Json = field(default_factory=dict)
    state: JobState = "queued"
    progress: float = 0.0
    said: str = ""
    checkpoint: Json = field(default_factory=dict)
    result: Json = field(default_factory=dict)
    error: str = ""
    worker: str = ""
    attempts: int = 0
    queued_at: dt.datetime | None = None
    heartbeat_at: dt.datetime | None = None

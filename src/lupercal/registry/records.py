"""What the registry keeps, as frozen records: no row of a database ever leaves the package.

Every record has the same head: ``id`` and ``version`` are given by the registry (empty and 0 before it was added), with
``changed_at`` (UTC) and ``changed_by``. A record is added as it is, and changed by giving back a changed copy
(`dataclasses.replace`): its ``version`` says on which state the change rests.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

from pydantic import ConfigDict

from lupercal.patient.record import CaseCitation, DataOrigin, Sex, Treatment, UndatedValue, Visit

State = Literal[
    "candidate", "screened", "criteria_met", "planned", "collected", "released", "prepared", "infused", "follow_up",
    "closed",
]  # fmt: skip
TaskState = Literal["open", "done", "skipped"]
PlanState = Literal["current", "replaced", "withdrawn"]
ProductState = Literal["ordered", "collected", "made", "released", "presented", "infused", "discarded"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecord:
    """What every record of the registry begins with."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    id: str = ""
    version: int = 0
    changed_at: dt.datetime | None = None
    changed_by: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredPatient(KeptRecord):
    """Who is in the registry, without name: the head of a patient file, and where the patient is on the way.

    ``id`` is a random pseudonym such as ``p-8f3k2m9qd4``. ``reference_date`` is the date of day 0. ``programme`` is the
    one of the current plan.
    """

    state: State = "candidate"
    state_since: dt.date | None = None
    programme: str | None = None
    sex: Sex | None = None
    age_years: float | None = None
    lupus_type: str | None = None
    diagnosis_year: int | None = None
    reference_date: dt.date | None = None
    data_origin: DataOrigin = "clinical"
    organs_involved: tuple[str, ...] = ()
    title: str = ""
    notes: tuple[str, ...] = ()
    sources: tuple[CaseCitation, ...] = ()
    undated: tuple[UndatedValue, ...] = ()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(KeptRecord):
    """Names and contacts of a person, kept apart and encrypted; ``patient`` is the pseudonym they belong to.

    ``local_id`` is the number or file name by which the clinic knows the patient.
    """

    patient: str = ""
    given_name: str = ""
    family_name: str = ""
    birth_date: dt.date | None = None
    local_id: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        """Given and family name in one line."""
        return f"{self.given_name} {self.family_name}".strip()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedVisit(KeptRecord):
    """A visit of a registered patient; ``visit`` is what a patient file holds of it."""

    patient: str
    visit: Visit


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """One state of one value of a visit: from when to when (None where it still holds), by whom and why.

    ``value`` is None where the value was taken out. ``why`` is the reason of the change that brought this state.
    """

    variable: str
    value: float | None
    comparator: str
    given: str | None
    attribution: str | None
    since: dt.datetime
    until: dt.datetime | None
    by: str
    why: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTreatment(KeptRecord):
    """A treatment of a registered patient; ``treatment`` is what a patient file holds of it."""

    patient: str
    treatment: Treatment


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StateMove:
    """A change of a patient's state: from where to where, on which day, by whom and why."""

    patient: str
    before: State | None
    after: State
    on: dt.date
    at: dt.datetime
    by: str
    why: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NextState:
    """A state that may follow; ``refused`` says why not yet, empty where nothing stands against it."""

    to: State
    label: str
    refused: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One row of the audit: who did what to which row, when; ``payload`` is the digest of before, after and why."""

    seq: int
    at: str
    by: str
    action: str
    kind: str
    row: str
    patient: str
    payload: str
    previous: str
    digest: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One act as the audit tells it; ``before``, ``after`` and ``why`` are empty once the person was erased."""

    entry: AuditEntry
    before: Json | None
    after: Json | None
    why: str

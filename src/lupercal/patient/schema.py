"""What a patient file may contain, as strict pydantic models; the meaning of values is checked after them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from lupercal.patient.record import Attribution, DataOrigin, Sex, Status
from lupercal.patient.spellings import lupus_type_in_words, sex_in_words

LupusType = Literal[
    "systemic", "discoid", "subacute_cutaneous", "drug_induced", "neonatal", "overlap", "undifferentiated"
]  # fmt: skip
Organ = Literal[
    "kidney",
    "skin",
    "mucosa",
    "joints",
    "muscle",
    "blood",
    "serosa",
    "heart",
    "lung",
    "brain",
    "peripheral_nerves",
    "eyes",
    "gut",
    "liver",
    "vessels",
    "constitutional",
]
PATIENT_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
MAX_DAY = 36525
Day = Annotated[int, Field(ge=-MAX_DAY, le=MAX_DAY)]
Line = Annotated[str, Field(max_length=300)]
Paragraph = Annotated[str, Field(max_length=3000)]
DateText = Annotated[str, Field(max_length=40)]
"""A date as text; `lupercal.patient.calendar.calendar_date` says whether it is one."""


def _sex(raw: object) -> object:
    return (sex_in_words(raw) or raw) if isinstance(raw, str) else raw


def _lupus_type(raw: object) -> object:
    return lupus_type_in_words(raw) if isinstance(raw, str) and raw else raw


SexText = Annotated[Sex, BeforeValidator(_sex)]
LupusTypeText = Annotated[LupusType, BeforeValidator(_lupus_type)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SourceRow(_Strict):
    """A source as a file cites it."""

    ref: Annotated[str, Field(min_length=1, max_length=300)]
    where: Line = ""


class TreatmentRow(_Strict):
    """One treatment as a file writes it."""

    drug: Annotated[str, Field(min_length=1, max_length=80)]
    amount: Annotated[float, Field(ge=0, le=1e13)] | None = None
    unit: Annotated[str, Field(max_length=40)] | None = None
    start_day: Day | None = None
    stop_day: Day | None = None
    start_date: DateText | None = None
    stop_date: DateText | None = None
    status: Status | None = None
    note: Paragraph = ""


class VisitRow(_Strict):
    """One visit as a file writes it; ``values`` are checked against the data dictionary afterwards."""

    day: Day | None = None
    date: DateText | None = None
    label: Line = ""
    values: Annotated[dict[str, Any], Field(max_length=500)] = {}
    attribution: dict[str, Attribution] = {}


class UndatedRow(_Strict):
    """A value whose day is known only as an interval."""

    variable: Annotated[str, Field(max_length=80)]
    value: Any
    first_date: DateText
    last_date: DateText


class PatientFile(_Strict):
    """A patient file."""

    id: Annotated[str, Field(pattern=PATIENT_ID, max_length=80)]
    title: Line = ""
    sex: SexText | None = None
    age_years: Annotated[float, Field(ge=0, le=120)] | None = None
    lupus_type: LupusTypeText | None = None
    diagnosis_year: Annotated[int, Field(ge=1900, le=2100)] | None = None
    data_origin: DataOrigin = "clinical"
    reference_date: DateText | None = None
    sources: Annotated[list[SourceRow], Field(max_length=100)] = []
    organs_involved: Annotated[list[Organ], Field(max_length=30)] = []
    notes: Annotated[list[Paragraph], Field(max_length=100)] = []
    treatments: Annotated[list[TreatmentRow], Field(max_length=500)] = []
    visits: Annotated[list[VisitRow], Field(max_length=5000)] = []
    undated: Annotated[list[UndatedRow], Field(max_length=5000)] = []

"""What the programming interface takes and gives: closed records, each field with its limits."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictFloat, StrictInt

_CLOSED = ConfigDict(extra="forbid")
_NAME = r"^[a-z][a-z0-9_]{0,59}$"
Name = Annotated[str, Field(pattern=_NAME)]


def _whole(given: object) -> object:
    """Return a number without decimals as JSON means it; text is none."""
    if isinstance(given, str | bool) or (isinstance(given, float) and not given.is_integer()):
        raise ValueError("a whole number")
    return given


_WHOLE = BeforeValidator(_whole)
Cause = Literal["sle", "treatment", "infection", "other", "unknown"]
_NO_OTHER = {"additionalProperties": False}
Stated = Annotated[StrictBool, Field()] | StrictInt | StrictFloat | Annotated[str, Field(min_length=1, max_length=60)]


class Problem(BaseModel):
    """Why something was not done."""

    error: str


class ListedPatient(BaseModel):
    """A patient in a list, under the pseudonym."""

    id: str
    state: str
    since: dt.date
    programme: str


class PatientList(BaseModel):
    """A part of the list of patients."""

    all: int
    start: int
    patients: list[ListedPatient]


class NewVisit(BaseModel):
    """A visit to be added: its date and what was found, by names of the data dictionary."""

    model_config = _CLOSED
    date: dt.date
    label: Annotated[str, Field(max_length=200)] = ""
    values: Annotated[dict[Name, Stated], Field(min_length=1, max_length=400, json_schema_extra=_NO_OTHER)]
    attribution: Annotated[dict[Name, Cause], Field(json_schema_extra=_NO_OTHER)] = {}


class AddedVisit(BaseModel):
    """A visit that was added."""

    id: str
    day: int
    version: int


class AskedForecast(BaseModel):
    """A forecast that is asked for."""

    model_config = _CLOSED
    therapies: Annotated[list[Name], Field(min_length=1, max_length=10)]
    virtual_patients: Annotated[int, Field(ge=50, le=2000), _WHOLE] = 300
    months: Annotated[int, Field(ge=1, le=60), _WHOLE] = 12


class JobStanding(BaseModel):
    """How far a job is."""

    id: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float
    said: str
    error: str
    result: dict[str, Any]

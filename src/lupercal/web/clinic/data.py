"""What the clinic's pages show, as data: groups of the visit form, live instruments, lines of the timeline."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, final

from pydantic import BaseModel, ConfigDict

from lupercal.errors import InputError
from lupercal.files.checked import read_as
from lupercal.instruments.registry import instruments
from lupercal.patient.variables import variables

FILE = Path(__file__).with_name("clinic.yaml")


@final
class FormGroup(BaseModel):
    """A group of the visit form; ``open`` says whether it is unfolded where no plan asks for anything."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    title: str
    variables: list[str]
    open: bool = False


@final
class TimelinePanel(BaseModel):
    """A panel of the timeline: variables on one axis."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    title: str
    variables: list[str]


@final
class BetterRule(BaseModel):
    """Which way a measure gets better; changes of at most ``same_within`` of the first value count as the same."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    direction: Literal["lower", "higher"]
    same_within: float


@final
class ClinicData(BaseModel):
    """The whole file ``clinic.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    groups: list[FormGroup]
    instruments: list[str]
    worked_out: list[str]
    units: list[str]
    timeline: list[TimelinePanel]
    before_after_windows: dict[int, int]
    grading_scales: dict[str, int]
    better: dict[str, BetterRule]
    lanes: dict[str, Literal["drugs", "cells", "tests and visits", "stay and watch"]]


@cache
def clinic_data() -> ClinicData:
    """Return the file, checked: every variable and instrument it names is there.

    Raises
    ------
    InputError
        If it names something else.
    """
    data = read_as(FILE, ClinicData)
    named = [*(name for group in data.groups for name in group.variables), *data.better]
    for name in (*named, *(name for panel in data.timeline for name in panel.variables)):
        if name not in variables():
            raise InputError(FILE, "variables", name, "a variable of the data dictionary")
    names = {one.name for one in instruments()}
    for name in data.instruments:
        if name not in names:
            raise InputError(FILE, "instruments", name, "an instrument")
    return data

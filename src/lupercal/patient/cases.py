"""Patients that come with Lupercal: published cases with their sources, and one constructed example."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lupercal.errors import InputError
from lupercal.patient.read import read_patient
from lupercal.patient.record import Patient
from lupercal.patient.variables import nearest

FOLDER = Path(__file__).with_name("cases")


def case_names() -> tuple[str, ...]:
    """Return the names of all cases, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def case_path(name: str) -> Path:
    """Return the file of a case; raise `InputError` with the nearest names where there is none."""
    if name not in case_names():
        raise InputError("case", "", name, f"the name of a case, {nearest(name, case_names())}")
    return FOLDER / f"{name}.yaml"


@cache
def read_case(name: str) -> Patient:
    """Read a case by name, such as ``erlangen-first-car-t``."""
    return read_patient(case_path(name))


def read_any(text: str) -> Patient:
    """Return the patient in a file, or the case of that name.

    Raises
    ------
    InputError
        If there is neither.
    """
    path = Path(text)
    return read_patient(path) if path.suffix or path.exists() else read_case(text)

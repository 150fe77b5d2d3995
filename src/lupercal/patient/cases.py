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


def find_case(case: str | Path) -> tuple[Path, Patient]:
    """Return file and patient of a case's name or of a patient file.

    Parameters
    ----------
    case
        The name of a case, or a path; what looks like a path (a slash, an ending, a file that is there) is one.

    Raises
    ------
    InputError
        If there is neither, or the file is not usable.
    """
    text = str(case)
    looks_like_a_path = (
        isinstance(case, Path) or "/" in text or "\\" in text or Path(text).suffix or Path(text).exists()
    )
    if looks_like_a_path and text not in case_names():
        return Path(text), read_patient(Path(text))
    return case_path(text), read_case(text)

"""A patient file to fill in: every key explained, nothing stated but the id."""

from __future__ import annotations

from pathlib import Path

from lupercal.errors import InputError
from lupercal.files.documents import parse_yaml
from lupercal.files.writing import write_text
from lupercal.patient.read import patient_from

TEMPLATE = Path(__file__).with_name("new_patient.yaml")
ENDINGS = (".yaml", ".yml")


def new_patient_text(name: str = "patient-1") -> str:
    """Return the text of a patient file with this id; raise `InputError` where it is no id."""
    patient_from({"id": name}, "--id")
    return TEMPLATE.read_text(encoding="utf-8").replace("id: patient-1\n", f"id: {name}\n", 1)


def write_new_patient(path: Path, name: str = "patient-1") -> None:
    """Write a patient file to fill in, whole or not at all.

    Raises
    ------
    InputError
        If the name has another ending, or nothing can be written there.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InputError(path, "", path.suffix or "no ending", "a file ending in .yaml")
    text = new_patient_text(name)
    patient_from(parse_yaml(text, path), path)
    write_text(path, text)

"""A patient file to fill in."""

from __future__ import annotations

from pathlib import Path

import pytest

from lupercal.errors import InputError
from lupercal.patient.new import new_patient_text, write_new_patient
from lupercal.patient.read import read_patient


def test_a_new_file_states_nothing_but_the_id(tmp_path: Path) -> None:
    write_new_patient(tmp_path / "a.yaml", "anna")
    patient = read_patient(tmp_path / "a.yaml")
    assert patient.id == "anna"
    assert not patient.treatments
    assert not any(visit.values for visit in patient.visits)


def test_every_key_is_explained() -> None:
    text = new_patient_text()
    assert "\nid: patient-1\n" in f"\n{text}"
    assert text.count("#") > 10


@pytest.mark.parametrize(("name", "patient"), [("a.txt", "anna"), ("a", "anna"), ("a.yaml", "an/na"), ("a.yaml", "")])
def test_what_cannot_be_a_patient_file_is_not_written(tmp_path: Path, name: str, patient: str) -> None:
    with pytest.raises(InputError):
        write_new_patient(tmp_path / name, patient)
    assert not list(tmp_path.iterdir())

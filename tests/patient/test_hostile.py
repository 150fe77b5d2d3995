"""Every hostile file is refused with file, field, value and expectation, in one line and in good time."""

from __future__ import annotations

from pathlib import Path

import pytest

from lupercal.errors import InputError
from lupercal.patient.read import read_patient
from tests.patient.hostile import BYTES, TEXTS, expected_field, hostile_cases

NAMES = [*TEXTS, *BYTES, "directory.yaml", "missing.yaml"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile")
    assert [one.name for one in hostile_cases(path)] == NAMES
    return path


@pytest.mark.timeout(120)  # bombs would hang; nothing else is promised here
@pytest.mark.parametrize("name", NAMES)
def test_hostile_file_is_refused_in_one_sentence(folder: Path, name: str) -> None:
    path = folder / name
    with pytest.raises(InputError) as caught:
        read_patient(path)
    error, message = caught.value, str(caught.value)
    assert error.file == str(path)
    assert expected_field(path) in error.field
    assert error.expected
    assert "found" in message
    assert "expected" in message
    assert message.isprintable()
    assert len(message) < len(str(path)) + 700


def test_message_names_the_nearest_known_word(folder: Path) -> None:
    for name, near in (("unknown-key", "visits"), ("unknown-variable", "creatinine"), ("unknown-drug", "rituximab")):
        with pytest.raises(InputError, match=near):
            read_patient(folder / f"{name}.yaml")


def test_message_says_where_the_other_assay_belongs(folder: Path) -> None:
    with pytest.raises(InputError, match="belong to anti_dsdna_arbitrary"):
        read_patient(folder / "arbitrary-for-international.yaml")


def test_further_faults_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("id: a\nage_years: old\nsex: 3\n")
    with pytest.raises(InputError, match="1 more to mend"):
        read_patient(path)

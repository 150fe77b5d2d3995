"""A patient written as a file reads back to the same patient, in the plainest form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lupercal.errors import InputError
from lupercal.patient.cases import case_names, read_case
from lupercal.patient.document import document_value, patient_document, patient_text, plain_number, write_patient_file
from lupercal.patient.read import patient_from, read_patient
from lupercal.patient.values import measurement
from lupercal.patient.variables import variables


@pytest.mark.parametrize("name", case_names()[:4])
@pytest.mark.parametrize("ending", [".yaml", ".json"])
def test_a_written_file_reads_back_to_the_same_patient(name: str, ending: str, tmp_path: Path) -> None:
    one = read_case(name)
    write_patient_file(tmp_path / f"a{ending}", one)
    assert read_patient(tmp_path / f"a{ending}") == one
    write_patient_file(tmp_path / f"b{ending}", read_patient(tmp_path / f"a{ending}"))
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


@pytest.mark.parametrize("name", ["a.txt", "a"])
def test_another_ending_is_refused_and_writes_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a file ending in \.yaml or \.json"):
        write_patient_file(tmp_path / name, read_case(case_names()[0]))
    assert not list(tmp_path.iterdir())


def written(name: str, raw: Any) -> Any:
    return document_value(name, measurement(variables()[name], raw, "", ""))


@pytest.mark.parametrize(
    ("name", "raw", "plainest"),
    [
        ("rash", True, True),
        ("rash", False, False),
        ("sledai_2k", 8, 8),
        ("upcr", "1.5 g/g", "1.5 g/g"),
        ("upcr", "113 mg/mmol", "113 mg/mmol"),
        ("anti_dsdna", "<10 [IU]/mL", "<10 [IU]/mL"),
        ("anti_dsdna", {"value": ">200", "unit": "[IU]/mL"}, {"value": ">200.0", "unit": "[IU]/mL"}),
    ],
)
def test_a_value_is_written_as_its_source_wrote_it_or_in_the_plainest_form(name: str, raw: Any, plainest: Any) -> None:
    given = measurement(variables()[name], raw, "", "")
    shown = written(name, raw)
    assert measurement(variables()[name], shown, "", "").value == given.value
    assert measurement(variables()[name], shown, "", "").comparator == given.comparator
    if not isinstance(raw, dict):
        assert shown == plainest
    else:
        assert not isinstance(shown, float)


@pytest.mark.parametrize(("value", "plain"), [(3.0, 3), (3.5, 3.5), (1e16, 1e16), (True, True), ("x", "x"), (7, 7)])
def test_whole_numbers_are_written_without_a_point(value: Any, plain: Any) -> None:
    assert plain_number(value) == plain
    assert type(plain_number(value)) is type(plain)


def test_text_that_yaml_would_break_is_kept() -> None:
    hostile = "a\u2028b \x85 '\"# : {x} [y] \ufeff\nend"
    one = patient_from({"id": "p", "notes": [hostile], "visits": [{"day": 0, "values": {"rash": True}}]}, "here")
    assert yaml.safe_load(patient_text(one)) == json.loads(json.dumps(patient_document(one)))
    assert patient_from(yaml.safe_load(patient_text(one)), "here").notes == (hostile,)


def test_what_is_unknown_is_left_out() -> None:
    one = patient_from({"id": "p", "visits": [{"day": 0, "values": {"rash": True}}]}, "here")
    seen = {"day": 0, "values": {"rash": True}}
    assert patient_document(one) == {"id": "p", "data_origin": "clinical", "visits": [seen]}

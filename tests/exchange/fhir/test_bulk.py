"""Bulk exports: many people line by line, nobody's values with another's, lines that are none told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.cli.main import status
from lupercal.errors import InputError
from lupercal.exchange.fhir import bulk
from lupercal.exchange.fhir.bulk import import_bulk
from lupercal.exchange.fhir.json_text import read_line, read_resource
from lupercal.patient.read import read_patient
from tests.exchange.fhir.build import PREDNISONE, SLE, condition, dosage, observation, person, statement


def write(folder: Path, *rows: Any, name: str = "all") -> Path:
    folder.mkdir(exist_ok=True)
    text = "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)
    (folder / f"{name}.ndjson").write_text(text, encoding="utf-8")
    return folder


def of(name: str, resource: dict[str, Any]) -> dict[str, Any]:
    return resource | {"subject": {"reference": f"Patient/{name}"}}


def verdicts(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted((folder / "report").iterdir())
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def test_each_person_gets_their_own_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "HELD_BYTES", 2000)  # so that there are many parts
    people = [f"p{k}" for k in range(20)]
    write(tmp_path / "in", *(person(name) for name in people), name="Patient")
    write(tmp_path / "in", *(of(name, condition(SLE)) for name in people), name="Condition")
    seen = [
        of(name, observation("777-3", 100 + k, "10*9/L", f"2025-0{1 + n}-03"))
        for n in range(3)
        for k, name in enumerate(people)
    ]
    write(tmp_path / "in", *seen, name="Observation")
    write(tmp_path / "in", of("p3", statement(PREDNISONE, dosage(10))), name="MedicationStatement")
    done = import_bulk(tmp_path / "in", tmp_path / "out")
    assert (done.patients, done.resources, done.without) == (20, 101, 0)
    for k, name in enumerate(people):
        patient = read_patient(tmp_path / "out" / f"{name}.yaml")
        assert [visit.values["platelets"].value for visit in patient.visits] == [100 + k] * 3
        assert bool(patient.treatments) is (name == "p3")
    assert len(verdicts(tmp_path / "out")) == sum(done.verdicts.values())


def test_lines_that_are_no_resource_are_named(tmp_path: Path) -> None:
    seen = observation("777-3", 98, "10*9/L")
    twice = '{"resourceType": "Patient", "id": "q", "id": "r"}'
    rows = [person("p"), "{", '{"a": 1, "a": 2}', twice, "[]", '{"x": NaN}', ""]
    rows += [seen, seen | {"subject": None}, "\ufffd", "[" * 5000]
    done = import_bulk(write(tmp_path / "in", *rows), tmp_path / "out")
    assert done.patients == 1
    told = [one for one in verdicts(tmp_path / "out") if one["verdict"] == "refused"]
    assert sorted(int(one["place"].partition(":")[2]) for one in told) == [2, 3, 4, 5, 6, 9, 10, 11]


def test_medications_of_their_own_are_found(tmp_path: Path) -> None:
    medication = {"resourceType": "Medication", "id": "m", "code": PREDNISONE}
    taken = of("p", statement({}, dosage(10)) | {"medicationReference": {"reference": "Medication/m"}})
    del taken["medicationCodeableConcept"]
    import_bulk(write(tmp_path / "in", person("p"), taken, medication), tmp_path / "out")
    assert read_patient(tmp_path / "out" / "p.yaml").treatments[0].amount == 10


def test_names_of_people_are_no_paths(tmp_path: Path) -> None:
    rows = [of(name, observation("777-3", 98, "10*9/L")) for name in ("../../evil", "a\nb", "", ".", "CON", "x" * 300)]
    import_bulk(write(tmp_path / "in", *rows), tmp_path / "out")
    assert {path.parent for path in tmp_path.rglob("*.yaml")} == {tmp_path / "out"}


def test_nothing_half_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise InputError("x", "", "y", "z")

    source = write(tmp_path / "in", person("p"), observation("777-3", 98, "10*9/L"))
    monkeypatch.setattr(bulk, "patient_text", fail)
    with pytest.raises(InputError):
        import_bulk(source, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_the_command_takes_a_folder_or_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "in", person("p"), observation("777-3", 98, "10*9/L"))
    assert status(["import", "fhir", str(source), "-o", str(tmp_path / "a")]) == 0
    assert status(["import", "fhir", str(source / "all.ndjson"), "-o", str(tmp_path / "b")]) == 0
    assert "1 patient files" in capsys.readouterr().err
    assert status(["import", "fhir", str(source), "-o", str(tmp_path / "a")]) == 2
    assert status(["import", "fhir", str(source)]) == 2
    assert status(["import", "fhir", str(tmp_path / "none.ndjson"), "-o", str(tmp_path / "c")]) == 2
    assert status(["import", "fhir", str(tmp_path), "-o", str(tmp_path / "c")]) == 2
    assert not (tmp_path / "c").exists()


def test_lines_of_one_person_make_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "in", person("p"), observation("777-3", 98, "10*9/L")) / "all.ndjson"
    assert status(["import", "fhir", str(source), "-o", str(tmp_path / "p.yaml")]) == 0
    assert read_patient(tmp_path / "p.yaml").visits[0].values["platelets"].value == 98
    write(tmp_path / "in", person("p"), person("q"))
    assert status(["import", "fhir", str(source), "-o", str(tmp_path / "q.yaml")]) == 2
    assert "Patient/p and Patient/q" in capsys.readouterr().err


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(
    st.dictionaries(st.text(max_size=4), JSON, max_size=4),
    st.booleans(),
    st.sampled_from([None, (": ", ", "), (" : ", ","), (":", ",")]),
)
def test_the_fast_way_to_read_a_line_is_the_slow_one(
    value: dict[str, Any], ascii: bool, marks: tuple[str, str] | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii, separators=(marks[1], marks[0]) if marks else None)
    assert read_line(text.encode(), "x") == read_resource(text, "x") == value


@given(st.text(max_size=5), JSON, JSON)
def test_a_key_that_stands_twice_is_seen_the_fast_way_too(key: str, one: Any, other: Any) -> None:
    written = json.dumps(key, ensure_ascii=False)
    for text in (
        f"{{{written}: {json.dumps(one)}, {written}: {json.dumps(other)}}}",
        f'{{"a": [{{{written}:1,{written} :1}}]}}',
    ):
        with pytest.raises(InputError, match="twice"):
            read_line(text.encode("utf-8", "surrogatepass"), "x")

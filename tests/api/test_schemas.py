"""The published JSON Schemas are those of the records, and every shipped file passes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import lupercal
from lupercal.api.schemas import FOLDER, file_kinds, schema, schema_text
from lupercal.cli.main import status
from lupercal.errors import InputError
from lupercal.files.checked import validated
from lupercal.files.documents import read_document

PACKAGE = Path(lupercal.__file__).parent
SHIPPED = [
    (kind, path) for kind, about in file_kinds().items() for where in about.shipped for path in PACKAGE.glob(where)
]


@pytest.mark.parametrize("kind", file_kinds())
def test_the_published_schema_is_that_of_the_record(kind: str) -> None:
    assert (FOLDER / f"{kind}.json").read_text(encoding="utf-8") == schema_text(kind)
    jsonschema.Draft202012Validator.check_schema(schema(kind))


def test_no_other_schema_is_published() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(file_kinds())


def test_every_shipped_file_passes_its_schema() -> None:
    assert len(SHIPPED) > 150
    checkers = {kind: jsonschema.Draft202012Validator(schema(kind)) for kind, _ in SHIPPED}
    for kind, path in SHIPPED:
        faults = [fault.message for fault in checkers[kind].iter_errors(read_document(path))]
        assert not faults, f"{path.name}: {faults[:2]}"


SIMULATION = {"format": "lupercal simulation 1", "therapy": "rituximab", "patients": 10}
FAULTY: list[tuple[str, Any]] = [
    ("simulation", SIMULATION | {"patients": 0}),
    ("simulation", SIMULATION | {"pateints": 10}),
    ("simulation", {"format": "lupercal simulation 1"}),
    ("patient", {"id": "a", "visits": [{"day": "soon", "values": {}}]}),
    ("patient", {"id": "a", "vists": []}),
    ("columns", {"c3": {"colum": "C3"}}),
    ("rules", {"a": {"rule": "c3 < 0.9", "basis": "rumour", "source": "x"}}),
    ("sources", {"a": {"doi": "10.1/x"}}),
    ("answers", {"c3": {"value": 1}}),
    ("visit", {"day": "soon"}),
    ("identity", {"given": "A"}),
    ("make", {"manufacturer": "A"}),
    ("capacity", {"format": "lupercal capacity 1"}),
    ("dlt_protocols", {"a": {"title": "A"}}),
]


@pytest.mark.parametrize(("kind", "document"), FAULTY)
def test_what_a_schema_refuses_the_reader_refuses_too(kind: str, document: Any) -> None:
    assert list(jsonschema.Draft202012Validator(schema(kind)).iter_errors(document))
    with pytest.raises(InputError):
        validated(document, file_kinds()[kind].record, "memory")


def test_the_command_prints_a_schema_and_lists_the_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["schema", "patient"]) == 0
    assert json.loads(capsys.readouterr().out)["title"].startswith("A patient")
    assert status(["schema"]) == 0
    listed = capsys.readouterr().out
    assert all(kind in listed for kind in file_kinds())
    assert status(["schema", "pateint"]) == 2
    assert "patient" in capsys.readouterr().err


def test_the_page_of_files_names_every_kind() -> None:
    page = (PACKAGE.parents[1] / "docs/reference/files.md").read_text(encoding="utf-8")
    assert not [kind for kind in file_kinds() if f"`{kind}`" not in page]


def test_a_record_is_written_without_what_the_registry_adds() -> None:
    whole = schema("adverse_event")
    assert not {"id", "version", "changed_at", "changed_by", "patient"} & {*whole["properties"], *whole["required"]}
    entered = {"term": "fever", "scale": "crs", "grade": 1, "began_on": "2026-03-01"}
    assert not list(jsonschema.Draft202012Validator(whole).iter_errors(entered))

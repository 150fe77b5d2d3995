"""One writer, one hash, one validator, one Markdown table: nobody makes another beside them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.report.markdown import as_text, markdown_table
from lupercal.report.pages.maker import PAGES

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "lupercal"
TEXTS = {path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")}


def using(pattern: str) -> set[str]:
    return {name for name, text in TEXTS.items() if re.search(pattern, text)}


def test_files_are_written_by_one_writer() -> None:
    by_hand = using(r"\.write_(?:text|bytes)\(|mkstemp|mkdtemp|NamedTemporaryFile|\.open\(\"[wx]")
    compiler_s_own = {"engine/device/cuda_build.py"}  # a folder for the assembler, gone when it has answered
    into_room = {"files/writing.py", "files/tables.py", "forecast/store.py"}  # what `written` yields, or for reading
    assert by_hand <= compiler_s_own | into_room


def test_content_is_hashed_by_one_hash() -> None:
    addresses = {"engine/random.py", "engine/graph/trace.py", "course/kept.py"}  # of chance, of a graph, of arrays
    chain = {"registry/digests.py"}  # part of a file format: others must be able to check it
    secrets = {"web/accounts/sealing.py"}  # of sessions and forms: keyed, and none of content
    secrets |= {"registry/keys.py"}  # a key for another cipher
    secrets |= {"web/accounts/known_passwords.py", "web/parts.py"}  # lists of others, by the digests that stand there
    assert using(r"blake2|sha\d|md5|hashlib") <= {"files/hashing.py", *addresses, *chain, *secrets}


def test_every_document_is_checked_against_a_record() -> None:
    """A document is read bare only where its own reader checks it in the next line."""
    checked_there = {
        "patient/read.py",
        "programmes/registry.py",
        "instruments/score_job.py",
        "course/ensemble.py",
        "report/plan_files.py",
        "patient/new.py",
        "web/bring_in/map_form.py",
    }
    assert using(r"read_document\(|parse_yaml\(|yaml\.safe_load|yaml\.load\(") <= {
        "files/documents.py",
        "files/checked.py",
        *checked_there,
    }
    answered = {"web/failures.py"}  # names the error of a request, to give it a page
    assert using(r"model_validate\(|validate_python\(|ValidationError") - answered == {"files/checked.py"}


def test_only_documents_are_pydantic_models() -> None:
    """A model stands where a document is read, or in a schema; what is computed is a frozen dataclass."""
    models = using(r"\(BaseModel\)|import .*\bBaseModel\b")
    readers = using(r"\b(?:read_as|read_named|read_folder|validated)\(")
    schemas = {name for name in TEXTS if name.endswith("schema.py")}
    read_elsewhere = {
        "evidence/random_effects.py": "evidence/residual.py",
        "validation/sizes.py": "calibration/settings.py",
        "web/api/records.py": "web/api/routes.py",
    }
    assert models - readers - schemas == set(read_elsewhere)
    assert not [name for name in models if name.startswith(("api/", "engine/", "instruments/", "rules/", "visits/"))]


def test_results_of_the_public_face_are_frozen_dataclasses() -> None:
    classes = [node for name, text in TEXTS.items() if name.startswith("api/") for node in ast.walk(ast.parse(text))
               if isinstance(node, ast.ClassDef)]  # fmt: skip
    results = [one for one in classes if "Result" in {ast.unparse(base) for base in one.bases}]
    assert len(results) >= 8
    for one in results:
        marks = {ast.unparse(mark) for mark in one.decorator_list}
        assert any(mark.startswith("dataclass(frozen=True") for mark in marks), one.name


def test_tables_are_made_by_one_function() -> None:
    assert using(r"\" \| \"\.join|' \| '\.join|\| ---") <= {"report/markdown.py", "engine/device/cuda_build.py"}


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_are_those_of_code_and_data(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name](), "python -m lupercal.report.pages docs"


CELLS = st.lists(st.text(max_size=20), min_size=2, max_size=2)


@given(CELLS, st.lists(CELLS, min_size=1, max_size=3))
def test_text_stays_in_its_cell(head: list[str], rows: list[list[str]]) -> None:
    lines = markdown_table(head, rows).split("\n")
    assert len(lines) == 2 + len(rows)
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 3 for line in lines)


@given(st.text())
def test_what_others_wrote_is_no_markup(text: str) -> None:
    assert "<" not in as_text(text)
    assert "\n" not in as_text(text)


def test_without_rows_there_is_no_table() -> None:
    assert markdown_table(("a", "b"), ()) == ""

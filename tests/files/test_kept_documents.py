"""Documents of the package are parsed once and kept; a broken copy is made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

import lupercal
from lupercal.files import documents
from lupercal.files.documents import parse_yaml, read_document, read_text

SHIPPED = sorted(Path(lupercal.__file__).parent.rglob("*.yaml"))


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUPERCAL_CACHE_DIR", str(tmp_path / "cache"))


def test_a_kept_document_is_what_was_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = SHIPPED[::10]
    parsed = [parse_yaml(read_text(path), path) for path in chosen]
    first = [read_document(path) for path in chosen]
    monkeypatch.setattr(documents, "parse_yaml", None)
    again = [read_document(path) for path in chosen]
    assert repr(parsed) == repr(first) == repr(again)  # of the same kinds too: 1 is not 1.0


@pytest.mark.parametrize("damage", [b"", b"x", b"x" * 200])
def test_a_broken_copy_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    whole = read_document(SHIPPED[0])
    (copy,) = (tmp_path / "cache").iterdir()
    copy.write_bytes(damage)
    assert read_document(SHIPPED[0]) == whole


def test_a_file_of_somebody_else_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("id: a\n")
    assert read_document(path) == {"id": "a"}
    assert not (tmp_path / "cache").exists()

"""Reading a file that somebody sent: FHIR at once, a table by its map; the file itself is deleted when it was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from lupercal.api.exchange import import_fhir
from lupercal.errors import InputError, LupercalError
from lupercal.exchange.import_report import ImportItem, ImportReport
from lupercal.exchange.tables.guess import guessed_map
from lupercal.exchange.tables.map_file import MapFile
from lupercal.exchange.tables.read import TEXTS, imported_table, read_grid
from lupercal.exchange.tables.xlsx_grid import WORKBOOKS
from lupercal.files.writing import write_bytes
from lupercal.patient.document import patient_document
from lupercal.patient.record import Patient
from lupercal.registry.opened import Registry
from lupercal.registry.refusals import UnknownError
from lupercal.web.bring_in.drafts import ImportDraft, new_draft

TABLES = (*TEXTS, *WORKBOOKS)
SAMPLES = 4
"""Cells that the form of a map shows of each column."""
SHOWN = 400
"""Items of the report that are shown and kept; the rest is only counted."""


class NothingReadError(LupercalError):
    """Nothing of a file can be used; ``items`` say why."""

    def __init__(self, sentence: str, items: tuple[dict[str, str], ...]) -> None:
        self.items = items
        super().__init__(sentence)


def read_bundle(room: Path, file: str, content: bytes) -> ImportDraft:
    """Return what a FHIR bundle about one person holds.

    Raises
    ------
    LupercalError
        If it is none, or nothing of it can be used.
    """
    draft = new_draft(file)
    with _laid_down(room, f"{draft.name}.json", content) as path:
        done = import_fhir(path)
    if done.nothing is not None:
        raise NothingReadError(_without(done.nothing, path), _items(done.report))
    return _read(draft, (done.patient,), done.report)


def is_table(file: str) -> bool:
    """Whether a file's name says that it is a table."""
    return file.lower().endswith(TABLES)


def drafted_map(room: Path, file: str, content: bytes) -> ImportDraft:
    """Return a table with a guessed map, its doubts as questions, to be checked by a person.

    Raises
    ------
    LupercalError
        If the table cannot be read at all.
    """
    draft = new_draft(file, content)
    with _laid_down(room, f"{draft.name}{_ending(file)}", content) as path:
        text = guessed_map(path).replace(path.name, draft.file)
    return replace(draft, map=text)


def first_cells(room: Path, draft: ImportDraft, made: MapFile) -> dict[str, tuple[str, ...]]:
    """Return some cells of each line of a map's form, so that a person sees what a column holds.

    None are returned where the table cannot be read by the map, which is told when it is tried.
    """
    cells_of_line: dict[str, tuple[str, ...]] = {}
    with suppress(LupercalError), _laid_down(room, f"{draft.name}{_ending(draft.file)}", draft.content) as path:
        for i, table in enumerate(made.tables):
            grid = read_grid(path, table, made)
            rows = [row.cells for row in grid.rows if not row.fault]
            cells = {name: [row[k].text for row in rows] for k, name in enumerate(grid.columns)}
            cells_of_line |= {f"{i}.columns.{k}": _some(cells.get(name, ())) for k, name in enumerate(table.columns)}
            at = {use.is_: name for name, use in table.columns.items()}
            tests = list(zip(cells.get(at.get("variable", ""), ()), cells.get(at.get("value", ""), ()), strict=False))
            cells_of_line |= {
                f"{i}.variables.{k}": _some([value for test, value in tests if test == name])
                for k, name in enumerate(table.variables)
            }
    return cells_of_line


def _some(cells: Iterable[str]) -> tuple[str, ...]:
    return tuple(text[:30] for text in list(dict.fromkeys(text for text in cells if text))[:SAMPLES])


def table_read_by(room: Path, draft: ImportDraft, map_text: str) -> ImportDraft:
    """Return what a table holds by a map.

    Raises
    ------
    LupercalError
        If the map cannot be used, the table does not fit it, or nothing of it can be used.
    """
    with (
        _laid_down(room, f"{draft.name}{_ending(draft.file)}", draft.content) as path,
        _laid_down(room, f"{draft.name}.map.yaml", map_text.encode()) as made,
    ):
        done = imported_table(path, made)
    if not done.patients:
        raise NothingReadError("Nothing in the table makes a patient by this map.", _items(done.report))
    return _read(replace(draft, map=map_text), done.patients, done.report)


def found_again(registry: Registry, draft: ImportDraft) -> dict[str, str]:
    """Return by place in a draft the registry's ids of those whose number is known there."""
    ids_by_place = {}
    for place, document in enumerate(draft.documents):
        try:
            ids_by_place[str(place)] = registry.patients.find(str(document["id"])).id
        except UnknownError:
            continue
    return ids_by_place


def _read(draft: ImportDraft, patients: Iterable[Patient], report: ImportReport) -> ImportDraft:
    documents = tuple(patient_document(one) for one in patients)
    counts = {str(verdict): number for verdict, number in report.counts().items()}
    return replace(draft, documents=documents, items=_items(report), counts=counts)


def _items(report: ImportReport) -> tuple[dict[str, str], ...]:
    order = {"refused": 0, "warned": 1, "used": 2, "left_out": 3}
    ranked = sorted(report.items, key=lambda one: order[one.verdict])
    return tuple(_item(one) for one in ranked[:SHOWN])


def _item(one: ImportItem) -> dict[str, str]:
    names = ("verdict", "place", "found", "reason", "became", "patient", "file")
    return {name: str(getattr(one, name)) for name in names}


def _ending(file: str) -> str:
    return Path(file.lower()).suffix


@contextmanager
def _laid_down(room: Path, name: str, content: bytes) -> Iterator[Path]:
    """Lay a file down while it is read; a refusal names it as the person knows it, and it is deleted in any case."""
    path = room / name
    try:
        write_bytes(path, content)
        yield path
    except LupercalError as error:
        raise LupercalError(_without(error, path)) from None
    finally:
        path.unlink(missing_ok=True)


def _without(error: InputError | LupercalError, path: Path) -> str:
    return str(error).replace(str(path), "the file").replace(str(path.parent), "").replace(path.name, "the file")

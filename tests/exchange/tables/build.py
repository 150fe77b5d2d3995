"""Small tables and maps for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from lupercal.exchange.import_report import ImportItem
from lupercal.exchange.tables.map_file import MapFile, check_map
from lupercal.exchange.tables.read import ImportedTable, imported_table
from lupercal.files.checked import validated

TODAY = date(2026, 6, 1)
PLACED: dict[str, Any] = {"id": {"is": "patient"}, "on": {"is": "date"}}


def map_of(columns: Mapping[str, Any], **more: Any) -> MapFile:
    """Return a map of one table; ``rows`` and ``variables`` belong to it, all else to the map."""
    table = {"columns": dict(columns)} | {key: more.pop(key) for key in ("rows", "variables", "sheet") if key in more}
    made = validated({"tables": [table], **more}, MapFile, "map")
    check_map(made, "map")
    return made


def map_text(columns: Mapping[str, Any], **more: Any) -> str:
    """Return a map of one table as the text of its file."""
    table = {"columns": dict(columns)} | {key: more.pop(key) for key in ("rows", "variables", "sheet") if key in more}
    return yaml.safe_dump({"tables": [table], **more}, allow_unicode=True)


def imported(folder: Path, content: str | bytes, made: MapFile, name: str = "t.csv") -> ImportedTable:
    """Import a table of this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return imported_table(path, made, TODAY)


def one_cell(folder: Path, cell: str, use: Mapping[str, Any], **writes: Any) -> tuple[float, str] | str:
    """Return value and comparator that a cell is read as, or the reason why it is not."""
    quoted = cell.replace('"', '""')
    content = f'id;on;x;fever\na;2025-03-03;"{quoted}";no\n'
    columns = PLACED | {"x": dict(use), "fever": {"is": "fever"}}
    done = imported(folder, content, map_of(columns, writes={"delimiter": ";", **writes}))
    values = done.patients[0].visits[0].values
    if use["is"] in values:
        return values[use["is"]].value, values[use["is"]].comparator
    return item_at(done, "row 2, column 'x'").reason


def item_at(done: ImportedTable, place: str) -> ImportItem:
    """Return the one item of a place."""
    (item,) = [one for one in done.report.items if one.place == place]
    return item


def workbook(path: Path, rows: Sequence[Sequence[Any]], **more: Any) -> Any:
    """Write a workbook of one sheet and return it, for more to be done with it and saved."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = more.get("title", "data")
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return book

"""A draft of a map from the table itself, with every doubt as a question for the person who knows the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lupercal.errors import InputError
from lupercal.exchange.tables.columns import (
    named_family,
    named_role,
    named_variable,
    number_signs,
    question,
    said_of_role,
    said_of_variable,
)
from lupercal.exchange.tables.csv_grid import header_delimiter, read_csv_grid, table_text
from lupercal.exchange.tables.grid import Grid, GridCell
from lupercal.exchange.tables.map_file import FORMAT, PLACING, Encoding, Rows, TableFormat
from lupercal.exchange.tables.map_text import flow_text
from lupercal.exchange.tables.read import check_table_ending
from lupercal.exchange.tables.xlsx_grid import WORKBOOKS, read_sheet_grid, sheet_names
from lupercal.files.checked import validated

_HEAD = """# A draft of a map, made from {name}. Check every line: what a column holds, its unit, the order of dates.
# A line with unsure: is not used, and those of patient, date and the like stop the import. Answer it, then take unsure:
# away.
"""
_TOP_ROWS = 30


def guessed_map(path: Path) -> str:
    """Return a draft of the map of a table as YAML text.

    Raises
    ------
    InputError
        If the table cannot be read at all.
    """
    path = Path(path)
    check_table_ending(path)
    if path.suffix.lower() in WORKBOOKS:
        grids = [(name, *_workbook_grid(path, name)) for name in sheet_names(path)]
    else:
        grids = [("", *_text_grid(path))]
    tables = [(sheet, writes, _table(grid)) for sheet, writes, grid in grids if grid is not None]
    if not tables:
        raise InputError(path, "", "no sheet with rows below column names", "a table")
    signs, doubt = number_signs([cell.text for _, _, grid in grids if grid for cell in _text_cells(grid)])
    doubts = [*([doubt] if doubt else []), *_doubts_of_patient(tables)]
    return _HEAD.format(name=path.name) + "".join(f"{line}\n" for line in _lines(signs, doubts, tables))


def _text_grid(path: Path) -> tuple[TableFormat, Grid | None]:
    writes = TableFormat(encoding=_encoding(path))
    lines = table_text(path, writes).splitlines()[:_TOP_ROWS]
    delimiter = max(
        (header_delimiter(line) for line in lines), key=lambda sign: sum(line.count(sign) for line in lines)
    )
    counts = ["".join(line.split('"')[::2]).count(delimiter) for line in lines]
    header = next((i for i, count in enumerate(counts) if count >= max(counts) and count), 0) + 1
    signs = {"encoding": writes.encoding, "delimiter": delimiter if delimiter != "," else None, "header_row": header}
    writes = validated(signs, TableFormat, "writes")
    grid = read_csv_grid(path, writes)
    return writes, grid


def _encoding(path: Path) -> Encoding | None:
    """Return the encoding that a file without a mark needs; None for UTF-8."""
    for encoding in (None, "utf-16-le", "cp1252", "latin-1"):
        try:
            table_text(path, validated({"encoding": encoding}, TableFormat, "writes"))
        except InputError as error:
            last = error
            continue
        return encoding
    raise last


def _workbook_grid(path: Path, sheet: str) -> tuple[TableFormat, Grid | None]:
    """Return how a sheet is to be read and the table in it, None where it holds none."""
    for number in range(1, _TOP_ROWS):
        writes = TableFormat(header_row=number)
        try:
            grid = read_sheet_grid(path, sheet, writes)
        except InputError as error:
            if error.field.startswith("row "):
                continue
            raise
        if 2 * sum(not name.startswith("(column ") for name in grid.columns) > len(grid.columns) and grid.rows:
            return writes, grid
    return TableFormat(), None


def _text_cells(grid: Grid) -> Iterator[GridCell]:
    return (cell for row in grid.rows for cell in row.cells if cell.stored == "text" and not cell.fault)


def _table(grid: Grid) -> dict[str, Any]:
    """Return the map of one table as plain data."""
    cells = {
        name: [row.cells[i] for row in grid.rows if not row.fault and i < len(row.cells)]
        for i, name in enumerate(grid.columns)
    }
    rows = _kind_of_rows(grid)
    columns: dict[str, Any] = {}
    taken: dict[str, str] = {}
    for name in grid.columns:
        line = _column(name, cells[name], rows, grid)
        key = f"{line['is']} {line.get('of', '')}"
        if key in taken and line["is"] != "ignore":
            line["unsure"] = f"column {taken[key]!r} seems to hold the same; which one counts?"[:300]
        taken.setdefault(key, name)
        columns[name] = line
    table: dict[str, Any] = {"rows": rows, "columns": columns}
    if rows == "values":
        table["variables"] = _variables(grid, columns, cells)
    return table


def _kind_of_rows(grid: Grid) -> Rows:
    for rows, needed in (("treatments", {"drug"}), ("values", {"variable", "value"})):
        if needed <= {named_role(name, rows) for name in grid.columns}:  # type: ignore[arg-type]
            return rows  # type: ignore[return-value]
    placed = {named_role(name, "visits") for name in grid.columns} & {"day", "date"}
    of_visits = any(named_variable(name)[0] for name in grid.columns)
    return "visits" if placed or of_visits else "persons"


def _column(name: str, cells: Sequence[GridCell], rows: Rows, grid: Grid) -> dict[str, Any]:
    role = named_role(name, rows)
    variable, unit = named_variable(name) if rows == "visits" else ("", None)
    if role and not (variable and role not in PLACING):
        return said_of_role(role, cells, grid.first_day)
    if variable:
        return said_of_variable(variable, unit, cells)
    family = named_family(name) if rows == "visits" else ""
    if family:
        line: dict[str, Any] = {"is": family, "unsure": question(family, name)}
        return line | ({"unit": unit} if unit else {})
    beside = _beside(name)
    if rows == "visits" and beside:
        return beside
    return {"is": "ignore", "unsure": "no variable or role is known by this name; set it aside, or say what it is"}


def _beside(name: str) -> dict[str, Any]:
    """Return the line of a column such as ``rash: attribution`` that belongs to another's variable."""
    of, _, what = name.rpartition(":")
    variable, role = named_variable(of.strip())[0] if of else "", named_role(what.strip(), "values")
    return {"is": role, "of": variable} if variable and role in {"unit", "comparator", "attribution"} else {}


def _variables(grid: Grid, columns: dict[str, Any], cells: dict[str, list[GridCell]]) -> dict[str, Any]:
    """Return a line for each name in the column of variables."""
    at = {line["is"]: name for name, line in columns.items()}
    if not {"variable", "value"} <= set(at):
        return {}
    made: dict[str, Any] = {}
    names = dict.fromkeys(cell.text for cell in cells[at["variable"]] if cell.text and not cell.fault)
    for text in names:
        values = [
            value for value, cell in zip(cells[at["value"]], cells[at["variable"]], strict=True) if cell.text == text
        ]
        variable, unit = named_variable(text)
        family = named_family(text)
        if variable:
            made[text] = said_of_variable(variable, unit, values, unit_beside="unit" in at)
        elif family:
            made[text] = {"is": family, "unsure": question(family, text)}
        else:
            made[text] = {
                "is": "ignore",
                "unsure": "no variable is known by this name; set it aside, or say what it is",
            }
    return made


def _doubts_of_patient(tables: Sequence[tuple[str, TableFormat, dict[str, Any]]]) -> list[str]:
    if all(any(line["is"] == "patient" for line in table["columns"].values()) for _, _, table in tables):
        return []
    return ["no column names the patient; give one is: patient, or person: {id: ...} where all rows are of one person"]


def _lines(
    signs: TableFormat, doubts: Sequence[str], tables: Sequence[tuple[str, TableFormat, dict[str, Any]]]
) -> Iterator[str]:
    """Yield the draft line by line."""
    first = tables[0][1]
    writes = {
        **first.model_dump(exclude_none=True, exclude_defaults=True),
        **signs.model_dump(exclude_none=True, exclude_defaults=True),
    }
    yield f"format: {FORMAT}"
    if writes:
        yield f"writes: {flow_text(writes)}"
    yield "day_0: last_visit  # or first_visit; person: {reference_date: 2025-03-03} or such a column overrides it"
    if doubts:
        yield "unsure:"
        yield from (f"  - {flow_text(doubt)}" for doubt in doubts)
    yield "tables:"
    for sheet, _, table in tables:
        yield f"  - rows: {table['rows']}  # visits, values (one a row), treatments or persons"
        if sheet:
            yield f"    sheet: {flow_text(sheet)}"
        for part in ("columns", "variables"):
            if table.get(part):
                yield f"    {part}:"
                yield from (f"      {flow_text(name)}: {flow_text(line)}" for name, line in table[part].items())

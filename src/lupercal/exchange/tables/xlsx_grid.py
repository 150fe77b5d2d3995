"""A sheet of a workbook becomes a grid: results of formulas, errors, merged cells and both counts of days named."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lupercal.errors import InputError
from lupercal.exchange.tables.grid import Grid, GridCell, GridRow, grid_of, plain_text
from lupercal.exchange.tables.map_file import TableFormat
from lupercal.files.documents import check_name

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

WORKBOOKS = (".xlsx", ".xlsm")
MOST_UNPACKED = 1 << 28
MOST_CELLS = 5_000_000
_HEAD_OF_PART = 4096
_MERGED = re.compile(rb'<mergeCell[^>]*?ref=["\']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})')
_AS_WORKBOOK = "a workbook ending in .xlsx that a spreadsheet program can open"


def read_sheet_grid(path: Path, sheet: str | None, writes: TableFormat) -> Grid:
    """Read one sheet of a workbook.

    Parameters
    ----------
    path
        ``.xlsx`` or ``.xlsm``; macros are not run, and formulas are not computed.
    sheet
        Its name; may be left out where there is one sheet only.
    writes
        How the table writes things.

    Raises
    ------
    InputError
        If it is no workbook, too large, or has no such sheet.
    """
    results, formulas = _opened(path, results=True), _opened(path, results=False)
    title = _sheet_name(path, results, sheet)
    shown, written = results[title], formulas[title]
    if shown.max_row * shown.max_column > MOST_CELLS:
        reach = f"cells up to row {shown.max_row}, column {shown.max_column}"
        raise InputError(
            path, f"sheet {title}", reach, "a smaller sheet; delete the rows and columns that are not used"
        )
    first_day = "serial-1904" if results.epoch.year == 1904 else "serial-1900"
    rows = list(_rows(shown, written, writes))
    return grid_of(f"{path.name}[{title}]", path, rows, writes.header_row, first_day)  # type: ignore[arg-type]


def sheet_names(path: Path) -> tuple[str, ...]:
    """Return the names of a workbook's sheets."""
    return tuple(_opened(path, results=True).sheetnames)


def _opened(path: Path, *, results: bool) -> Workbook:
    _check_package(path)
    try:
        import openpyxl  # noqa: PLC0415 - an extra, loaded when used
    except ImportError:
        raise InputError(
            path, "", "a workbook", "the extra for workbooks: pip install 'lupercal[excel]'; or the table as CSV"
        ) from None
    try:
        return openpyxl.load_workbook(path, data_only=results, keep_links=False)
    except Exception:
        raise InputError(path, "", "a damaged workbook", _AS_WORKBOOK) from None


def _check_package(path: Path) -> None:
    """Refuse what is no package of a workbook, unpacks to too much, or declares entities."""
    check_name(path)
    if not path.is_file():
        raise InputError(path, "", "a folder" if path.is_dir() else "no such file", "a readable file")
    try:
        with zipfile.ZipFile(path) as package:
            if sum(part.file_size for part in package.infolist()) > MOST_UNPACKED:
                raise InputError(path, "", f"more than {MOST_UNPACKED >> 20} MiB unpacked", "a smaller workbook")
            for part in package.infolist():
                with package.open(part) as content:
                    if b"<!DOCTYPE" in content.read(_HEAD_OF_PART):
                        raise InputError(path, part.filename, "declared entities", _AS_WORKBOOK)
                if part.filename.startswith("xl/worksheets/"):
                    _check_reach(path, part.filename, package.read(part))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        raise InputError(path, "", "no workbook, or one that is damaged or encrypted", _AS_WORKBOOK) from None


def _check_reach(path: Path, part: str, content: bytes) -> None:
    """Refuse a sheet that is small as a file and huge once it is read: too many cells, or merged over too many."""
    cells = content.count(b"<c ") + content.count(b"<c>")
    for first, top, last, bottom in _MERGED.findall(content):
        cells += (_column(last) - _column(first) + 1) * (int(bottom) - int(top) + 1)
    if cells > MOST_CELLS:
        raise InputError(path, part, f"{cells} cells", f"at most {MOST_CELLS} cells, merged ones included")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def _sheet_name(path: Path, book: Workbook, asked: str | None) -> str:
    names = [sheet.title for sheet in book.worksheets]
    if asked is None and len(names) == 1:
        return names[0]
    if asked in names:
        return str(asked)
    shown = f"{len(names)} sheets" if asked is None else asked
    raise InputError(path, "sheet", shown, f"one of the sheets {', '.join(names)}, under tables of the map")


def _rows(shown: Worksheet, written: Worksheet, writes: TableFormat) -> Iterator[GridRow]:
    merged = _merged(shown)
    for results, formulas in zip(shown.iter_rows(), written.iter_rows(), strict=True):
        cells = [_cell(one, other, merged, writes) for one, other in zip(results, formulas, strict=True)]
        yield GridRow(int(results[0].row or 0), tuple(cells))


def _merged(sheet: Worksheet) -> Mapping[tuple[int, int], tuple[str, int, int]]:
    """Return for every cell of a merged range but its first the range and its first cell."""
    return {
        (row, column): (area.coord, area.min_row, area.min_col)
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row, area.max_row + 1)
        for column in range(area.min_col, area.max_col + 1)
        if (row, column) != (area.min_row, area.min_col)
    }


def _cell(
    shown: Cell | MergedCell,
    written: Cell | MergedCell,
    merged: Mapping[tuple[int, int], tuple[str, int, int]],
    writes: TableFormat,
) -> GridCell:
    place = merged.get((int(shown.row or 0), int(shown.column or 0)))
    if place:
        area, row, column = place
        if writes.merged == "refuse":
            return GridCell("", fault=f"part of the merged cells {area}; writes.merged: fill repeats their value")
        sheet: Any = shown.parent
        filled = _plain_cell(sheet.cell(row, column))
        return GridCell(filled.text, filled.stored, filled.fault, filled.note or f"from the merged cells {area}")
    cell = _plain_cell(shown)
    if getattr(written, "data_type", "") != "f":
        return cell
    if shown.value is None:
        return GridCell(str(written.value)[:60], fault="a formula without a result; open and save the workbook once")
    return GridCell(cell.text, cell.stored, cell.fault, cell.note or "the last result of a formula")


def _plain_cell(cell: Cell | MergedCell) -> GridCell:
    value: Any = cell.value
    if value is None:
        return GridCell("")
    if getattr(cell, "data_type", "") == "e":
        return GridCell(str(value), fault="an error of a formula")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(float(value), str(cell.number_format))
    if isinstance(value, date):
        return GridCell((value.date() if isinstance(value, datetime) else value).isoformat(), "date")
    if isinstance(value, bool | str):
        return GridCell(plain_text(value) if isinstance(value, str) else str(value).lower())
    return GridCell(str(value), fault="a time of day or another thing that is neither number, date nor text")


def _number(value: float, form: str) -> GridCell:
    """Return a number as the sheet shows it: one in a format of percent is told in percent."""
    if "%" in form:
        return GridCell(f"{value * 100:.15g} %")
    return GridCell(f"{value:.15g}", "number")

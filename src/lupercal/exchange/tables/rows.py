"""The rows of a table, cell by cell: what each says of which patient and day, or why it says nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import final

from lupercal.errors import InputError
from lupercal.exchange.import_report import ImportItem, Verdict
from lupercal.exchange.tables.cells import (
    RefusedCellError,
)
from lupercal.exchange.tables.draft import ReportDraft, TablePatient
from lupercal.exchange.tables.grid import Grid, GridCell, GridRow, name_key
from lupercal.exchange.tables.map_file import OF_PERSON, MapFile, SheetMap
from lupercal.exchange.tables.person import person_statement
from lupercal.exchange.tables.treatment_rows import treatment_statement
from lupercal.exchange.tables.visit_rows import visit_row
from lupercal.patient.schema import PATIENT_ID
from lupercal.patient.variables import nearest

_ID = re.compile(PATIENT_ID)
_COMPARATORS = {"<": "<", ">": ">", "<=": "<=", ">=": ">=", "≤": "<=", "≥": ">=", "=": "", "": "", "==": ""}
_BESIDE = ("unit", "comparator", "attribution")


@final
@dataclass(slots=True)
class TableReader:
    """Reads the rows of one table into drafts of patients.

    Parameters
    ----------
    path, made, table, grid
        The file, its map, the map of this table, and the table itself.
    drafts
        Patients so far, by id; those of other tables of the file among them.
    report
        Items so far.
    today
        The last day a visit may have.
    """

    path: Path
    made: MapFile
    table: SheetMap
    grid: Grid
    drafts: dict[str, TablePatient]
    report: ReportDraft
    today: date
    empty: Counter[str] = field(default_factory=Counter)

    def read(self) -> None:
        """Read every row; each cell that holds something gets its item, empty ones one item a column.

        Raises
        ------
        InputError
            If the map names a column that is not there, or a date can be read in two ways.
        """
        self.report.items.extend(self.grid.above)
        self.table = self._fitted()
        for row in self.grid.rows:
            self._row(row)
        for name, count in self.empty.items():
            self.tell("left_out", f"column {name!r}", f"{count} empty cells", "nothing in them")

    def _fitted(self) -> SheetMap:
        """Return the map of the table with its columns' names as the table writes them."""
        names = {name_key(name): name for name in self.grid.columns}
        columns = {}
        for name, use in self.table.columns.items():
            if name_key(name) in names:
                columns[names[name_key(name)]] = use
            elif name in self.grid.several:
                expected = f"one of the columns of this name, written as '{name} (1)' or '{name} (2)'"
                raise InputError(self.path, f"column {name}", "the name twice", expected)
            else:
                expected = f"the columns of the map, {nearest(name, self.grid.columns)}"
                raise InputError(self.path, f"column {name}", "no such column", expected)
        variables = {name_key(name): use for name, use in self.table.variables.items()}
        return self.table.model_copy(update={"columns": columns, "variables": variables})

    def _row(self, row: GridRow) -> None:
        where = f"row {row.number}"
        if row.empty:
            self.tell("left_out", where, "", "an empty row")
            return
        if row.fault:
            self.tell("refused", where, row.shown(), row.fault)
            return
        cells = dict(zip(self.grid.columns, row.cells, strict=True))
        try:
            draft = self._patient(cells)
        except RefusedCellError as error:
            self.tell("refused", where, row.shown(), f"no patient: {error}")
            return
        mapped = {name: cell for name, cell in cells.items() if self._is_mapped(name, cell, row, draft)}
        for name, cell in mapped.items():
            if self.table.columns[name].is_ in OF_PERSON:
                person_statement(self, draft, row, name, cell)
        if self.table.rows == "treatments":
            treatment_statement(self, draft, row, mapped)
        elif self.table.rows != "persons":
            visit_row(self, row, mapped, draft)

    def _patient(self, cells: Mapping[str, GridCell]) -> TablePatient:
        name = self.column("patient")
        given = self.made.person.id
        if name is not None:
            cell = cells[name]
            if cell.fault:
                raise RefusedCellError(cell.fault)
            given = cell.text
        if not given or len(given) > 80 or not _ID.fullmatch(given):
            shown = f"{given!r} is" if given else "an empty cell is"
            raise RefusedCellError(f"{shown} no id; it has letters, digits, . _ - only and at most 80 of them")
        return self.drafts.setdefault(given, TablePatient(given))

    def _is_mapped(self, name: str, cell: GridCell, row: GridRow, draft: TablePatient) -> bool:
        """Return whether the map uses a cell; tell of those it does not."""
        use = self.table.columns.get(name)
        if not cell.text and not cell.fault:
            self.empty[name] += 1
            return False
        if use is not None and not use.unsure and use.is_ != "ignore":
            if use.is_ == "patient":
                self.used(draft, row, name, cell, f"patient {draft.id}", cell.note)
            return use.is_ != "patient"
        verdict: Verdict = "refused"
        if use is None:
            reason = "the map has no line for this column"
        elif use.unsure:
            reason = f"the map still asks: {use.unsure}"
        else:
            verdict, reason = "left_out", use.because or "the map sets this column aside"
        self.tell(verdict, self.place(row, name), cell.text, reason, draft.id)
        return False

    def column(self, role: str) -> str | None:
        """Return the column with this role, None where no sure line has it."""
        return next((name for name, use in self.table.columns.items() if use.is_ == role and not use.unsure), None)

    def place(self, row: GridRow, name: str) -> str:
        """Return where a cell stands, as a person finds it."""
        return f"row {row.number}, column {name!r}"

    def used(self, draft: TablePatient, row: GridRow, name: str, cell: GridCell, became: str, note: str = "") -> int:
        """Tell of a cell that is used and return the index of its item."""
        verdict: Verdict = "warned" if note else "used"
        index = self.tell(verdict, self.place(row, name), cell.text, note, draft.id, became)
        draft.indices.append(index)
        return index

    def refused(self, draft: TablePatient, row: GridRow, name: str, cell: GridCell, reason: str) -> None:
        """Tell of a cell that is refused."""
        self.tell("refused", self.place(row, name), cell.text, reason, draft.id)

    def left_out(self, draft: TablePatient, row: GridRow, name: str, cell: GridCell, reason: str) -> None:
        """Tell of a cell that says nothing."""
        self.tell("left_out", self.place(row, name), cell.text, reason, draft.id)

    def tell(self, verdict: Verdict, place: str, found: str, reason: str, patient: str = "", became: str = "") -> int:
        """Add an item to the report and return its index."""
        return self.report.add(ImportItem(verdict, place, found[:200], reason, patient, became, self.grid.name))

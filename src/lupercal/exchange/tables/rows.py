"""The rows of a table, cell by cell: what each says of which patient and day, or why it says nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, final

from lupercal.errors import InputError
from lupercal.exchange.import_report import ImportItem, Verdict, unguarded
from lupercal.exchange.tables.cells import (
    CellReading,
    RefusedCellError,
    attribution_of,
    date_of,
    says_nothing,
    value_of,
    whole_number_of,
    word_of,
)
from lupercal.exchange.tables.dates import AmbiguousDateError
from lupercal.exchange.tables.draft import DraftPatient, DraftVisit, ReportDraft, Statement
from lupercal.exchange.tables.grid import Grid, GridCell, GridRow, name_key
from lupercal.exchange.tables.map_file import OF_PERSON, ColumnUse, MapFile, SheetMap
from lupercal.exchange.tables.person import person_statement
from lupercal.exchange.tables.treatment_rows import treatment_statement
from lupercal.patient.schema import MAX_DAY, PATIENT_ID
from lupercal.patient.variables import nearest, variables

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
    drafts: dict[str, DraftPatient]
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
            self._item("left_out", f"column {name!r}", f"{count} empty cells", "nothing in them")

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
            self._item("left_out", where, "", "an empty row")
            return
        if row.fault:
            self._item("refused", where, row.shown(), row.fault)
            return
        cells = dict(zip(self.grid.columns, row.cells, strict=True))
        try:
            draft = self._patient(cells)
        except RefusedCellError as error:
            self._item("refused", where, row.shown(), f"no patient: {error}")
            return
        mapped = {name: cell for name, cell in cells.items() if self._is_mapped(name, cell, row, draft)}
        for name, cell in mapped.items():
            if self.table.columns[name].is_ in OF_PERSON:
                person_statement(self, draft, row, name, cell)
        if self.table.rows == "treatments":
            treatment_statement(self, draft, row, mapped)
        elif self.table.rows != "persons":
            self._visit(row, mapped, draft)

    def _patient(self, cells: Mapping[str, GridCell]) -> DraftPatient:
        name = self.column("patient")
        given = self.made.person.id
        if name is not None:
            cell = cells[name]
            if cell.fault:
                raise RefusedCellError(cell.fault)
            given = cell.text
        if not given or len(given) > 80 or not _ID.fullmatch(given):
            found = f"{given!r} is" if given else "an empty cell is"
            raise RefusedCellError(f"{found} no id; it has letters, digits, . _ - only and at most 80 of them")
        return self.drafts.setdefault(given, DraftPatient(given))

    def _is_mapped(self, name: str, cell: GridCell, row: GridRow, draft: DraftPatient) -> bool:
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
        self._item(verdict, self.place(row, name), cell.text, reason, draft.id)
        return False

    def _visit(self, row: GridRow, cells: Mapping[str, GridCell], draft: DraftPatient) -> None:
        rest = {name: cell for name, cell in cells.items() if self.table.columns[name].is_ not in OF_PERSON}
        try:
            visit = self._day(row, rest, draft)
        except RefusedCellError as error:
            for name, cell in rest.items():
                self._item("refused", self.place(row, name), cell.text, f"no day: {error}", draft.id)
            return
        taken = self._label(row, rest, draft, visit)
        taken |= {name for name in rest if self.table.columns[name].is_ in {"day", "date"}}
        rest = {name: cell for name, cell in rest.items() if name not in taken}
        if self.table.rows == "values":
            self._named_value(row, rest, draft, visit)
            return
        beside = [name for name in rest if self.table.columns[name].is_ in _BESIDE]
        for name, cell in rest.items():
            if name not in beside:
                self._value(row, name, cell, self.table.columns[name], draft, visit, self._beside(rest, name))
        self._attributions(row, rest, draft, visit)

    def _day(self, row: GridRow, cells: Mapping[str, GridCell], draft: DraftPatient) -> DraftVisit:
        """Return the visit of a row; both day and date are kept where both are there."""
        text, day = None, None
        for name, cell in cells.items():
            use = self.table.columns[name]
            if use.is_ == "date" and not says_nothing(cell, self.made.writes, use):
                try:
                    text = date_of(cell, use, self.made.writes, self.grid.first_day, self.today).isoformat()
                except AmbiguousDateError as error:
                    raise InputError(self.path, self.place(row, name), cell.text, f"one date: {error}") from None
            if use.is_ == "day" and not says_nothing(cell, self.made.writes, use):
                day = whole_number_of(cell, self.made.writes, "a day")
                if abs(day) > MAX_DAY:
                    raise RefusedCellError(f"more than {MAX_DAY} days from day 0")
        if text is None and day is None:
            raise RefusedCellError("the row says neither day nor date")
        for name, cell in cells.items():
            if self.table.columns[name].is_ in {"day", "date"}:
                self.used(draft, row, name, cell, text or f"day {day}", cell.note)
        return draft.visit(text, day)

    def _label(self, row: GridRow, cells: Mapping[str, GridCell], draft: DraftPatient, visit: DraftVisit) -> set[str]:
        names = {name for name in cells if self.table.columns[name].is_ == "label"}
        for name in names:
            cell = cells[name]
            if cell.fault or len(cell.text) > 300:
                self._item("refused", self.place(row, name), cell.text[:60], cell.fault or "longer than 300 signs", draft.id)
            else:
                text = unguarded(word_of(cell, self.table.columns[name]))
                visit.labels.append(Statement(text, self.used(draft, row, name, cell, f"label {text}")))
        return names

    def _beside(self, cells: Mapping[str, GridCell], name: str) -> dict[str, GridCell]:
        """Return the cells of a row that belong to the value in column ``name``."""
        variable = self.table.columns[name].is_
        uses = {other: self.table.columns[other] for other in cells}
        return {use.is_: cells[other] for other, use in uses.items() if use.is_ in _BESIDE and use.of == variable}

    def _value(
        self,
        row: GridRow,
        name: str,
        cell: GridCell,
        use: ColumnUse,
        draft: DraftPatient,
        visit: DraftVisit,
        beside: Mapping[str, GridCell],
    ) -> bool:
        """Read one value into its visit; tell of it either way and return whether it is one."""
        place = self.place(row, name)
        if says_nothing(cell, self.made.writes, use):
            self._item("left_out", place, cell.text, f"{use.is_} is not known", draft.id)
            return False
        try:
            reading = self._reading(cell, use, beside)
        except RefusedCellError as error:
            self._item("refused", place, cell.text, f"{use.is_}: {error}", draft.id)
            return False
        when = visit.date or f"day {visit.day}"
        index = self.used(draft, row, name, cell, f"{when}: {reading.told}", reading.note)
        visit.values.setdefault(use.is_, []).append(Statement(reading.raw, index))
        return True

    def _reading(self, cell: GridCell, use: ColumnUse, beside: Mapping[str, GridCell]) -> CellReading:
        for other in beside.values():
            if other.fault:
                raise RefusedCellError(other.fault)
        unit, sign = (beside[key].text if key in beside else "" for key in ("unit", "comparator"))
        if sign not in _COMPARATORS:
            raise RefusedCellError(f"the comparator {sign!r} is none of < <= > >= =")
        return value_of(cell, use, self.made.writes, unit=unit, comparator=_COMPARATORS[sign])

    def _attributions(
        self, row: GridRow, cells: Mapping[str, GridCell], draft: DraftPatient, visit: DraftVisit
    ) -> None:
        """Tell of the cells that belong to values; keep what values are put down to."""
        for name, cell in cells.items():
            use = self.table.columns[name]
            if use.is_ not in _BESIDE:
                continue
            if use.of not in visit.values:
                self._item("refused", self.place(row, name), cell.text, f"the row has no value of {use.of}", draft.id)
            elif use.is_ == "attribution":
                self.attribution(row, name, cell, str(use.of), draft, visit)
            else:
                self.used(draft, row, name, cell, f"{use.is_} of {use.of}")

    def attribution(
        self, row: GridRow, name: str, cell: GridCell, variable: str, draft: DraftPatient, visit: DraftVisit
    ) -> None:
        """Keep what a value is put down to."""
        try:
            word = attribution_of(cell, self.table.columns[name])
        except RefusedCellError as error:
            self._item("refused", self.place(row, name), cell.text, str(error), draft.id)
            return
        index = self.used(draft, row, name, cell, f"{variable} put down to {word}")
        visit.attribution.setdefault(variable, []).append(Statement(word, index))

    def _named_value(
        self, row: GridRow, cells: Mapping[str, GridCell], draft: DraftPatient, visit: DraftVisit
    ) -> None:
        """Read a row that holds one value and its name."""
        parts = {self.table.columns[name].is_: name for name in cells}
        refusal = self._unnamed(parts, cells)
        if refusal:
            verdict, reason = refusal
            for name, cell in cells.items():
                self._item(verdict, self.place(row, name), cell.text, reason, draft.id)
            return
        use = self._named(cells[parts["variable"]].text)
        beside = {key: cells[parts[key]] for key in ("unit", "comparator") if key in parts}
        self.used(draft, row, parts["variable"], cells[parts["variable"]], f"the variable {use.is_}")
        done = self._value(row, parts["value"], cells[parts["value"]], use, draft, visit, beside)
        for key in ("unit", "comparator"):
            if key in parts:
                verdict: Verdict = "used" if done else "left_out"
                self._item(verdict, self.place(row, parts[key]), cells[parts[key]].text, f"{key} of the value", draft.id)
        if "attribution" in parts and done:
            self.attribution(row, parts["attribution"], cells[parts["attribution"]], use.is_, draft, visit)

    def _unnamed(self, parts: Mapping[str, str], cells: Mapping[str, GridCell]) -> tuple[Verdict, str] | None:
        """Return why a row of one value cannot be used: it has no name or value, or the map does not know the name."""
        if "variable" not in parts:
            return "refused", "the row does not say what was measured"
        if "value" not in parts:
            return "left_out", "the row holds no value"
        cell = cells[parts["variable"]]
        if cell.fault:
            return "refused", cell.fault
        use = self.table.variables.get(name_key(cell.text))
        if use is None and cell.text not in variables():
            return "refused", f"the map has no line under variables for {cell.text!r}"
        if use is not None and use.unsure:
            return "refused", f"the map still asks: {use.unsure}"
        if use is not None and use.is_ == "ignore":
            return "left_out", use.because or "the map sets this variable aside"
        return None

    def _named(self, text: str) -> ColumnUse:
        return self.table.variables.get(name_key(text)) or ColumnUse(is_=text)

    def column(self, role: str) -> str | None:
        """Return the column with this role, None where no sure line has it."""
        return next((name for name, use in self.table.columns.items() if use.is_ == role and not use.unsure), None)

    def place(self, row: GridRow, name: str) -> str:
        """Return where a cell stands, as a person finds it."""
        return f"row {row.number}, column {name!r}"

    def used(
        self, draft: DraftPatient, row: GridRow, name: str, cell: GridCell, became: str, note: str = ""
    ) -> int:
        """Tell of a cell that is used and return the index of its item."""
        verdict: Verdict = "warned" if note else "used"
        index = self._item(verdict, self.place(row, name), cell.text, note, draft.id, became)
        draft.indices.append(index)
        return index

    def refused(self, draft: DraftPatient, row: GridRow, name: str, cell: GridCell, reason: str) -> None:
        """Tell of a cell that is refused."""
        self._item("refused", self.place(row, name), cell.text, reason, draft.id)

    def left_out(self, draft: DraftPatient, row: GridRow, name: str, cell: GridCell, reason: str) -> None:
        """Tell of a cell that says nothing."""
        self._item("left_out", self.place(row, name), cell.text, reason, draft.id)

    def _item(
        self, verdict: Verdict, place: str, found: str, reason: str, patient: str = "", became: str = ""
    ) -> int:
        return self.report.add(ImportItem(verdict, place, found[:200], reason, patient, became, self.grid.name))

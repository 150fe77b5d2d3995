"""A row about one day: its visit, its label, and the values in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lupercal.errors import InputError
from lupercal.exchange.import_report import Verdict, unguarded
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
from lupercal.exchange.tables.draft import Said, TablePatient, TableVisit
from lupercal.exchange.tables.grid import GridCell, GridRow, name_key
from lupercal.exchange.tables.map_file import OF_PERSON, ColumnUse
from lupercal.patient.schema import MAX_DAY
from lupercal.patient.variables import variables

if TYPE_CHECKING:
    from lupercal.exchange.tables.rows import TableReader

_COMPARATORS = {"<": "<", ">": ">", "<=": "<=", ">=": ">=", "≤": "<=", "≥": ">=", "=": "", "": "", "==": ""}
_BESIDE = ("unit", "comparator", "attribution")


def visit_row(reader: TableReader, row: GridRow, cells: Mapping[str, GridCell], draft: TablePatient) -> None:
    """Read a row about one day into the draft; tell of every cell.

    Raises
    ------
    InputError
        If a date in it can be read in two ways.
    """
    rest = {name: cell for name, cell in cells.items() if reader.table.columns[name].is_ not in OF_PERSON}
    try:
        visit = _day(reader, row, rest, draft)
    except RefusedCellError as error:
        for name, cell in rest.items():
            reader.tell("refused", reader.place(row, name), cell.text, f"no day: {error}", draft.id)
        return
    taken = _label(reader, row, rest, draft, visit)
    taken |= {name for name in rest if reader.table.columns[name].is_ in {"day", "date"}}
    rest = {name: cell for name, cell in rest.items() if name not in taken}
    if reader.table.rows == "values":
        _named_value(reader, row, rest, draft, visit)
        return
    beside = [name for name in rest if reader.table.columns[name].is_ in _BESIDE]
    for name, cell in rest.items():
        if name not in beside:
            _value(reader, row, name, cell, reader.table.columns[name], draft, visit, _beside(reader, rest, name))
    _attributions(reader, row, rest, draft, visit)


def _day(reader: TableReader, row: GridRow, cells: Mapping[str, GridCell], draft: TablePatient) -> TableVisit:
    """Return the visit of a row; both day and date are kept where both are there."""
    text, day = None, None
    for name, cell in cells.items():
        use = reader.table.columns[name]
        if use.is_ == "date" and not says_nothing(cell, reader.made.writes, use):
            try:
                text = date_of(cell, use, reader.made.writes, reader.grid.first_day, reader.today).isoformat()
            except AmbiguousDateError as error:
                raise InputError(reader.path, reader.place(row, name), cell.text, f"one date: {error}") from None
        if use.is_ == "day" and not says_nothing(cell, reader.made.writes, use):
            day = whole_number_of(cell, reader.made.writes, "a day")
            if abs(day) > MAX_DAY:
                raise RefusedCellError(f"more than {MAX_DAY} days from day 0")
    if text is None and day is None:
        raise RefusedCellError("the row says neither day nor date")
    for name, cell in cells.items():
        if reader.table.columns[name].is_ in {"day", "date"}:
            reader.used(draft, row, name, cell, text or f"day {day}", cell.note)
    return draft.visit(text, day)


def _label(
    reader: TableReader, row: GridRow, cells: Mapping[str, GridCell], draft: TablePatient, visit: TableVisit
) -> set[str]:
    names = {name for name in cells if reader.table.columns[name].is_ == "label"}
    for name in names:
        cell = cells[name]
        if cell.fault or len(cell.text) > 300:
            reader.tell(
                "refused", reader.place(row, name), cell.text[:60], cell.fault or "longer than 300 signs", draft.id
            )
        else:
            text = unguarded(word_of(cell, reader.table.columns[name]))
            visit.labels.append(Said(text, reader.used(draft, row, name, cell, f"label {text}")))
    return names


def _beside(reader: TableReader, cells: Mapping[str, GridCell], name: str) -> dict[str, GridCell]:
    """Return the cells of a row that belong to the value in column ``name``."""
    variable = reader.table.columns[name].is_
    uses = {other: reader.table.columns[other] for other in cells}
    return {use.is_: cells[other] for other, use in uses.items() if use.is_ in _BESIDE and use.of == variable}


def _value(
    reader: TableReader,
    row: GridRow,
    name: str,
    cell: GridCell,
    use: ColumnUse,
    draft: TablePatient,
    visit: TableVisit,
    beside: Mapping[str, GridCell],
) -> bool:
    """Read one value into its visit; tell of it either way and return whether it is one."""
    place = reader.place(row, name)
    if says_nothing(cell, reader.made.writes, use):
        reader.tell("left_out", place, cell.text, f"{use.is_} is not known", draft.id)
        return False
    try:
        reading = _reading(reader, cell, use, beside)
    except RefusedCellError as error:
        reader.tell("refused", place, cell.text, f"{use.is_}: {error}", draft.id)
        return False
    when = visit.date or f"day {visit.day}"
    index = reader.used(draft, row, name, cell, f"{when}: {reading.told}", reading.note)
    visit.values.setdefault(use.is_, []).append(Said(reading.raw, index))
    return True


def _reading(reader: TableReader, cell: GridCell, use: ColumnUse, beside: Mapping[str, GridCell]) -> CellReading:
    for other in beside.values():
        if other.fault:
            raise RefusedCellError(other.fault)
    unit, sign = (beside[key].text if key in beside else "" for key in ("unit", "comparator"))
    if sign not in _COMPARATORS:
        raise RefusedCellError(f"the comparator {sign!r} is none of < <= > >= =")
    return value_of(cell, use, reader.made.writes, unit=unit, comparator=_COMPARATORS[sign])


def _attributions(
    reader: TableReader, row: GridRow, cells: Mapping[str, GridCell], draft: TablePatient, visit: TableVisit
) -> None:
    """Tell of the cells that belong to values; keep what values are put down to."""
    for name, cell in cells.items():
        use = reader.table.columns[name]
        if use.is_ not in _BESIDE:
            continue
        if use.of not in visit.values:
            reader.tell("refused", reader.place(row, name), cell.text, f"the row has no value of {use.of}", draft.id)
        elif use.is_ == "attribution":
            _attribution(reader, row, name, cell, str(use.of), draft, visit)
        else:
            reader.used(draft, row, name, cell, f"{use.is_} of {use.of}")


def _attribution(
    reader: TableReader, row: GridRow, name: str, cell: GridCell, variable: str, draft: TablePatient, visit: TableVisit
) -> None:
    """Keep what a value is put down to."""
    try:
        word = attribution_of(cell, reader.table.columns[name])
    except RefusedCellError as error:
        reader.tell("refused", reader.place(row, name), cell.text, str(error), draft.id)
        return
    index = reader.used(draft, row, name, cell, f"{variable} put down to {word}")
    visit.attribution.setdefault(variable, []).append(Said(word, index))


def _named_value(
    reader: TableReader, row: GridRow, cells: Mapping[str, GridCell], draft: TablePatient, visit: TableVisit
) -> None:
    """Read a row that holds one value and its name."""
    parts = {reader.table.columns[name].is_: name for name in cells}
    refusal = _unnamed(reader, parts, cells)
    if refusal:
        verdict, reason = refusal
        for name, cell in cells.items():
            reader.tell(verdict, reader.place(row, name), cell.text, reason, draft.id)
        return
    use = _named(reader, cells[parts["variable"]].text)
    beside: dict[str, GridCell] = {key: cells[parts[key]] for key in ("unit", "comparator") if key in parts}
    reader.used(draft, row, parts["variable"], cells[parts["variable"]], f"the variable {use.is_}")
    done = _value(reader, row, parts["value"], cells[parts["value"]], use, draft, visit, beside)
    for key in (key for key in _BESIDE if key in parts and (key != "attribution" or not done)):
        verdict_beside: Verdict = "used" if done else "left_out"
        reader.tell(
            verdict_beside, reader.place(row, parts[key]), cells[parts[key]].text, f"{key} of the value", draft.id
        )
    if "attribution" in parts and done:
        _attribution(reader, row, parts["attribution"], cells[parts["attribution"]], use.is_, draft, visit)


def _unnamed(
    reader: TableReader, parts: Mapping[str, str], cells: Mapping[str, GridCell]
) -> tuple[Verdict, str] | None:
    """Return why a row of one value cannot be used: it has no name or value, or the map does not know the name."""
    if "variable" not in parts:
        return "refused", "the row does not say what was measured"
    if "value" not in parts:
        return "left_out", "the row holds no value"
    return _unmapped(reader, cells[parts["variable"]])


def _unmapped(reader: TableReader, cell: GridCell) -> tuple[Verdict, str] | None:
    """Return why the map gives no variable for a name."""
    if cell.fault:
        return "refused", cell.fault
    use = reader.table.variables.get(name_key(cell.text))
    if use is None:
        reason = f"the map has no line under variables for {cell.text!r}"
        return None if cell.text in variables() else ("refused", reason)
    if use.unsure:
        return "refused", f"the map still asks: {use.unsure}"
    return ("left_out", use.because or "the map sets this variable aside") if use.is_ == "ignore" else None


def _named(reader: TableReader, text: str) -> ColumnUse:
    return reader.table.variables.get(name_key(text)) or ColumnUse(is_=text)

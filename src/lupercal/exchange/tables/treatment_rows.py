"""A row of a table of drugs. Whole or not at all: a dose without its end, or a drug without its dose, would mislead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lupercal.errors import InputError
from lupercal.exchange.import_report import unguarded
from lupercal.exchange.tables.cells import (
    RefusedCellError,
    any_date_of,
    plain_number_of,
    says_nothing,
    whole_number_of,
    word_of,
)
from lupercal.exchange.tables.dates import AmbiguousDateError
from lupercal.exchange.tables.draft import TablePatient
from lupercal.exchange.tables.map_file import OF_TREATMENT
from lupercal.exchange.tables.numbers import UnreadNumberError, written_number
from lupercal.files.checked import validated
from lupercal.patient.drugs import generic_name
from lupercal.patient.schema import TreatmentRow

if TYPE_CHECKING:
    from lupercal.exchange.tables.grid import GridCell, GridRow
    from lupercal.exchange.tables.rows import TableReader


def treatment_statement(reader: TableReader, draft: TablePatient, row: GridRow, cells: Mapping[str, GridCell]) -> None:
    """Read a row about one drug into the draft; where one cell of it cannot be read, all are refused.

    Raises
    ------
    InputError
        If a date in it can be read in two ways.
    """
    of_drug = {name: cell for name, cell in cells.items() if reader.table.columns[name].is_ in OF_TREATMENT}
    if not of_drug:
        return
    said: dict[str, Any] = {}
    try:
        for name, cell in of_drug.items():
            said |= _said(reader, row, name, cell)
        _checked(said)
    except RefusedCellError as error:
        for name, cell in of_drug.items():
            reader.refused(draft, row, name, cell, f"the row is not used: {error}")
        return
    indices = [
        reader.used(draft, row, name, cell, f"treatment {said['drug']}: {reader.table.columns[name].is_}", cell.note)
        for name, cell in of_drug.items()
    ]
    draft.treatments.append((said, indices))


def _said(reader: TableReader, row: GridRow, name: str, cell: GridCell) -> dict[str, Any]:
    use, writes = reader.table.columns[name], reader.made.writes
    if says_nothing(cell, writes, use):
        return {}
    try:
        if use.is_ in {"start_date", "stop_date"}:
            return {use.is_: any_date_of(cell, use, writes, reader.grid.first_day).isoformat()}
        if use.is_ in {"start_day", "stop_day"}:
            return {use.is_: whole_number_of(cell, writes, "a day")}
        if use.is_ == "amount":
            return _amount(reader, cell, use.unit)
        return {use.is_: unguarded(word_of(cell, use))}
    except AmbiguousDateError as error:
        raise InputError(reader.path, reader.place(row, name), cell.text, f"one date: {error}") from None
    except RefusedCellError as error:
        raise RefusedCellError(f"{use.is_} {cell.text!r}: {error}") from None


def _amount(reader: TableReader, cell: GridCell, unit: str | None) -> dict[str, Any]:
    """Return amount and unit; the cell's own unit stands before the map's, and may not differ from it."""
    if cell.stored == "number" or cell.fault:
        return {"amount": plain_number_of(cell, reader.made.writes, "a dose")} | ({"unit": unit} if unit else {})
    try:
        read = written_number(cell.text, reader.made.writes)
    except UnreadNumberError as error:
        raise RefusedCellError(str(error)) from None
    if read.comparator or read.titre:
        raise RefusedCellError("a bound, where a dose belongs")
    if read.rest and unit and read.rest != unit:
        raise RefusedCellError(f"two units, {read.rest} and {unit}")
    named = read.rest or unit
    return {"amount": read.number} | ({"unit": named} if named else {})


def _checked(said: Mapping[str, Any]) -> None:
    if "drug" not in said:
        raise RefusedCellError("it names no drug")
    try:
        generic_name(said["drug"])
        validated(dict(said), TreatmentRow, "")
    except InputError as error:
        raise RefusedCellError(f"{error.field} {error.value!r}: expected {error.expected}".strip()) from None

"""What a table says of the person: sex, age, birth, type of lupus, year of diagnosis, date of day 0."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from lupercal.errors import InputError
from lupercal.exchange.import_report import unguarded
from lupercal.exchange.tables.cells import (
    RefusedCellError,
    any_date_of,
    date_of,
    plain_number_of,
    says_nothing,
    whole_number_of,
    word_of,
)
from lupercal.exchange.tables.dates import AmbiguousDateError
from lupercal.exchange.tables.draft import Said, TablePatient
from lupercal.files.checked import validated
from lupercal.patient.schema import PatientFile
from lupercal.patient.spellings import lupus_type_in_words, sex_in_words

if TYPE_CHECKING:
    from lupercal.exchange.tables.grid import GridCell, GridRow
    from lupercal.exchange.tables.map_file import ColumnUse
    from lupercal.exchange.tables.rows import TableReader


def person_statement(reader: TableReader, draft: TablePatient, row: GridRow, name: str, cell: GridCell) -> None:
    """Read one cell about the person into the draft; tell of it either way.

    Raises
    ------
    InputError
        If it is a date that can be read in two ways.
    """
    use = reader.table.columns[name]
    if says_nothing(cell, reader.made.writes, use):
        reader.left_out(draft, row, name, cell, f"{use.is_} is not known")
        return
    try:
        raw = _said(reader, use, cell)
        if use.is_ != "birth_date":
            validated({"id": "a", use.is_: raw}, PatientFile, "")
    except AmbiguousDateError as error:
        raise InputError(reader.path, reader.place(row, name), cell.text, f"one date: {error}") from None
    except RefusedCellError as error:
        reader.refused(draft, row, name, cell, f"{use.is_}: {error}")
    except InputError as error:
        reader.refused(draft, row, name, cell, f"{use.is_}: expected {error.expected}")
    else:
        became = "birth_date" if use.is_ == "birth_date" else f"{use.is_} {raw}"
        draft.person.setdefault(use.is_, []).append(Said(raw, reader.used(draft, row, name, cell, became, cell.note)))


def _said(reader: TableReader, use: ColumnUse, cell: GridCell) -> Any:
    """Return what a cell says of the person, as a patient file writes it; a date as ISO text."""
    writes = reader.made.writes
    if use.is_ == "birth_date":
        return date_of(cell, use, writes, reader.grid.first_day, reader.today).isoformat()
    if use.is_ == "reference_date":
        return any_date_of(cell, use, writes, reader.grid.first_day).isoformat()
    if use.is_ == "age_years":
        return plain_number_of(cell, writes, "an age in years")
    if use.is_ == "diagnosis_year":
        return whole_number_of(cell, writes, "a year")
    text = word_of(cell, use)
    if use.is_ == "sex":
        named = sex_in_words(text)
        if named is None:
            raise RefusedCellError("neither female nor male; say under words of the map what it means")
        return named
    return lupus_type_in_words(text) if use.is_ == "lupus_type" else unguarded(text)


def years_on(birth: str, day: str) -> float:
    """Return the age in years, to a tenth, on a day; dates are ISO text."""
    return round((date.fromisoformat(day) - date.fromisoformat(birth)).days / 365.25, 1)

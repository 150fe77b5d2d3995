"""Patients as a table: one row a visit or one a value, as CSV or as a workbook, with the map that reads it back.

Values stand in the data dictionary's units, bounds as ``<30``. Text that a spreadsheet would take for a formula has an
apostrophe before it. Notes and sources of a patient file have no place in a table.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, final

from lupercal.errors import InputError
from lupercal.exchange.import_report import guarded
from lupercal.exchange.tables.map_file import FORMAT, needs_unit
from lupercal.exchange.tables.xlsx_grid import WORKBOOKS
from lupercal.files.writing import write_text, written
from lupercal.patient.record import Measurement, Patient, Visit
from lupercal.patient.variables import variables

Layout = Literal["wide", "long"]
What = Literal["visits", "treatments", "persons"]
Value = str | float | int | None
_PERSON = ("title", "sex", "age_years", "lupus_type", "diagnosis_year", "reference_date")
_TREATMENT = ("drug", "amount", "unit", "start_day", "stop_day", "status", "note")
_LONG = ("patient", "day", "date", "label", "variable", "value", "unit", "attribution")


@final
@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A table to be written: its name, kind of rows, columns with their line of the map, and rows."""

    name: str
    rows_are: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Value, ...], ...]


def patient_tables(patients: Sequence[Patient], layout: Layout = "wide") -> dict[What, WrittenTable]:
    """Return visits, treatments and persons as three tables, patients in the order given.

    Raises
    ------
    InputError
        If two patients have one id.
    """
    ids = [patient.id for patient in patients]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise InputError("patients", "id", twice, "each id once")
    return {
        "visits": _wide(patients) if layout == "wide" else _long(patients),
        "treatments": _treatments(patients),
        "persons": _persons(patients),
    }


def write_tables(path: Path, patients: Sequence[Patient], layout: Layout = "wide", what: What = "visits") -> None:
    """Write patients as ``.csv`` (one table, ``what``) or ``.xlsx`` (all three, a sheet each), whole or not at all.

    Raises
    ------
    InputError
        If the name has another ending, the extra for workbooks is missing, or nothing can be written there.
    """
    tables = patient_tables(patients, layout)
    if path.suffix.lower() == ".csv":
        write_text(path, csv_text(tables[what]))
    elif path.suffix.lower() == WORKBOOKS[0]:
        _write_workbook(path, list(tables.values()))
    else:
        raise InputError(path, "", path.suffix or "no ending", "a file ending in .csv or .xlsx")


def csv_text(table: WrittenTable) -> str:
    """Return a table as CSV text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([name for name, _ in table.columns])
    writer.writerows([_csv_cell(cell) for cell in row] for row in table.rows)
    return text.getvalue()


def map_text(path: Path, patients: Sequence[Patient], layout: Layout = "wide", what: What = "visits") -> str:
    """Return the map that reads a written table back."""
    tables = patient_tables(patients, layout)
    chosen = list(tables.values()) if path.suffix.lower() in WORKBOOKS else [tables[what]]
    return "".join(f"{line}\n" for line in _map_lines(chosen, sheets=path.suffix.lower() in WORKBOOKS))


def _map_lines(tables: Sequence[WrittenTable], *, sheets: bool) -> Iterator[str]:
    yield f"format: {FORMAT}"
    yield 'writes: {decimal: ".", dates: iso}'
    yield "tables:"
    for table in tables:
        yield f"  - rows: {table.rows_are}"
        if sheets:
            yield f"    sheet: {table.name}"
        yield "    columns:"
        yield from (f"      {json.dumps(name)}: {line}" for name, line in table.columns)


def _wide(patients: Sequence[Patient]) -> WrittenTable:
    names = _in_order({name for patient in patients for visit in patient.visits for name in visit.values})
    put_down = _in_order({name for patient in patients for visit in patient.visits for name in visit.attribution})
    columns = [(name, f"{{is: {name}}}") for name in ("patient", "day", "date", "label")]
    columns += [(_headed(name), _line(name)) for name in names]
    columns += [(f"{name}: attribution", f"{{is: attribution, of: {name}}}") for name in put_down]
    rows = [
        (
            *_place(patient, visit),
            *(_cell(visit.values.get(name)) for name in names),
            *(visit.attribution.get(name) for name in put_down),
        )
        for patient in patients
        for visit in patient.visits
    ]
    return WrittenTable("visits", "visits", tuple(columns), tuple(rows))


def _long(patients: Sequence[Patient]) -> WrittenTable:
    rows = [
        (*_place(patient, visit), name, _cell(visit.values[name]), _unit(name), visit.attribution.get(name))
        for patient in patients
        for visit in patient.visits
        for name in _in_order(set(visit.values))
    ]
    return WrittenTable("visits", "values", tuple((name, f"{{is: {name}}}") for name in _LONG), tuple(rows))


def _treatments(patients: Sequence[Patient]) -> WrittenTable:
    columns = tuple((name, f"{{is: {name}}}") for name in ("patient", *_TREATMENT))
    rows = [
        (patient.id, *(getattr(one, name) for name in _TREATMENT)) for patient in patients for one in patient.treatments
    ]
    return WrittenTable("treatments", "treatments", columns, tuple(rows))


def _persons(patients: Sequence[Patient]) -> WrittenTable:
    columns = tuple((name, f"{{is: {name}}}") for name in ("patient", *_PERSON))
    rows = [(patient.id, *(getattr(patient, name) or None for name in _PERSON)) for patient in patients]
    return WrittenTable("persons", "persons", columns, tuple(rows))


def _place(patient: Patient, visit: Visit) -> tuple[Value, ...]:
    return patient.id, visit.day, visit.date, visit.label or None


def _in_order(names: set[str]) -> list[str]:
    return [name for name in variables() if name in names]


def _headed(name: str) -> str:
    return f"{name} [{_unit(name)}]" if _unit(name) else name


def _line(name: str) -> str:
    unit = _unit(name)
    return f"{{is: {name}, unit: {json.dumps(unit)}}}" if unit else f"{{is: {name}}}"


def _unit(name: str) -> str | None:
    return variables()[name].unit if needs_unit(name) else None


def _cell(one: Measurement | None) -> Value:
    if one is None:
        return None
    value = float(f"{one.value:.15g}")  # as many digits as a spreadsheet keeps
    number = int(value) if value.is_integer() and abs(value) < 1e15 else value
    return f"{one.comparator}{number!r}" if one.censored else number


def _csv_cell(cell: Value) -> Value:
    return guarded(cell) if isinstance(cell, str) else cell


def _write_workbook(path: Path, tables: Sequence[WrittenTable]) -> None:
    try:
        import openpyxl  # noqa: PLC0415 - an extra, loaded when used
    except ImportError:
        raise InputError(
            path, "", "a workbook", "the extra for workbooks: pip install 'lupercal[excel]'; or .csv"
        ) from None
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        sheet: Any = book.create_sheet(table.name)
        sheet.append([name for name, _ in table.columns])
        for row in table.rows:
            sheet.append([_csv_cell(cell) for cell in row])
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"):
            cell.data_type = "s"
    with written(path) as place:
        book.save(place)

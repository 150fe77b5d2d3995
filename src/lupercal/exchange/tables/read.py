"""A clinic's table becomes patients and a report on every cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import final

from lupercal.errors import InputError
from lupercal.exchange.import_report import ImportItem, ImportReport, write_report
from lupercal.exchange.tables.csv_grid import read_csv_grid
from lupercal.exchange.tables.draft import ReportDraft, TablePatient
from lupercal.exchange.tables.grid import Grid
from lupercal.exchange.tables.map_file import MapFile, SheetMap, read_map
from lupercal.exchange.tables.patients import settled_patient
from lupercal.exchange.tables.rows import TableReader
from lupercal.exchange.tables.xlsx_grid import WORKBOOKS, read_sheet_grid
from lupercal.patient.document import write_patient_file
from lupercal.patient.record import Patient

TEXTS = (".csv", ".tsv", ".txt")
REPORT_NAME = "import_report.json"


@final
@dataclass(frozen=True, slots=True)
class ImportedTable:
    """Patients of a table, in order of their first row, and what became of every cell."""

    patients: tuple[Patient, ...]
    report: ImportReport


def imported_table(path: Path, made: MapFile | Path, today: date | None = None) -> ImportedTable:
    """Read a table of one or many patients by a map.

    Parameters
    ----------
    path
        ``.csv``, ``.tsv``, ``.txt``, ``.xlsx`` or ``.xlsm``.
    made
        The map, or its file.
    today
        The last day a visit may have; the day of the call where not given.

    Returns
    -------
    ImportedTable
        Every patient whole and valid; whatever was not used stands in the report with its place and reason.

    Raises
    ------
    InputError
        If the table cannot be read at all, the map does not fit it, or a date can be read in two ways.
    """
    path = Path(path)
    asked = made if isinstance(made, MapFile) else read_map(made)
    drafts: dict[str, TablePatient] = {}
    report = ReportDraft()
    last = today or date.today()
    for table in _tables(path, asked):
        TableReader(path, asked, table, read_grid(path, table, asked), drafts, report, last).read()
    _refuse_alike(drafts, report)
    settled = [settled_patient(draft, asked, report, last) for draft in drafts.values()]
    patients = tuple(patient for patient in settled if patient is not None)
    return ImportedTable(patients, ImportReport(tuple(report.items), tuple(one.id for one in patients)))


def write_imported(imported: ImportedTable, out: Path, report: Path | None = None) -> Path:
    """Write one patient into a ``.yaml`` or ``.json`` file, or any number into a folder; the report beside them.

    Returns
    -------
    Path
        Where the report is.

    Raises
    ------
    InputError
        If there is no patient, there are several for one file, or nothing can be written there.
    """
    single = out.suffix.lower() in {".yaml", ".yml", ".json"}
    if not imported.patients:
        raise InputError(out, "", "no patient", "a table of which something can be used")
    if single and len(imported.patients) > 1:
        raise InputError(out, "", f"{len(imported.patients)} patients", "the name of a folder, for a file each")
    where = report or (out.with_name(f"{out.stem}.import.json") if single else out / REPORT_NAME)
    for patient in imported.patients:
        write_patient_file(out if single else out / f"{patient.id}.yaml", patient)
    write_report(where, imported.report)  # last: where it stands, every patient does
    return where


def read_grid(path: Path, table: SheetMap, made: MapFile) -> Grid:
    """Read one table of a file as it lies on the page."""
    if path.suffix.lower() in WORKBOOKS:
        return read_sheet_grid(path, table.sheet, made.writes)
    return read_csv_grid(path, made.writes)


def check_table_ending(path: Path) -> None:
    """Refuse a name whose ending says that it is no table that can be imported."""
    ending = path.suffix.lower()
    if ending in {".xls", ".xlsb", ".ods", ".numbers"}:
        raise InputError(path, "", f"a workbook in {ending[1:]} format", "the same saved as .xlsx or as CSV")
    if ending not in (*TEXTS, *WORKBOOKS):
        raise InputError(path, "", ending or "no ending", f"a file ending in {', '.join((*TEXTS, *WORKBOOKS))}")


def _tables(path: Path, made: MapFile) -> list[SheetMap]:
    check_table_ending(path)
    if path.suffix.lower() not in WORKBOOKS and len(made.tables) > 1:
        raise InputError(
            path, "", f"a map of {len(made.tables)} tables", "a map of one, as a text file holds one table"
        )
    return made.tables


def _refuse_alike(drafts: dict[str, TablePatient], report: ReportDraft) -> None:
    """Refuse patients whose ids differ in case alone: their files would be one on some systems, and so may they."""
    by_name: dict[str, list[str]] = {}
    for name in drafts:
        by_name.setdefault(name.lower(), []).append(name)
    for ids in by_name.values():
        for name in ids if len(ids) > 1 else ():
            reason = f"ids that differ in case alone: {', '.join(ids)}"
            for index in drafts[name].indices:
                report.refuse(index, reason)
            report.add(ImportItem("refused", f"patient {name}", name, reason, name))
            del drafts[name]

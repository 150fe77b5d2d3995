"""Tables in and out: a clinic's table becomes patients, and patients become a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, final

from lupercal.api.patients import read_patient
from lupercal.api.result import Result
from lupercal.patient.record import Patient

if TYPE_CHECKING:
    import polars as pl

    from lupercal.exchange.import_report import ImportReport


@final
@dataclass(frozen=True, slots=True)
class TableImportResult(Result):
    """The patients of a table, and what became of every cell."""

    patients: tuple[Patient, ...]
    report: ImportReport

    @property
    def title(self) -> str:
        """How many patients, and how many cells were used, warned of, left out and refused."""
        counts = ", ".join(f"{count} {word}" for word, count in self.report.counts().items())
        return f"{len(self.patients)} patients: {counts}"

    def frame(self) -> pl.DataFrame:
        """Return one row per cell: verdict, place, what was found, the reason, the patient and what it became."""
        import polars as pl  # noqa: PLC0415 - heavy, loaded when used

        names = ("verdict", "place", "found", "reason", "patient", "became")
        return pl.DataFrame({name: [getattr(one, name) for one in self.report.items] for name in names})

    def record(self) -> dict[str, Any]:
        """Return the patient files' documents and the report, as plain values."""
        import json  # noqa: PLC0415

        from lupercal.exchange.import_report import report_text  # noqa: PLC0415
        from lupercal.patient.document import patient_document  # noqa: PLC0415

        patients = [patient_document(one) for one in self.patients]
        return {"patients": patients, "report": json.loads(report_text(self.report))}


def import_table(table: str | Path, table_map: str | Path) -> TableImportResult:
    """Read a clinic's table of one or many patients by a map of its columns.

    Parameters
    ----------
    table
        A ``.csv``, ``.tsv``, ``.txt``, ``.xlsx`` or ``.xlsm`` file, one row a visit, a value, a drug or a person.
    table_map
        A YAML file that says what each column holds; `draft_table_map` writes a draft.

    Returns
    -------
    TableImportResult
        ``patients``, each whole and valid, and ``report``: what became of every cell.

    Raises
    ------
    InputError
        If the table cannot be read at all, the map does not fit it, or a date can be read in two ways.
    """
    from lupercal.exchange.tables.read import imported_table  # noqa: PLC0415 - loaded when used

    done = imported_table(Path(table), Path(table_map))
    return TableImportResult(done.patients, done.report)


def draft_table_map(table: str | Path) -> str:
    """Return a draft of a table's map as YAML text; what names and cells do not prove is a question under ``unsure``.

    Raises
    ------
    InputError
        If the table cannot be read at all.
    """
    from lupercal.exchange.tables.guess import guessed_map  # noqa: PLC0415 - loaded when used

    return guessed_map(Path(table))


def export_table(
    patients: str | Path | Patient | Iterable[str | Path | Patient],
    path: str | Path,
    *,
    layout: Literal["wide", "long"] = "wide",
    part: Literal["visits", "treatments", "persons"] = "visits",
    table_map: str | Path | None = None,
) -> Path:
    """Write patients as a table in the data dictionary's units, whole or not at all.

    Parameters
    ----------
    patients
        One or many: a patient, a patient file, the name of a case, or ``reg:ID`` of a registry.
    path
        A file ending in ``.csv`` (one table, ``part``) or ``.xlsx`` (visits, treatments and persons, a sheet each).
    layout
        ``wide``: a row per visit; ``long``: a row per value.
    table_map
        Where the map is written that reads the table back; none where not given.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    InputError
        If a patient or the path is not usable, or two patients have one id.
    """
    from lupercal.exchange.tables.write import map_text, write_tables  # noqa: PLC0415 - loaded when used
    from lupercal.files.writing import write_text  # noqa: PLC0415

    several = [patients] if isinstance(patients, str | Path | Patient) else list(patients)
    read, place = [read_patient(one) for one in several], Path(path)
    write_tables(place, read, layout, part)
    if table_map is not None:
        write_text(Path(table_map), map_text(place, read, layout, part))
    return place

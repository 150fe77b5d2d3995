"""``lupercal export table``: patient files as CSV or as a workbook."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lupercal.patient.record import Patient


class TableLayout(StrEnum):
    """What a row of the visits is."""

    WIDE = "wide"
    LONG = "long"


class TablePart(StrEnum):
    """Which table a CSV file holds."""

    VISITS = "visits"
    TREATMENTS = "treatments"
    PERSONS = "persons"


def export_patients_as_table(
    cases: Annotated[
        list[str],
        typer.Argument(metavar="CASE...", help="Patient files, folders of them, names of cases, or reg:ID."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="File ending in .csv or .xlsx.")],
    layout: Annotated[
        TableLayout, typer.Option(help="wide: a row per visit; long: a row per value.")
    ] = TableLayout.WIDE,
    part: Annotated[
        TablePart, typer.Option("--part", help="What a CSV file holds; a workbook holds all.")
    ] = TablePart.VISITS,
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Also write the map that reads the table back.")
    ] = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
) -> None:
    """Export patients as a table: visits, treatments and persons, in the data dictionary's units."""
    from lupercal.api.tables import export_table
    from lupercal.cli.import_table import patients_in_words
    from lupercal.files.replace import refuse_existing, refuse_input

    for place in (output, map_file):
        if place is not None:
            refuse_existing(place, force=force)
            for case in cases:
                refuse_input(place, Path(case))
    patients = [patient for case in cases for patient in _patients(case)]
    export_table(patients, output, layout=layout.value, part=part.value, table_map=map_file)
    typer.echo(f"{patients_in_words(len(patients))}: {output}")


def _patients(case: str) -> list[Patient]:
    from lupercal.api.patients import read_patient
    from lupercal.errors import InputError

    if not Path(case).is_dir():
        return [read_patient(case)]
    files = sorted(path for path in Path(case).iterdir() if path.suffix.lower() in {".yaml", ".yml"})
    if not files:
        raise InputError(case, "", "a folder without .yaml files", "patient files in it")
    return [read_patient(path) for path in files]

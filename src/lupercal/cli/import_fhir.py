"""``lupercal import fhir``: a hospital's FHIR bundle becomes a patient file, with a verdict on every item."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lupercal.api.exchange import FhirImportResult

_LINES = (".ndjson", ".jsonl")
_FILES = (".yaml", ".yml", ".json")


def import_fhir_file(
    file: Annotated[
        Path,
        typer.Argument(
            help="A FHIR R4 bundle or resource about one person (JSON), or a bulk export (.ndjson, folder)."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The patient file to write (.yaml or .json); for a bulk export a new folder."
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write what became of every item to this file (.json or .csv).")
    ] = None,
    site_map: Annotated[
        Path | None,
        typer.Option("--map", help="The site's map: own codes, FHIRPath, answers (see: lupercal schema fhir_map)."),
    ] = None,
    day_0: Annotated[
        str | None,
        typer.Option("--day-0", help="Date of day 0, YYYY-MM-DD; else the last infusion of cells or the last visit."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Import a FHIR bundle of one person as a patient file; a report tells what became of every item."""
    from lupercal.exchange.import_report import checked_report_name
    from lupercal.files.replace import refuse_existing, refuse_input

    one_file = output is not None and output.suffix.lower() in _FILES
    if file.is_dir() or (file.suffix.lower() in _LINES and not one_file):
        _bulk(file, output, day_0, site_map)
        return
    for path in filter(None, (output, report)):
        refuse_input(path, file)
        refuse_existing(path, force=force)
    if report is not None:
        checked_report_name(report)
    from lupercal.api.exchange import import_fhir

    _write(import_fhir(file, day_0, site_map), output, report)


def _write(done: FhirImportResult, output: Path | None, report: Path | None) -> None:
    from lupercal.exchange.import_report import report_lines, write_report
    from lupercal.patient.document import patient_text, write_patient_file

    for line in report_lines(done.report, most=1000):
        typer.echo(line, err=True)
    if report is not None:
        write_report(report, done.report)
    if done.nothing is not None:
        raise done.nothing
    if output is None:
        typer.echo(patient_text(done.patient), nl=False)
        return
    write_patient_file(output, done.patient)
    typer.echo(f"wrote {output}; next: lupercal assess {output}", err=True)


def _bulk(source: Path, folder: Path | None, day_0: str | None, site_map: Path | None) -> None:
    from lupercal.api.exchange import import_fhir_bulk
    from lupercal.errors import InputError

    if folder is None:
        raise InputError("--output", "", "no folder", "the folder for the patient files of a bulk export")
    done = import_fhir_bulk(source, folder, day_0, site_map, lambda count: typer.echo(f"{count} patients", err=True))
    typer.echo("; ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in done.verdicts.items()), err=True)
    typer.echo(f"{done.patients} patient files, {done.without} without anything to use: {folder}", err=True)

"""``lupercal import fhir``: a hospital's FHIR bundle becomes a patient file, with a verdict on every item."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def import_fhir_file(
    file: Annotated[Path, typer.Argument(help="A FHIR R4 bundle or resource (JSON), about one person.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The patient file to write (.yaml or .json); shown without.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write what became of every item to this file (.json or .csv).")
    ] = None,
    day_0: Annotated[
        str | None,
        typer.Option("--day-0", help="Date of day 0, YYYY-MM-DD; else the last infusion of cells or the last visit."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Import a FHIR bundle of one person as a patient file; a report tells what became of every item."""
    from lupercal.api.exchange import import_fhir
    from lupercal.exchange.import_report import checked_report_name, report_lines, write_report
    from lupercal.files.replace import refuse_existing, refuse_input
    from lupercal.patient.document import patient_text, write_patient_file

    for path in filter(None, (output, report)):
        refuse_input(path, file)
        refuse_existing(path, force=force)
    if report is not None:
        checked_report_name(report)
    done = import_fhir(file, day_0)
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

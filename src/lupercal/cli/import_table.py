"""``lupercal import table``: a clinic's table becomes patient files, with a verdict on every cell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def import_table_file(
    table: Annotated[Path, typer.Argument(metavar="FILE", help="The table: .csv, .tsv, .txt, .xlsx or .xlsm.")],
    map_file: Annotated[
        Path | None, typer.Option("--map", help="YAML: what each column holds; --guess drafts one.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Patient file ending in .yaml, or a folder for many; else the terminal."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Where the verdict on every cell is written, .json or .csv.")
    ] = None,
    *,
    guess: Annotated[
        bool, typer.Option("--guess", help="Write a draft of a map instead, its doubts as questions.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
) -> None:
    """Import a table of one or many patients by a map of its columns; what is not used is named with its reason."""
    from lupercal.errors import InputError

    if guess == (map_file is not None):
        raise InputError(
            "lupercal import table", "", "both" if guess else "neither", "either --map MAP.yaml or --guess"
        )
    if guess:
        _draft(table, output, force=force)
    elif map_file is not None:
        _import(table, map_file, output, report, force=force)


def _draft(table: Path, output: Path | None, *, force: bool) -> None:
    from lupercal.exchange.tables.guess import guessed_map
    from lupercal.files.replace import refuse_existing, refuse_input
    from lupercal.files.writing import write_text

    if output is not None:
        refuse_existing(output, force=force)
        refuse_input(output, table)
    text = guessed_map(table)
    if output is None:
        typer.echo(text, nl=False)
        return
    write_text(output, text)
    doubts = sum("unsure:" in line for line in text.splitlines() if not line.startswith("#"))
    typer.echo(
        f"wrote {output}; open questions: {doubts}. Answer them, then: lupercal import table {table} --map {output}"
    )


def _import(table: Path, map_file: Path, output: Path | None, report: Path | None, *, force: bool) -> None:
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.errors import InputError
    from lupercal.exchange.import_report import checked_report_name, report_lines, write_report
    from lupercal.exchange.tables.read import imported_table, write_imported
    from lupercal.files.replace import refuse_existing, refuse_input
    from lupercal.patient.document import patient_text
    from lupercal.report.terminal import wrapped

    for place in (output, report):
        if place is not None:
            refuse_existing(place, force=force)
            refuse_input(place, table)
            refuse_input(place, map_file)
    if report is not None:
        checked_report_name(report)
    done = imported_table(table, map_file)
    for line in report_lines(done.report):
        typer.echo("\n".join(wrapped(line, hanging="    ")), err=True)
    if not done.patients:
        if report is not None:
            write_report(report, done.report)
        raise InputError(table, "", "nothing that makes a patient", "a table and a map of which something can be used")
    if output is not None:
        where = write_imported(done, output, report)
        typer.echo(f"{patients_in_words(len(done.patients))}: {output}; the verdict on every cell: {where}")
        typer.echo(RESEARCH_USE_ONLY)
        return
    if len(done.patients) > 1:
        raise InputError("--output", "", f"none, for {len(done.patients)} patients", "a folder for their files")
    if report is not None:
        write_report(report, done.report)
    typer.echo(patient_text(done.patients[0]), nl=False)


def patients_in_words(patients: int) -> str:
    """Return a number of patients in words."""
    return "1 patient" if patients == 1 else f"{patients} patients"

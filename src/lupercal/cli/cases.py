"""``lupercal cases``: the patients that come with Lupercal."""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    name: Annotated[
        str | None, typer.Argument(help="Show the patient file of this case; all are listed without.")
    ] = None,
) -> None:
    """List the patients that come with Lupercal, with their sources, or show the file of one."""
    from lupercal.files.documents import read_text
    from lupercal.patient.cases import case_path

    if name is None:
        _list()
    else:
        typer.echo(read_text(case_path(name)), nl=False)


def _list() -> None:
    from lupercal.patient.cases import case_names, read_case
    from lupercal.report.terminal import table_lines

    rows = []
    for name in case_names():
        patient = read_case(name)
        who = ", ".join(filter(None, [patient.title, patient.sex, _age(patient.age_years)]))
        rows.append((name, who, patient.data_origin, patient.sources[0].ref))
    title = "Cases that come with Lupercal (published: only what the source states)"
    for line in table_lines(title, ("name", "who", "data", "source"), rows):
        typer.echo(line)
    typer.echo("Use one with: lupercal forecast NAME")


def _age(years: float | None) -> str:
    return f"{years:g} years" if years is not None else ""

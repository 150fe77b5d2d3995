"""``lupercal cases``: the patients that come with Lupercal."""

from __future__ import annotations

import typer


def command() -> None:
    """List the patients that come with Lupercal, with their sources."""
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

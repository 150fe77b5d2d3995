"""``lupercal export``: the model with one therapy for other simulators."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """What other tools read."""

    SBML = "sbml"
    ANTIMONY = "antimony"


def command(
    form: Annotated[Format, typer.Argument(metavar="FORMAT", help="sbml (Level 3 Version 2) or antimony.")],
    therapy: Annotated[
        str, typer.Option("--therapy", "-t", help="Whose doses are written as events.")
    ] = "standard_care",
    months: Annotated[int, typer.Option("--months", "-m", help="Horizon in months after day 0.")] = 24,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; standard output by default.")] = None,
) -> None:
    """Export the reference patient under one therapy: equations, units, values, and doses as events."""
    from lupercal.exchange.antimony import antimony
    from lupercal.exchange.reference_patient import reference_task
    from lupercal.exchange.sbml import sbml
    from lupercal.files.writing import check_place, write_text

    write = sbml if form is Format.SBML else antimony
    if output is not None:
        check_place(output)
    text = write(reference_task(therapy, months))
    if output is None:
        typer.echo(text)
        return
    write_text(output, text)
    typer.echo(f"{form.value} of the reference patient under {therapy}: {output}", err=True)

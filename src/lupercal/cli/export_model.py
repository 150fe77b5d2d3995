"""``lupercal export sbml`` and ``lupercal export antimony``: the model with one therapy for other simulators."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lupercal.engine.task import Task

Therapy = Annotated[str, typer.Option("--therapy", "-t", help="Whose doses are written as events.")]
Months = Annotated[int, typer.Option("--months", "-m", help="Horizon in months after day 0.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File; standard output by default.")]


Force = Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")]


def export_sbml(
    therapy: Therapy = "standard_care", months: Months = 24, output: Output = None, force: Force = False
) -> None:
    """Export the reference patient under one therapy as SBML Level 3 Version 2, doses as events."""
    from lupercal.exchange.sbml import sbml

    _export("sbml", sbml, therapy, months, output, force=force)


def export_antimony(
    therapy: Therapy = "standard_care", months: Months = 24, output: Output = None, force: Force = False
) -> None:
    """Export the reference patient under one therapy as Antimony text, doses as events."""
    from lupercal.exchange.antimony import antimony

    _export("antimony", antimony, therapy, months, output, force=force)


def _export(
    form: str, text_of: Callable[[Task], str], therapy: str, months: int, output: Path | None, *, force: bool
) -> None:
    from lupercal.exchange.reference_patient import reference_task
    from lupercal.files.replace import refuse_existing
    from lupercal.files.writing import check_place, write_text

    if output is not None:
        check_place(output)
        refuse_existing(output, force=force)
    text = text_of(reference_task(therapy, months))
    if output is None:
        typer.echo(text)
        return
    write_text(output, text)
    typer.echo(f"{form} of the reference patient under {therapy}: {output}", err=True)

"""``lupercal new-patient``: a patient file to fill in, every key explained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    file: Annotated[Path, typer.Argument(help="The patient file to write, ending in .yaml.")],
    name: Annotated[str, typer.Option("--id", help="Id of the patient in the file.")] = "patient-1",
    force: Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")] = False,
) -> None:
    """Write a patient file to fill in, with every key explained; what is left out stays unknown."""
    from lupercal.files.replace import refuse_existing
    from lupercal.patient.new import write_new_patient

    refuse_existing(file, force=force)
    write_new_patient(file, name)
    typer.echo(f"wrote {file}; fill it in, then: lupercal assess {file}")

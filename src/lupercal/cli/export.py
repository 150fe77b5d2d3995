"""``lupercal export``: what other tools read, one command per format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from lupercal.cli.export_fhir import export_patient_as_fhir
from lupercal.cli.export_model import export_antimony, export_sbml
from lupercal.cli.export_table import export_patients_as_table

group = typer.Typer(
    help="Export for other tools, one command per format.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_COMMANDS: dict[str, Callable[..., Any]] = {
    "sbml": export_sbml, "antimony": export_antimony, "fhir": export_patient_as_fhir, "table": export_patients_as_table,
}  # fmt: skip
for _name, _command in _COMMANDS.items():
    group.command(_name, short_help=(_command.__doc__ or "").partition(".")[0])(_command)

"""``lupercal export``: what other tools read, one command per format."""

from __future__ import annotations

import typer

from lupercal.cli.export_fhir import export_patient_as_fhir
from lupercal.cli.export_model import export_antimony, export_sbml
from lupercal.cli.export_table import export_patients_as_table

group = typer.Typer(
    help="Export for other tools, one command per format.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
group.command("sbml")(export_sbml)
group.command("antimony")(export_antimony)
group.command("fhir")(export_patient_as_fhir)
group.command("table")(export_patients_as_table)

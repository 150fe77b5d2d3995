"""``lupercal import``: what other systems wrote becomes patient files, one command per format."""

from __future__ import annotations

import typer

from lupercal.cli.import_fhir import import_fhir_file
from lupercal.cli.import_table import import_table_file

group = typer.Typer(
    help="Import what other systems wrote, one command per format.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@group.callback()
def _formats() -> None:
    """Stay a group while there is one format only."""


for _name, _command in (("fhir", import_fhir_file), ("table", import_table_file)):
    group.command(_name, short_help=(_command.__doc__ or "").partition(".")[0])(_command)

"""``lupercal schema``: JSON Schemas of the files that a user writes."""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    kind: Annotated[str | None, typer.Argument(help="A kind of file, such as patient; all are listed without.")] = None,
) -> None:
    """Print the JSON Schema of a kind of file, for editors and other tools, or list the kinds."""
    from lupercal.api.schemas import file_kinds, schema_text

    if kind is not None:
        typer.echo(schema_text(kind), nl=False)
        return
    width = max(map(len, file_kinds()))
    for name, about in file_kinds().items():
        typer.echo(f"{name:<{width}}  {about.title}")

"""``lupercal evidence``: the studies Lupercal knows, or one of them with all its figures."""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    name: Annotated[str | None, typer.Argument(help="A study to show; all are listed without it.")] = None,
) -> None:
    """List the published studies with use and marks, or show one with its figures, intervals and sources."""
    from lupercal.evidence.studies import study
    from lupercal.report.pages.evidence import explained, listing
    from lupercal.report.terminal import wrapped

    for line in listing() if name is None else explained(study(name)):
        hanging = " " * (len(line) - len(line.lstrip()) + 4)
        for part in wrapped(line, hanging=hanging):
            typer.echo(part)

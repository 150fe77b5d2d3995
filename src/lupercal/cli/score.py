"""``lupercal score``: a table of visits in, a table of scores out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def command(
    visits: Annotated[Path, typer.Argument(help="Table of visits, .csv or .parquet; one row per visit.")],
    instrument: Annotated[list[str], typer.Option("--instrument", "-i", help="Instrument; give it again for more.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write, .csv or .parquet.")],
    columns: Annotated[
        Path | None, typer.Option("--columns", help="YAML or JSON: our name to the file's column, or {column, unit}.")
    ] = None,
    attribution: Annotated[
        str, typer.Option("--attribution", help="lupus leaves out what has another cause; recorded counts all.")
    ] = "lupus",
    *,
    items: Annotated[bool, typer.Option("--items", help="Also write the points or state of each item.")] = False,
) -> None:
    """Score a table of visits; ten million rows need bounded memory. Research use only."""
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.errors import InputError
    from lupercal.instruments.score_table import score_table

    if attribution not in {"recorded", "lupus"}:
        raise InputError("--attribution", "", attribution, "lupus or recorded")
    settings: dict[str, Any] = {"attribution": attribution}
    rows = score_table(visits, out, instrument, mapping=columns, settings=settings, items=items)
    typer.echo(f"{rows} visits scored by {', '.join(instrument)}: {out}")
    typer.echo(RESEARCH_USE_ONLY)

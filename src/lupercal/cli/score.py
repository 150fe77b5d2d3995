"""``lupercal score``: a table of visits in, a table of scores out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def command(
    visits: Annotated[Path, typer.Argument(help="Table of visits, .csv or .parquet; one row per visit.")],
    instrument: Annotated[list[str], typer.Option("--instrument", "-i", help="Instrument; give it again for more.")],
    out: Annotated[Path, typer.Option("--output", "-o", help="Where to write, .csv or .parquet.")],
    columns: Annotated[
        Path | None, typer.Option("--columns", help="YAML or JSON: our name to the file's column, or {column, unit}.")
    ] = None,
    attribution: Annotated[
        str, typer.Option("--attribution", help="lupus leaves out what has another cause; recorded counts all.")
    ] = "lupus",
    window_days: Annotated[
        int | None,
        typer.Option("--window-days", help="10 or 30: what a patient's rows so many days before found counts too."),
    ] = None,
    unrecorded: Annotated[
        str, typer.Option("--unrecorded", help="unknown, or absent where only what is present was written down.")
    ] = "unknown",
    *,
    items: Annotated[bool, typer.Option("--items", help="Also write the points or state of each item.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")] = False,
) -> None:
    """Score a table of visits; ten million rows need bounded memory. Research use only."""
    from sys import stderr

    from lupercal import RESEARCH_USE_ONLY
    from lupercal.errors import InputError
    from lupercal.files.replace import refuse_existing, refuse_input
    from lupercal.instruments.score_table import score_table
    from lupercal.report.terminal import wrapped
    from lupercal.visits.patient_scores import checked_attribution

    if unrecorded not in ("unknown", "absent"):
        raise InputError("--unrecorded", "", unrecorded, "unknown or absent")
    refuse_existing(out, force=force)
    refuse_input(out, visits)
    settings: dict[str, Any] = {"attribution": checked_attribution(attribution)}
    settings |= {} if window_days is None else {"window_days": window_days}
    absent = unrecorded == "absent"
    done = score_table(
        visits,
        out,
        instrument,
        mapping=columns,
        settings=settings,
        items=items,
        unrecorded_absent=absent,
        progress=_tell if stderr.isatty() else None,
    )
    if stderr.isatty():
        typer.echo(err=True)
    for note in done.notes:
        typer.echo("\n".join(wrapped(f"Note: {note}", hanging="  ")), err=True)
    if done.unknown_columns:
        unknown = f"Columns not known, kept as they are: {', '.join(done.unknown_columns)}"
        typer.echo("\n".join(wrapped(unknown, hanging="  ")), err=True)
    if absent:
        typer.echo("Findings that are not recorded were taken as absent.", err=True)
    typer.echo(f"{done.rows} visit{'' if done.rows == 1 else 's'} scored by {', '.join(instrument)}: {out}")
    typer.echo(RESEARCH_USE_ONLY)


def _tell(rows: int) -> None:
    """Show how far a long table is, on one line of standard error."""
    typer.echo(f"\r{rows} visits ", nl=False, err=True)

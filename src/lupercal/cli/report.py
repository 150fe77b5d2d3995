"""``lupercal report``: the pages of a forecast again, from its run folder, without computing anything."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    run: Annotated[Path, typer.Argument(help="Run folder of lupercal forecast.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the pages; the run folder by default.")
    ] = None,
    as_pdf: Annotated[bool, typer.Option("--pdf", help="Also write the two summaries as PDF (extra: pdf).")] = False,
) -> None:
    """Write the report and the printable summaries of a forecast again. Research use only."""
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.api.forecasts import offered_beside
    from lupercal.files.whole_run import adding_to
    from lupercal.forecast.store import stored_forecast
    from lupercal.report.summary import pages, write_pages

    forecast = stored_forecast(run)
    with adding_to(output or run) as written:
        written.extend(write_pages(pages(forecast, offered_beside(forecast)), output or run, as_pdf=as_pdf))
    for path in written:
        typer.echo(f"Written: {path}")
    typer.echo(RESEARCH_USE_ONLY)

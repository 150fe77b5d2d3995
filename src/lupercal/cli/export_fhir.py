"""``lupercal export fhir``: a patient with visits, scores, plan and forecast as a FHIR R4 bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export_patient_as_fhir(
    case: Annotated[str, typer.Argument(help="A patient file, the name of a case, or reg:ID of a registry.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The bundle to write (.json); standard output by default.")
    ] = None,
    scores: Annotated[bool, typer.Option("--scores/--no-scores", help="Also the scores of all instruments.")] = True,
    programme: Annotated[
        list[str] | None, typer.Option("--programme", "-p", help="Also the plan of this programme; repeat for more.")
    ] = None,
    start: Annotated[str | None, typer.Option("--start", help="Date of day 0 of the plans, as YYYY-MM-DD.")] = None,
    forecast: Annotated[
        list[Path] | None, typer.Option("--forecast", help="Also the forecast in this run folder; repeat for more.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")] = False,
) -> None:
    """Export a patient as a FHIR R4 bundle; reading it back gives the same patient file."""
    from lupercal.api.exchange import export_fhir
    from lupercal.exchange.fhir.write_bundle import fhir_bundle_text
    from lupercal.files.replace import refuse_existing
    from lupercal.files.writing import check_place

    if output is not None:
        check_place(output)
        refuse_existing(output, force=force)
    bundle = export_fhir(case, output, scores=scores, programmes=programme or (), start=start, forecasts=forecast or ())
    if output is None:
        typer.echo(fhir_bundle_text(bundle), nl=False)
    else:
        typer.echo(f"{len(bundle['entry'])} resources: {output}", err=True)

"""``lupercal assess``: every instrument at every visit of a patient, explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lupercal.instruments import Score
    from lupercal.patient.record import Patient


def command(
    case: Annotated[str, typer.Argument(help="A patient file (YAML or JSON), or the name of a case.")],
    instrument: Annotated[
        list[str] | None, typer.Option("--instrument", "-i", help="Only this instrument; give it again for more.")
    ] = None,
    attribution: Annotated[
        str, typer.Option("--attribution", help="lupus leaves out what has another cause; recorded counts all.")
    ] = "lupus",
    window_days: Annotated[
        int | None,
        typer.Option("--window-days", help="10 or 30: SLEDAI-2K also counts what visits so many days back found."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also explain what is open for want of data.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Score all visits of a patient by all instruments, with each item and the data behind it. Research use only."""
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.api.scores import assess

    found = assess(case, instrument or (), attribution, window_days)
    if json:
        typer.echo(found.json())
    else:
        _print(found.patient, list(found.scores), everything or bool(instrument))
        for note in found.notes:
            typer.echo(f"Note: {note}")
        typer.echo(RESEARCH_USE_ONLY)


def _print(patient: Patient, scores: list[Score], everything: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    from lupercal.instruments.explain import explain_briefly, result_text
    from lupercal.instruments.registry import instrument
    from lupercal.visits.patient_scores import AS_RECORDED

    settled, still_open = _sorted(scores)
    shown = settled + (still_open if everything else [])
    console = Console(highlight=False, markup=False)
    table = Table(title=f"{patient.id}: {patient.title}", caption="open: the bounds that the known data leave")
    table.add_column("instrument", overflow="fold")
    for visit in patient.visits:
        table.add_column(f"day {visit.day}", overflow="fold")
    for score in shown:
        table.add_row(
            instrument(score.instrument).title, *(result_text(score.at(n)) for n in range(len(patient.visits)))
        )
    console.print(table)
    for n, visit in enumerate(patient.visits):
        console.print(f"\nDay {visit.day}{f', {visit.label}' if visit.label else ''}")
        for score in shown:
            if score.status[n] in {0, 1, 4, 5}:
                first, *rest = explain_briefly(score, n)
                console.print(f"  {first}")
                for sentence in rest:
                    console.print(f"    {sentence}")
                if AS_RECORDED in score.parts:
                    console.print(f"    {AS_RECORDED}: {result_text(score.parts[AS_RECORDED].at(n))}")
    if still_open and not everything:
        names = ", ".join(score.instrument for score in still_open)
        console.print(f"\nOpen for want of data (explain with --all): {names}")


def _sorted(scores: list[Score]) -> tuple[list[Score], list[Score]]:
    """Return what is settled, impossible or in conflict at some visit, and what is open at every visit."""
    settled = [score for score in scores if any((score.status == code).any() for code in (0, 4, 5))]
    still_open = [score for score in scores if score not in settled and (score.status == 1).any()]
    return settled, still_open

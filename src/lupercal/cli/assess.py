"""``lupercal assess``: every instrument at every visit of a patient, explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lupercal.instruments import Score
    from lupercal.patient.record import Patient


def command(
    case: Annotated[str, typer.Argument(help="A patient file, the name of a case, or reg:ID of a registry.")],
    instrument: Annotated[
        list[str] | None, typer.Option("--instrument", "-i", help="Only this instrument; give it again for more.")
    ] = None,
    attribution: Annotated[
        str, typer.Option("--attribution", help="lupus leaves out what has another cause; recorded counts all.")
    ] = "lupus",
    window_days: Annotated[
        int | None,
        typer.Option("--window-days", help="10 or 30: what earlier visits so many days back found counts too."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Explain every score with its items, also what is open for want of data.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Score all visits of a patient by all instruments, with each item and the data behind it. Research use only."""
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.api.scores import assess
    from lupercal.report.terminal import wrapped

    assessment = assess(case, instrument or (), attribution, window_days)
    if json:
        typer.echo(assessment.json())
    else:
        _print(assessment.patient, list(assessment.scores), full, bool(instrument))
        for line in (line for note in assessment.notes for line in wrapped(f"Note: {note}", hanging="  ")):
            typer.echo(line)
        typer.echo(RESEARCH_USE_ONLY)


def _print(patient: Patient, scores: list[Score], full: bool, named: bool) -> None:
    """Print the table of scores; ``full``, or an instrument asked for by name, explains each."""
    from lupercal.instruments.explain import result_text
    from lupercal.instruments.registry import instrument
    from lupercal.report.terminal import table_lines, wrapped

    settled, still_open, other_age = _sorted(scores)
    shown = settled + (still_open + other_age if full or named else [])
    days = [f"day {visit.day}" for visit in patient.visits]
    rows = [
        (instrument(score.instrument).heading, *(result_text(score.at(n)) for n in range(len(days)))) for score in shown
    ]
    lines = list(table_lines(f"{patient.id}: {patient.title}", ("instrument", *days), rows))
    lines += ["", "open: the bounds that the known data leave"]
    for n, _ in enumerate(patient.visits) if full or named else ():
        lines += _explained(patient, shown, n)
    if not (full or named):
        for word, group in (("Open for want of data", still_open), ("For another age", other_age)):
            names = "; ".join(instrument(score.instrument).heading for score in group)
            lines += wrapped(f"{word}: {names}.", hanging="  ") if group else []
        lines += ["Items and data behind each score: --full"]
    for line in lines:
        typer.echo(line)


def _explained(patient: Patient, shown: list[Score], n: int) -> Iterator[str]:
    """Yield each result of a visit with its items and the data behind it."""
    from lupercal.instruments.explain import explain_briefly, result_text
    from lupercal.report.terminal import wrapped
    from lupercal.visits.patient_scores import AS_RECORDED

    visit = patient.visits[n]
    yield from ("", f"Day {visit.day}{f', {visit.label}' if visit.label else ''}")
    for score in shown:
        if score.status[n] in {0, 1, 4, 5}:
            first, *rest = explain_briefly(score, n)
            yield from wrapped(first, None, "  ", "    ")
            for sentence in rest:
                yield from wrapped(sentence, None, "    ", "      ")
            if AS_RECORDED in score.parts:
                yield from wrapped(
                    f"{AS_RECORDED}: {result_text(score.parts[AS_RECORDED].at(n))}", None, "    ", "      "
                )


def _sorted(scores: list[Score]) -> tuple[list[Score], list[Score], list[Score]]:
    """Return what is settled, impossible or in conflict at some visit, what is open at every visit, what is for others.

    The last are equations for an age that the patient has at no visit: nothing in the file is wrong.
    """
    other_age = [score for score in scores if _for_another_age(score)]
    rest = [score for score in scores if score not in other_age]
    settled = [score for score in rest if any((score.status == code).any() for code in (0, 4, 5))]
    still_open = [score for score in rest if score not in settled and (score.status == 1).any()]
    return settled, still_open, other_age


def _for_another_age(score: Score) -> bool:
    return any(
        score.warnings[code].all() for code in ("age_below_18", "age_out_of_range") if code in score.warnings
    ) and bool((score.status == 4).all())

"""``lupercal assess``: every instrument at every visit of a patient, explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lupercal.instruments import Score
    from lupercal.instruments.columns import Columns
    from lupercal.patient.record import Patient

LUPUS_ONLY = "With causes other than lupus removed"


def command(
    case: Annotated[str, typer.Argument(help="A patient file (YAML or JSON), or the name of a case.")],
    instrument: Annotated[
        list[str] | None, typer.Option("--instrument", "-i", help="Only this instrument; give it again for more.")
    ] = None,
    attribution: Annotated[
        str, typer.Option("--attribution", help="recorded, or lupus to remove items with another cause.")
    ] = "recorded",
    everything: Annotated[bool, typer.Option("--all", help="Also explain what is open for want of data.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Score all visits of a patient by all instruments, with each item and the data behind it. Research use only."""
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.errors import InputError
    from lupercal.patient.cases import read_any
    from lupercal.rules.record_notes import record_notes

    if attribution not in {"recorded", "lupus"}:
        raise InputError("--attribution", "", attribution, "recorded or lupus")
    patient = read_any(case)
    scores = scored(patient, instrument or [], attribution)
    if json:
        typer.echo(_json(patient, scores))
    else:
        _print(patient, scores, everything or bool(instrument))
        for note in record_notes(patient):
            typer.echo(f"Note: {note}")
        typer.echo(RESEARCH_USE_ONLY)


def scored(patient: Patient, names: list[str], attribution: str = "recorded") -> list[Score]:
    """Return the results of the named instruments (of all, if none is named) over the patient's visits."""
    from lupercal.instruments import registry
    from lupercal.instruments.score_table import find_instrument
    from lupercal.visits.of_patient import instrument_columns, not_at_baseline

    columns = instrument_columns(patient)
    chosen = [find_instrument(name) for name in names] or list(registry.instruments())
    given: dict[str, Any] = {"attribution": attribution, "over_visits": True}
    scores = [one.score(columns, **{k: v for k, v in given.items() if k in one.settings}) for one in chosen]
    if attribution == "recorded" and any(name.endswith("@attributed_to") for name in columns):
        scores = [_beside(score, columns) for score in scores]
    return [not_at_baseline(score, columns) for score in scores]


def _beside(score: Score, columns: Columns) -> Score:
    """Put the result with causes other than lupus removed beside the one as recorded."""
    from dataclasses import replace

    from lupercal.instruments.registry import instrument

    if "attribution" not in score.settings:
        return score
    other = instrument(score.instrument).score(columns, attribution="lupus")
    return replace(score, parts={**score.parts, LUPUS_ONLY: other})


def _print(patient: Patient, scores: list[Score], everything: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    from lupercal.instruments.explain import explain_briefly, result_text
    from lupercal.instruments.registry import instrument

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
            if score.status[n] in {0, 1, 4}:
                first, *rest = explain_briefly(score, n)
                console.print(f"  {first}")
                for sentence in rest:
                    console.print(f"    {sentence}")
                if LUPUS_ONLY in score.parts:
                    console.print(f"    {LUPUS_ONLY}: {result_text(score.parts[LUPUS_ONLY].at(n))}")
    if still_open and not everything:
        names = ", ".join(score.instrument for score in still_open)
        console.print(f"\nOpen for want of data (explain with --all): {names}")


def _sorted(scores: list[Score]) -> tuple[list[Score], list[Score]]:
    """Return what is settled at some visit, and what is open at every visit although something is known."""
    settled = [score for score in scores if (score.status == 0).any() or "out_of_range" in score.warnings]
    still_open = [score for score in scores if score not in settled and (score.status == 1).any()]
    return settled, still_open


def _json(patient: Patient, scores: list[Score]) -> str:
    from json import dumps

    from lupercal import RESEARCH_USE_ONLY, __version__
    from lupercal.rules.record_notes import record_notes

    visits = [
        {"day": visit.day, "scores": [_record(score, n) for score in scores]} for n, visit in enumerate(patient.visits)
    ]
    record = {
        "patient": patient.id,
        "version": __version__,
        "notice": RESEARCH_USE_ONLY,
        "notes": record_notes(patient),
        "visits": visits,
    }
    return dumps(record, indent=2, ensure_ascii=False)


def _record(score: Score, n: int) -> dict[str, Any]:
    """Return one result as plain values; what is unknown or unbounded is null."""
    from lupercal.instruments.explain import datum
    from lupercal.instruments.registry import instrument
    from lupercal.instruments.result import Status

    one = score.at(n)
    items = {item.name: item for item in instrument(score.instrument).items}
    return {
        "instrument": one.instrument,
        "version": one.version,
        "source": one.source,
        "unit": one.unit,
        "value": _finite(one.value),
        "label": one.label(),
        "low": _finite(one.low),
        "high": _finite(one.high),
        "status": Status(int(one.status)).name.lower(),
        "items": {
            name: {
                "value": _finite(value),
                "data": [text for c in (items[name].inputs if name in items else ()) if (text := datum(one, c))],
            }
            for name, value in one.items.items()
        },
        **({"lupus_only": _ends(one.parts[LUPUS_ONLY])} if LUPUS_ONLY in one.parts else {}),
        "warnings": [code for code, mask in one.warnings.items() if mask],
        "settings": dict(one.settings),
    }


def _ends(one: Score) -> dict[str, float | None]:
    return {end: _finite(getattr(one, end)) for end in ("value", "low", "high")}


def _finite(value: Any) -> float | None:
    number = float(value)
    return number if number - number == 0 else None

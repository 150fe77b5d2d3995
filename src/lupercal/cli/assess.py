"""``lupercal assess``: every instrument at every visit of a patient, explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lupercal.instruments import Instrument, Score
    from lupercal.instruments.columns import Columns
    from lupercal.patient.record import Patient

AS_RECORDED = "With every finding counted, whatever its cause"


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
        typer.Option("--window-days", help="10 or 30: SLEDAI also counts what earlier visits so many days back found."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also explain what is open for want of data.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Score all visits of a patient by all instruments, with each item and the data behind it. Research use only."""
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.errors import InputError
    from lupercal.instruments.visits import read_any

    if attribution not in {"recorded", "lupus"}:
        raise InputError("--attribution", "", attribution, "lupus or recorded")
    patient = read_any(case)
    scores = scored(patient, instrument or [], attribution, window_days)
    if json:
        typer.echo(_json(patient, scores))
    else:
        _print(patient, scores, everything or bool(instrument))
        typer.echo(RESEARCH_USE_ONLY)


def scored(
    patient: Patient, names: list[str], attribution: str = "lupus", window_days: int | None = None
) -> list[Score]:
    """Return the results of the named instruments (of all, if none is named) over the patient's visits.

    Without ``window_days`` the descriptors of SLEDAI are taken at each visit as recorded over its window.
    """
    from lupercal.instruments import registry
    from lupercal.instruments.score_table import find_instrument
    from lupercal.instruments.visits import instrument_columns, not_at_baseline

    columns = instrument_columns(patient)
    chosen = [find_instrument(name) for name in names] or list(registry.instruments())
    scores = [one.score(columns, **_settings(one, attribution, window_days)) for one in chosen]
    if attribution == "lupus" and any(name.endswith("@attributed_to") for name in columns):
        scores = [_beside(score, columns) for score in scores]
    return [not_at_baseline(score, columns) for score in scores]


def _settings(one: Instrument, attribution: str, window_days: int | None) -> dict[str, Any]:
    given: dict[str, Any] = {"attribution": attribution, "over_visits": True}
    if "window_days" in one.settings:
        given |= {"over_visits": window_days is not None, "window_days": window_days or one.settings["window_days"]}
    return {name: value for name, value in given.items() if name in one.settings}


def _beside(score: Score, columns: Columns) -> Score:
    """Put the result with every finding counted beside the one without other causes than lupus."""
    from dataclasses import replace

    from lupercal.instruments.registry import instrument

    if "attribution" not in score.settings:
        return score
    other = instrument(score.instrument).score(columns, **{**score.settings, "attribution": "recorded"})
    return replace(score, parts={**score.parts, AS_RECORDED: other})


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
    """Return what is settled (or impossible, or in conflict) at some visit, and what is open at every one."""
    import numpy as np

    settled = [score for score in scores if np.isin(score.status, (0, 4, 5)).any()]
    still_open = [score for score in scores if score not in settled and (score.status == 1).any()]
    return settled, still_open


def _json(patient: Patient, scores: list[Score]) -> str:
    from json import dumps

    from lupercal import RESEARCH_USE_ONLY, __version__

    visits = [
        {"day": visit.day, "scores": [_record(score, n) for score in scores]} for n, visit in enumerate(patient.visits)
    ]
    record = {"patient": patient.id, "version": __version__, "notice": RESEARCH_USE_ONLY, "visits": visits}
    return dumps(record, indent=2, ensure_ascii=False)


def _record(score: Score, n: int) -> dict[str, Any]:
    """Return one result as plain values; what is unknown or unbounded is null."""
    from lupercal.instruments.explain import datum, reasons
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
        **({"as_recorded": _ends(one.parts[AS_RECORDED])} if AS_RECORDED in one.parts else {}),
        "warnings": [code for code, mask in one.warnings.items() if mask],
        "reasons": reasons(one),
        "settings": dict(one.settings),
    }


def _ends(one: Score) -> dict[str, float | None]:
    return {end: _finite(getattr(one, end)) for end in ("value", "low", "high")}


def _finite(value: Any) -> float | None:
    number = float(value)
    return number if number - number == 0 else None

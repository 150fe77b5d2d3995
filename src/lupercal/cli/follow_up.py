"""``lupercal follow-up``: what is done, due, overdue or abnormal, against the plan's goals and a forecast."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lupercal.forecast.assimilation.learnt import Learnt
    from lupercal.programmes.follow_up import FollowUp

SHOWN_AHEAD = 4  # visits to come that the terminal lists one by one; JSON has all


def command(
    case: Annotated[str, typer.Argument(help="A patient file, the name of a case, or reg:ID of a registry.")],
    programme: Annotated[str, typer.Option("--programme", "-p", help="Programme, such as erlangen or ozek.msc.")],
    today: Annotated[str, typer.Option("--today", help="The day that is looked at, as YYYY-MM-DD.")],
    start: Annotated[
        str | None, typer.Option("--start", help="Date of day 0, where the patient file gives none.")
    ] = None,
    forecast: Annotated[
        Path | None, typer.Option("--forecast", help="Run folder of lupercal forecast, to compare the course with.")
    ] = None,
    override: Annotated[
        list[str] | None,
        typer.Option("--override", help="Keep doses ahead in spite of a stop, as 'NAME: reason'; both are printed."),
    ] = None,
    update: Annotated[
        bool, typer.Option(help="With --forecast: make the forecast anew from all visits up to today.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Follow a patient up: visits, goals, alerts, forecast. Research use only."""
    from lupercal.api.offers import follow_up

    report = follow_up(case, programme, today, start=start, forecast=forecast, overrides=override or (), update=update)
    if as_json:
        typer.echo(report.json())
    else:
        _print(report.follow_up, report.learnt)


def _print(report: FollowUp, learnt: Learnt | None) -> None:
    from lupercal.report.safety_text import safety_lines
    from lupercal.report.terminal import wrapped

    lines = [f"{report.patient} in {report.programme}: {report.today}, day {report.day} (day 0 is {report.start})"]
    lines += [f"Safety first, were it given today: {report.safety.verdict}"]
    for line in (*safety_lines(report.safety), *(f"OVERRIDDEN by {one.text}" for one in report.overrides)):
        lines += wrapped(line, None, "  ", "    ")
    if report.safety.stops and not report.overrides:
        lines += ["  No dose is listed as planned."]
    lines += [line for note in report.notes for line in wrapped(f"Note: {note}", hanging="  ")]
    lines += [line for window in report.open_windows for line in wrapped(f"Open today: {window}", hanging="  ")]
    lines += [line for table in _tables(report) for line in table]
    if not report.alerts:
        lines += ["No recorded value or event raises an alert."]
    lines += _learnt_lines(learnt)
    for line in (*lines, *wrapped(report.research_use_only)):
        typer.echo(line)


def _learnt_lines(learnt: Learnt | None) -> Iterable[str]:
    """Yield the forecast made anew: what came beside what was forecast of it, what is forecast now, what to measure."""
    if learnt is None:
        return
    from lupercal.report.learning_tables import ahead_table, learning_sentences, past_table
    from lupercal.report.terminal import layout_lines, wrapped

    for table in (past_table(learnt), ahead_table(learnt)):
        if table is not None:
            yield ""
            yield from layout_lines(table, None)
    yield ""
    yield "What visits taught"
    for sentence in learning_sentences(learnt):
        yield from wrapped(sentence, None, "  ", "    ")


def _tables(report: FollowUp) -> Iterable[Iterable[str]]:
    if report.agenda:
        ahead = [(str(one.date), str(one.last_date), one.section, one.title) for one in report.agenda]
        yield _table("Planned next", ("from", "to", "section", "what"), ahead)
    yield _table("Visits", ("due", "visit", "state", "recorded", "missing tests", "abnormal"), _visits(report))
    goals = [(one.state, one.name, _day(one.day), one.reason, f"{one.basis}: {one.source}") for one in report.goals]
    yield _table("Goals", ("state", "goal", "rests on", "why", "basis"), goals)
    if report.alerts:
        yield _table("Alerts", ("severity", "day", "value", "reason", "source"), _alerts(report))
    if report.bands:
        bands = [(f"day {b.day}", b.value, f"{b.low:.3g} to {b.high:.3g}", b.place) for b in report.bands]
        yield _table("Against the forecast", ("day", "value", "nine of ten virtual patients", "place"), bands)


def _visits(report: FollowUp) -> Iterable[tuple[str, ...]]:
    ahead = report.of_state("upcoming")[SHOWN_AHEAD:]
    for visit in report.visits:
        if visit in ahead:
            continue
        late = f", {visit.days_late} days late" if visit.state == "overdue" else ""
        recorded = _day(visit.visit_day)
        missing, abnormal = ", ".join(visit.missing), "; ".join(visit.abnormal)
        yield (
            f"{visit.due} ({visit.first} to {visit.last})",
            visit.title,
            f"{visit.state}{late}",
            recorded,
            missing,
            abnormal,
        )
    if ahead:
        yield f"{ahead[0].due} to {ahead[-1].due}", f"{len(ahead)} more visits", "upcoming", "", "", ""


def _alerts(report: FollowUp) -> Iterable[tuple[str, ...]]:
    for one in report.alerts:
        settled = f" (settled: {one.settled})" if one.settled else ""
        yield one.severity, f"day {one.day}", f"{one.value}{settled}", f"{one.name}: {one.reason}", one.source


def _day(day: int | None) -> str:
    return "" if day is None else f"day {day}"


def _table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    from lupercal.report.terminal import table_lines

    return ("", *table_lines(title, headings, rows))

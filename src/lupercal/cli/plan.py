"""``lupercal plan``: a programme written out for one patient, with doses, dates and the basis of each line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from lupercal.api.offers import PlanResult
    from lupercal.programmes.plan import Plan
    from lupercal.programmes.plan_items import PlanItem


def command(
    case: Annotated[str, typer.Argument(help="A patient file (YAML or JSON), or the name of a case.")],
    programme: Annotated[str, typer.Option("--programme", "-p", help="Programme, such as erlangen or ozek.msc.")],
    start: Annotated[
        str | None, typer.Option("--start", help="Date of day 0, the (first) infusion, as YYYY-MM-DD; days without it.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for plan.ics, plan.json, doses.json and plan.md.")
    ] = None,
    override: Annotated[
        list[str] | None,
        typer.Option("--override", help="Go on in spite of a stop, as 'NAME: reason'; both are printed with the plan."),
    ] = None,
    replaces: Annotated[
        Path | None, typer.Option("--replaces", help="Folder of the plan that this one replaces in calendars.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the plan in the folder, as its next version.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Plan a programme for a patient: preparation, doses, monitoring, visits. Research use only."""
    from lupercal.api.offers import plan
    from lupercal.files.replace import refuse_existing
    from lupercal.files.writing import check_place

    if output is not None:
        refuse_existing(output, force=force)
        check_place(output / "plan.md")
    found = plan(case, programme, start, overrides=override or ())
    written = found.write(output, replaces) if output else ()
    if as_json:
        typer.echo(written[0].read_text(encoding="utf-8").rstrip() if written else found.json())
    else:
        _print(found.plan, written, _criteria(found))


def _criteria(found: PlanResult) -> str:
    """Say whether the programme's stated criteria are met: a plan is written out either way."""
    meaning = found.eligibility.meaning
    return f"Criteria: {meaning} (lupercal eligibility says why); the plan is written out regardless."


def _print(plan: Plan, written: tuple[Path, ...], criteria: str) -> None:
    from rich.console import Console
    from rich.markup import escape

    from lupercal import RESEARCH_USE_ONLY
    from lupercal.report.plan_text import size_in_words
    from lupercal.report.safety_text import plan_safety_lines

    console = Console()
    console.print(f"[bold]Safety first[/bold]: {escape(plan.expansion.regimen.name)}, {plan.safety.verdict}")
    for line in plan_safety_lines(plan):
        console.print(f"  {escape(line)}")
    console.print(_table(plan))
    console.print(criteria)
    console.print(f"Doses for {size_in_words(plan)}.")
    console.print(escape(f"Left open by the page: {plan.unstated}"))
    for title, lines in (("Flagged", plan.warnings), ("Assumed", plan.assumptions)):
        for line in lines:
            console.print(f"[bold]{title}[/bold]: {escape(line)}")
    for path in written:
        console.print(f"Written: {escape(str(path))}", soft_wrap=True)
    if plan.start is None:
        console.print("No date of day 0, so no dates and no calendar file; give one with --start.")
    console.print(RESEARCH_USE_ONLY, style="dim")


def _table(plan: Plan) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from lupercal.programmes.plan import told_days
    from lupercal.report.plan_text import gathered, told_dates

    table = Table(title=Text(f"{plan.programme} for {plan.patient}"), box=box.SIMPLE_HEAD, title_justify="left")
    for heading in ("day", "date", "what", "basis", "source"):
        table.add_column(heading, overflow="fold", vertical="top")
    for item in gathered(plan.items):
        what = Text(item.title, style="bold")
        for line in _more(item):
            what.append(f"\n{line}", style="not bold")
        table.add_row(Text(told_days(item)), Text(told_dates(item)), what, Text(item.basis), Text(item.source))
    return table


def _more(item: PlanItem) -> Iterator[str]:
    yield from filter(None, [item.detail])
    if item.tests:
        yield f"Tests: {', '.join(test.name for test in item.tests)}"
    yield from (f"⚑ {flag}" for flag in item.flags)

"""``lupercal plan``: a programme written out for one patient, with doses, dates and the basis of each line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lupercal.api.offers import PlanResult
    from lupercal.programmes.plan import Plan
    from lupercal.programmes.plan_items import PlanItem


def command(
    case: Annotated[str, typer.Argument(help="A patient file, the name of a case, or reg:ID of a registry.")],
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
    full: Annotated[bool, typer.Option("--full", help="Also details, tests, basis and source of each line.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Plan a programme for a patient: preparation, doses, monitoring, visits. Research use only."""
    from lupercal.api.offers import plan
    from lupercal.errors import InputError
    from lupercal.files.replace import refuse_existing
    from lupercal.files.writing import check_place

    if output is not None:
        if _is_file(output):
            raise InputError(output, "", "a file", "a folder for the plan")
        check_place(output / "plan.md")
        refuse_existing(output, force=force)
    planning = plan(case, programme, start, overrides=override or ())
    written = planning.write(output, replaces) if output else ()
    if as_json:
        typer.echo(written[0].read_text(encoding="utf-8").rstrip() if written else planning.json())
    else:
        _print(planning.plan, written, _criteria(planning), full)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long for any place; trying the place says so
        return False


def _criteria(planning: PlanResult) -> str:
    """Say whether the programme's stated criteria are met: a plan is written out either way."""
    meaning = planning.eligibility.meaning
    return f"Criteria: {meaning} (lupercal eligibility says why); the plan is written out regardless."


def _print(plan: Plan, written: tuple[Path, ...], criteria: str, full: bool) -> None:
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.report.plan_text import size_in_words
    from lupercal.report.safety_text import plan_safety_lines
    from lupercal.report.terminal import wrapped

    lines = wrapped(f"Safety first: {plan.expansion.regimen.name}, {plan.safety.verdict}")
    lines += [line for said in plan_safety_lines(plan) for line in wrapped(said, None, "  ", "    ")]
    lines += ["", *_table(plan, full), ""]
    notes = [f"⚑{number} {flag}" for flag, number in _flags(plan).items()] if not full else []
    notes += [criteria, f"Doses for {size_in_words(plan)}.", f"Left open by the page: {plan.unstated}"]
    notes += [f"Flagged: {line}" for line in plan.warnings]
    notes += [f"Assumed: {line}" for line in plan.assumptions] if full else []
    if not full:
        notes += [f"{len(plan.assumptions)} assumptions, and details, tests, basis and source of each line: --full"]
    if plan.start is None:
        notes += ["No date of day 0, so no dates and no calendar file; give one with --start."]
    lines += [line for note in notes for line in wrapped(note, hanging="  ")]
    for line in (*lines, *(f"Written: {path}" for path in written), *wrapped(RESEARCH_USE_ONLY)):
        typer.echo(line)


def _table(plan: Plan, full: bool) -> Iterator[str]:
    from lupercal.programmes.plan import told_days
    from lupercal.report.plan_text import gathered, told_dates
    from lupercal.report.terminal import table_lines

    headings = (
        ("what", "day", "date or time", "basis", "source", "details") if full else ("day", "date or time", "what")
    )
    rows, numbers = [], _flags(plan)
    for item in gathered(plan.items):
        when = (told_days(item), told_dates(item))
        marked = "".join(f" ⚑{numbers[flag]}" for flag in item.flags)
        more = "; ".join(_more(item))
        rows.append((item.title, *when, item.basis, item.source, more) if full else (*when, item.title + marked))
    yield from table_lines(f"{plan.programme} for {plan.patient}", headings, rows)


def _flags(plan: Plan) -> dict[str, int]:
    """Return the flags of a plan's lines, each with the number that stands for it in the table."""
    flags = dict.fromkeys(flag for item in plan.items for flag in item.flags)
    return {flag: number for number, flag in enumerate(flags, start=1)}


def _more(item: PlanItem) -> Iterator[str]:
    yield from filter(None, [item.detail])
    if item.tests:
        yield f"Tests: {', '.join(test.name for test in item.tests)}"
    yield from (f"⚑ {flag}" for flag in item.flags)

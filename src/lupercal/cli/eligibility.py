"""``lupercal eligibility``: which programmes' stated criteria a patient, or each patient of a table, meets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lupercal.programmes.eligibility import Eligibility
    from lupercal.programmes.patient_table import PatientTable
    from lupercal.programmes.records import Programme


def command(
    case: Annotated[str, typer.Argument(help="A patient file, a case, reg:ID, or a table (.csv, .parquet).")],
    programme: Annotated[
        list[str] | None, typer.Option("--programme", "-p", help="Only this programme; give it again for more.")
    ] = None,
    day: Annotated[int | None, typer.Option(help="Day of decision, as the record counts; day 0 by default.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Also say what each answer rests on.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="For a table: the file to write.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")] = False,
) -> None:
    """Compare a patient with the stated criteria of every programme, each with its reason. Research use only."""
    from lupercal.errors import InputError
    from lupercal.files.replace import refuse_existing, refuse_input
    from lupercal.programmes.registry import programme as find
    from lupercal.programmes.registry import programmes

    chosen = [find(name) for name in programme] if programme else list(programmes().values())
    if output is not None:
        refuse_existing(output, force=force)
        refuse_input(output, Path(case))
    if Path(case).suffix.lower() in {".csv", ".parquet"}:
        if day is not None or json:
            raise InputError("--json" if json else "--day", "", case, "a single patient; a table is written with -o")
        _table(Path(case), chosen, output)
    elif output is not None:
        expected = "a table of patients ending in .csv or .parquet, as --output is given; --json is for one patient"
        raise InputError(case, "", Path(case).suffix or "no table", expected)
    else:
        _one(case, programme or [], day, json, full)


def _one(case: str, names: list[str], day: int | None, json: bool, full: bool) -> None:
    from lupercal import RESEARCH_USE_ONLY
    from lupercal.api.offers import eligibility
    from lupercal.report.terminal import wrapped

    answers = eligibility(case, names, day)
    if json:
        typer.echo(answers.json())
        return
    show(list(answers), len(answers.programmes) == 1, full)
    for line in (line for note in answers.notes for line in wrapped(f"Note: {note}", hanging="  ")):
        typer.echo(line)
    typer.echo(RESEARCH_USE_ONLY)


def show(results: list[Eligibility], detailed: bool = False, full: bool = False, reasons: str = "--full") -> None:
    """Print safety, then one entry per programme, or one per criterion; ``full`` gives every reason.

    ``reasons`` is what to type for them.
    """
    from lupercal.report.terminal import table_lines, wrapped
    from lupercal.rules.explain import name_in_words

    first = results[0]
    lines = list(_safety(results, full))
    if detailed:
        heads = ("criterion", "answer", "rests on") if full else ("criterion", "answer")
        rows = [row[: len(heads)] for row in _criteria(first)]
        lines += table_lines(first.summary, heads, rows)
    else:
        rows = [(one.programme.id, one.safety.verdict, _reasons(one) if full else _short(one)) for one in results]
        title = f"{first.patient} on day {first.day}: stated criteria of the programmes"
        lines += table_lines(title, ("programme", "safety", "stated criteria"), rows)
    for test in first.next_tests if detailed else ():
        asked_by = ", ".join(name.replace("_", " ") for name in test.criteria)
        lines += wrapped(f"To find out next: {name_in_words(test.name)} ({asked_by})", hanging="  ")
    lines += ["Met or not met by the record; no advice on treatment."]
    lines += [] if full else [f"What each answer rests on: {reasons}"]
    for line in lines:
        typer.echo(line)


def _safety(results: list[Eligibility], full: bool) -> Iterator[str]:
    """Yield what safety says before any criterion: for each therapy, or each danger once with the therapies it bars."""
    from lupercal.report.safety_box import safety_box_lines
    from lupercal.report.safety_text import safety_lines
    from lupercal.report.terminal import wrapped

    yield "Safety first"
    of_therapy = {one.safety.therapy: one.safety for one in results}
    together = len(of_therapy) > 1 and not full
    for line in safety_box_lines(tuple(of_therapy.values())) if together else ():
        yield from wrapped(line, None, "  ", "    ")
    for safety in () if together else of_therapy.values():
        programmes = ", ".join(one.programme.id for one in results if one.safety.therapy == safety.therapy)
        yield from wrapped(f"{safety.name} ({programmes}): {safety.verdict}", hanging="  ")
        for line in safety_lines(safety, full=full):
            yield from wrapped(line, None, "  ", "    ")
    yield ""


def _criteria(one: Eligibility) -> list[tuple[str, str, str]]:
    return [
        (f.criterion.text, f.answer if f.decides else f"{f.answer} (for information)", f.reason) for f in one.findings
    ]


def _short(one: Eligibility) -> str:
    """Return the meaning, and which criteria are not met, without what they rest on."""
    failed = [f.criterion.text for f in one.answered("not met")]
    meaning = one.meaning[:1].upper() + one.meaning[1:]
    return f"{meaning}. Not met: {'; '.join(failed)}" if failed else meaning


def _reasons(one: Eligibility) -> str:
    from lupercal.rules.explain import name_in_words

    failed = [f"Not met: {f.criterion.text} [{f.reason}]" for f in one.answered("not met")]
    met = "; ".join(f.criterion.text for f in one.answered("met"))
    counted = "; ".join(f.criterion.text for f in one.answered("counted as met"))
    lines = [one.meaning[:1].upper() + one.meaning[1:], *failed]
    if not failed:
        lines += [f"Met: {met}"] if met else []
        lines += [f"Counted as met although not known: {counted}"] if counted else []
    if one.next_tests:
        lines.append(f"To find out next: {', '.join(name_in_words(test.name) for test in one.next_tests)}")
    return "\n".join(lines)


def _table(path: Path, chosen: list[Programme], output: Path | None) -> None:
    from time import perf_counter

    from lupercal import RESEARCH_USE_ONLY
    from lupercal.files.writing import check_place
    from lupercal.programmes.patient_table import read_patient_table, write_table
    from lupercal.programmes.screening import screen

    if output is not None:
        check_place(output)
    table = read_patient_table(path)
    start = perf_counter()
    screenings = list(screen(table.facts, chosen))
    seconds = perf_counter() - start
    for one in screenings:
        safety = ", ".join(f"{n} {verdict}" for verdict, n in one.safety.counts().items() if n)
        counted = ", ".join(f"{n} {status}" for status, n in one.counts().items())
        _say(f"{one.programme.id}: safety: {safety}; {counted}")
    for line in _doubts(table):
        _say(line, err=True)
    if output is not None:
        write_table(screenings, table.ids, output)
        typer.echo(f"wrote {output}")
    patients, held_against = _count(len(table.ids), "patient"), _count(len(screenings), "programme")
    typer.echo(f"{patients} held against {held_against}: {len(table.ids) / seconds:,.0f} a second")
    typer.echo(RESEARCH_USE_ONLY)


def _say(text: str, *, err: bool = False) -> None:
    from lupercal.report.terminal import wrapped

    for line in wrapped(text, hanging="  "):
        typer.echo(line, err=err)


def _doubts(table: PatientTable) -> Iterator[str]:
    """Yield what of a table was not used, or stands there in more than one way."""
    for name, number in table.unusable.items():
        yield f"{name}: {_count(number, 'cell')} not readable or not plausible, taken as unknown"
    for name in table.twice[:5]:
        yield f"id {name} stands at several rows; each is judged as a patient of its own"
    if len(table.twice) > 5:
        yield f"and {len(table.twice) - 5} more ids that stand at several rows"
    for row, text in table.conflicts[:5]:
        yield f"row {row}: {text}"
    if len(table.conflicts) > 5:
        yield f"and {_count(len(table.conflicts) - 5, 'more contradiction')} between cells of a row"
    if table.blank:
        yield f"{_count(table.blank, 'row')} without anything in them; each is judged as a patient not known at all"
    if table.ignored:
        yield f"columns not used: {', '.join(table.ignored)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

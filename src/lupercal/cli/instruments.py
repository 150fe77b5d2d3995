"""``lupercal instruments``: what can be scored, by which rule, from which data, under which terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lupercal.instruments import Instrument


def command(
    name: Annotated[str | None, typer.Argument(help="Show one instrument in full.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the instruments, or show one: definition, items, inputs, missing data, source, licence."""
    from json import dumps

    from lupercal.instruments import registry
    from lupercal.instruments.definition import definition_record
    from lupercal.instruments.score_job import find_instrument

    chosen = registry.instruments() if name is None else (find_instrument(name, "instruments"),)
    if json:
        typer.echo(dumps([definition_record(one) for one in chosen], indent=2, ensure_ascii=False))
    elif name is None:
        _list(chosen)
    else:
        _show(chosen[0])


def _list(chosen: tuple[Instrument, ...]) -> None:
    from lupercal.report.terminal import table_lines

    rows = [(one.name, f"{one.title}, version {one.version}", one.standing) for one in chosen]
    for line in table_lines(f"{len(chosen)} instruments", ("name", "what", "standing"), rows):
        typer.echo(line)
    typer.echo("Show one with: lupercal instruments NAME")


def _show(one: Instrument) -> None:
    from lupercal.instruments.inputs import describe
    from lupercal.patient.unit_words import unit_in_words
    from lupercal.report.terminal import table_lines, wrapped

    lines = [*wrapped(f"{one.title}\n{one.definition}"), ""]
    ends = f"{one.range[0]:g} to {one.range[1]:g}"
    settings = ", ".join(f"{key}={value}" for key, value in one.settings.items()) or "none"
    for word, text in (
        ("name", one.name),
        ("version", one.version),
        ("standing", one.standing),
        (
            "range",
            f"{ends} {unit_in_words(one.unit)}".rstrip()
            + (f" ({', '.join(filter(None, one.labels))})" if one.labels else ""),
        ),
        ("missing data", one.missing_rule),
        ("settings", settings),
        ("source", one.source),
        ("licence", one.licence),
    ):
        lines += wrapped(f"{word}: {text}", hanging="  ")
    rows = [(item.text, f"{item.points:g}", item.rule, ", ".join(item.inputs)) for item in one.items]
    lines += ["", *table_lines("Items", ("item", "points", "rule", "read from"), rows), ""]
    units = {name: unit_in_words(describe(name).unit) for name in one.inputs}
    inputs = ", ".join(f"{name} ({unit})" if unit else name for name, unit in units.items())
    lines += wrapped(f"Inputs: {inputs}", hanging="  ")
    for line in lines:
        typer.echo(line)

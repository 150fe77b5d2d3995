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
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{len(chosen)} instruments", show_lines=False)
    for heading in ("name", "what", "version", "standing"):
        table.add_column(heading, overflow="fold")
    for one in chosen:
        table.add_row(one.name, one.title, one.version, one.standing)
    Console().print(table)
    typer.echo("Show one with: lupercal instruments NAME")


def _show(one: Instrument) -> None:
    from rich.console import Console
    from rich.table import Table

    from lupercal.instruments.inputs import describe

    console = Console(highlight=False, markup=False)
    console.print(f"{one.title}\n{one.definition}\n")
    about = Table(show_header=False, box=None)
    ends = f"{one.range[0]:g} to {one.range[1]:g}"
    settings = ", ".join(f"{key}={value}" for key, value in one.settings.items()) or "none"
    for word, text in (
        ("name", one.name),
        ("version", one.version),
        ("standing", one.standing),
        ("range", f"{ends} {one.unit}" + (f" ({', '.join(filter(None, one.labels))})" if one.labels else "")),
        ("missing data", one.missing_rule),
        ("settings", settings),
        ("source", one.source),
        ("licence", one.licence),
    ):
        about.add_row(word, text)
    console.print(about)
    table = Table(title="Items", title_justify="left")
    for heading in ("item", "points", "rule", "read from"):
        table.add_column(heading, overflow="fold")
    for item in one.items:
        table.add_row(item.text, f"{item.points:g}", item.rule, ", ".join(item.inputs))
    console.print(table)
    console.print("Inputs: " + ", ".join(f"{name} ({describe(name).unit})" for name in one.inputs))

"""``lupercal care``: protocols of care, one of them rule by rule, or what it says of a patient today."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lupercal.api.care import CareResult


def command(
    name: Annotated[
        str | None, typer.Argument(help="A protocol of care or a file of one; all are listed without it.")
    ] = None,
    patient: Annotated[
        str | None, typer.Option("--patient", "-p", help="A case or patient file: what the rules say of it today.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the protocol as JSON on standard output.")] = False,
) -> None:
    """List the protocols of care, or tell one: its rules, their grounds, what they say of a patient today."""
    from lupercal.report.terminal import wrapped

    if name is None:
        for line in _listing():
            typer.echo(line)
        return
    from lupercal.api.care import protocol_of_care

    result = protocol_of_care(name, patient)
    if as_json:
        typer.echo(result.json())
        return
    for said in _told(result):
        for line in wrapped(said, hanging="    "):
            typer.echo(line)


def _listing() -> list[str]:
    from lupercal.care.registry import protocols
    from lupercal.report.terminal import table_lines

    rows = [(key, one.name, one.summary) for key, one in protocols().items()]
    title = "Protocols of care (lupercal forecast CASE --care NAME)"
    return list(table_lines(title, ("name", "what", "in short"), rows))


def _told(result: CareResult) -> Iterator[str]:
    record = result.record()
    yield f"{record['name']}: {record['summary']}"
    if result.today:
        for one in result.today:
            yield f"- {one.answer}: {one.why} (asks for {', '.join(one.asks)})"
            if one.answer == "holds":
                yield f"    {'; '.join(one.what)}"
        return
    for line in result.lines:
        yield f"- {line}"
    yield "Grounds:"
    for rule in record["rules"]:
        yield from (f"- {rule['rule']}: {ground}" for ground in rule["grounds"])
    yield "Sources:"
    yield from (f"- {key}: {text}" for key, text in record["sources"].items())

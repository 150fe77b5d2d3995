"""``lupercal therapies``: what can be given, or one of them explained."""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    name: Annotated[
        str | None, typer.Argument(help="A regimen or product to explain; all are listed without it.")
    ] = None,
) -> None:
    """List the therapies, or explain one: doses, assumptions, evidence and sources."""
    for line in _listing() if name is None else _explained(name):
        typer.echo(line)


def _listing() -> list[str]:
    from lupercal.therapy.registry import product, products, regimens

    def no_forecast(principal: tuple[str, ...]) -> str:
        return "" if all(product(p).efficacy_forecast for p in principal) else "; no efficacy forecast"

    from lupercal.patient.unit_words import unit_in_words
    from lupercal.report.terminal import table_lines

    rows = [(key, one.name, f"{one.evidence.summary}{no_forecast(one.principal)}") for key, one in regimens().items()]
    title = "Regimens (lupercal forecast CASE --therapy NAME)"
    given = [(key, one.name, unit_in_words(one.unit)) for key, one in products().items()]
    return [
        *table_lines(title, ("name", "what", "evidence in lupus"), rows),
        "",
        *table_lines("Products (lupercal therapies NAME explains each)", ("name", "what", "unit"), given),
    ]


def _explained(name: str) -> list[str]:
    from lupercal.model.inputs import in_the_model
    from lupercal.report.pages.therapies import explain_therapy
    from lupercal.report.terminal import wrapped

    return [line for said in (*explain_therapy(name), *in_the_model(name)) for line in wrapped(said, hanging="    ")]

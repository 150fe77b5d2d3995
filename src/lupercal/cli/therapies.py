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

    width = max(len(key) for key in (*regimens(), *products()))
    lines = ["Regimens (lupercal forecast CASE --therapy NAME):"]
    lines += [
        f"  {key:<{width}}  {known.name} [{known.evidence.summary}{no_forecast(known.principal)}]"
        for key, known in regimens().items()
    ]
    lines += ["", "Products (lupercal therapies NAME explains each):"]
    return lines + [f"  {key:<{width}}  {known.name}, {known.unit}" for key, known in products().items()]


def _explained(name: str) -> list[str]:
    from lupercal.model.inputs import in_the_model
    from lupercal.report.pages.therapies import explain_therapy

    return [*explain_therapy(name), *in_the_model(name)]

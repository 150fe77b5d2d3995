"""``lupercal model``: equations, parameters and sources as the code and the data have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from lupercal.model.subsystem import Subsystem


def command(
    subsystem: Annotated[
        str | None, typer.Argument(help="Name of one subsystem, such as b_cells; without it all are listed.")
    ] = None,
) -> None:
    """Print the model: its subsystems, or one subsystem's equations, parameters and sources."""
    from rich.console import Console

    from lupercal import RESEARCH_USE_ONLY

    console = Console()
    if subsystem is None:
        console.print(_overview())
    else:
        _print(_find(subsystem), console)
    console.print(RESEARCH_USE_ONLY, style="dim")


def _find(name: str) -> Subsystem:
    from lupercal.errors import InputError
    from lupercal.model.system import system
    from lupercal.patient.variables import nearest

    known = {part.name: part for part in system().subsystems}
    if name not in known:
        raise InputError("model", "subsystem", name, f"a subsystem, {nearest(name, known)}")
    return known[name]


def _overview() -> Table:
    from rich.table import Table

    from lupercal.evidence.parameters import count_by_basis
    from lupercal.model.system import system

    counts = ", ".join(f"{n} {basis}" for basis, n in count_by_basis().items())
    table = Table(
        title=f"{len(system().states)} states, {len(system().parameters)} parameters of the equations",
        caption=f"all parameter data: {counts}",
    )
    for heading in ("subsystem", "about", "states", "effects", "inputs"):
        table.add_column(heading)
    for part in system().subsystems:
        kinds = (" ".join(row.symbol for row in part.of_kind(kind)) for kind in ("state", "effect", "input"))
        table.add_row(part.name, part.title, *kinds)
    return table


def _print(part: Subsystem, console: Console) -> None:
    console.rule(part.title)
    console.print(_symbols(part))
    console.print(_equations(part))
    console.print(_parameters(part))


def _symbols(part: Subsystem) -> Table:
    from rich.table import Table

    table = Table(title="symbols")
    for heading in ("kind", "symbol", "meaning", "unit"):
        table.add_column(heading, overflow="fold")
    for row in part.symbols:
        if row.kind != "parameter":
            table.add_row(row.kind, row.symbol, row.meaning, row.unit)
    return table


def _equations(part: Subsystem) -> object:
    """Return the functions of the subsystem's file: y states, p parameters, u inputs, e effects, q signals."""
    import inspect

    from rich.syntax import Syntax

    functions = [
        f for _, f in inspect.getmembers(part.module, inspect.isfunction) if f.__module__ == part.module.__name__
    ]
    ordered = sorted(functions, key=lambda f: f.__code__.co_firstlineno)
    return Syntax(
        "\n\n".join(inspect.getsource(f) for f in ordered), "python", background_color="default", word_wrap=True
    )


def _parameters(part: Subsystem) -> Table:
    from rich.table import Table

    from lupercal.evidence.parameters import basis_of, parameters
    from lupercal.evidence.sources import source

    table = Table(title="parameters", show_lines=True)
    for heading in ("symbol", "meaning", "value", "unit", "spread", "basis", "source"):
        table.add_column(heading, overflow="fold")
    for row in part.of_kind("parameter"):
        one = parameters()[row.symbol]
        spread = f"{one.spread.kind} CV {one.spread.cv:g}" if one.spread.cv else "fixed"
        bounds = "".join(f"; bounded by {source(key).citation}" for key in one.bounded_by)
        table.add_row(
            one.symbol,
            one.meaning,
            f"{one.value:g}{_accepted(one.symbol)}",
            one.unit,
            spread,
            basis_of(one).value,
            f"{source(one.source).citation}: {one.where}{bounds}",
        )
    return table


def _accepted(symbol: str) -> str:
    """Return median and 90 % of a symbol's typical value over the accepted sets, in words."""
    from lupercal.evidence.parameter_sets import accepted

    sets = accepted()
    found = sets.quantiles(symbol) if sets else None
    return f"; accepted sets {found[1]:.3g} ({found[0]:.3g} to {found[2]:.3g})" if found else ""

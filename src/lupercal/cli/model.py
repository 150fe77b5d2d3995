"""``lupercal model``: equations, parameters and sources as the code and the data have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lupercal.model.subsystem import Subsystem


def command(
    subsystem: Annotated[
        str | None, typer.Argument(help="Name of one subsystem, such as b_cells; without it all are listed.")
    ] = None,
) -> None:
    """Print the model: its subsystems, or one subsystem's equations, parameters and sources."""
    from lupercal import RESEARCH_USE_ONLY

    for line in _overview() if subsystem is None else _one(_find(subsystem)):
        typer.echo(line)
    typer.echo(RESEARCH_USE_ONLY)


def _find(name: str) -> Subsystem:
    from lupercal.errors import InputError
    from lupercal.model.system import system
    from lupercal.patient.variables import nearest

    by_name = {part.name: part for part in system().subsystems}
    if name not in by_name:
        raise InputError("model", "subsystem", name, f"a subsystem, {nearest(name, by_name)}")
    return by_name[name]


def _overview() -> Iterator[str]:
    from lupercal.evidence.parameters import count_by_basis
    from lupercal.model.system import system
    from lupercal.report.terminal import table_lines, wrapped

    rows = []
    for part in system().subsystems:
        kinds = (" ".join(row.symbol for row in part.of_kind(kind)) for kind in ("state", "effect", "input"))
        rows.append((part.name, part.title, *kinds))
    title = f"{len(system().states)} states, {len(system().parameters)} parameters of the equations"
    yield from table_lines(title, ("subsystem", "about", "states", "effects", "inputs"), rows)
    yield from wrapped(f"All parameter data: {', '.join(f'{n} {basis}' for basis, n in count_by_basis().items())}.")


def _one(part: Subsystem) -> Iterator[str]:
    yield part.title
    yield ""
    yield from _symbols(part)
    yield from ("", *_equations(part), "")
    yield from _parameters(part)


def _symbols(part: Subsystem) -> Iterator[str]:
    from lupercal.patient.unit_words import unit_in_words
    from lupercal.report.terminal import table_lines

    rows = [
        (row.symbol, row.kind, row.meaning, unit_in_words(row.unit)) for row in part.symbols if row.kind != "parameter"
    ]
    yield from table_lines("Symbols", ("symbol", "kind", "meaning", "unit"), rows)


def _equations(part: Subsystem) -> Iterator[str]:
    """Yield the functions of the subsystem's file: y states, p parameters, u inputs, e effects, q signals."""
    import inspect

    functions = [
        f for _, f in inspect.getmembers(part.module, inspect.isfunction) if f.__module__ == part.module.__name__
    ]
    for function in sorted(functions, key=lambda f: f.__code__.co_firstlineno):
        yield from (*inspect.getsource(function).splitlines(), "", "")


def _parameters(part: Subsystem) -> Iterator[str]:
    from lupercal.evidence.parameters import basis_of, parameters
    from lupercal.evidence.sources import source
    from lupercal.patient.unit_words import unit_in_words
    from lupercal.report.terminal import table_lines

    rows = []
    for row in part.of_kind("parameter"):
        parameter = parameters()[row.symbol]
        spread = f"{parameter.spread.kind} CV {parameter.spread.cv:g}" if parameter.spread.cv else "fixed"
        bounds = "".join(f"; bounded by {source(key).citation}" for key in parameter.bounded_by)
        value, where = (
            f"{parameter.value:g}{_accepted(parameter.symbol)}",
            f"{source(parameter.source).citation}: {parameter.where}{bounds}",
        )
        rows.append(
            (
                parameter.symbol,
                parameter.meaning,
                value,
                unit_in_words(parameter.unit),
                spread,
                basis_of(parameter).value,
                where,
            )
        )
    headings = ("symbol", "meaning", "value", "unit", "spread", "basis", "source")
    yield from table_lines("Parameters", headings, rows)


def _accepted(symbol: str) -> str:
    """Return median and 90 % of a symbol's typical value over the accepted sets, in words."""
    from lupercal.evidence.parameter_sets import accepted

    sets = accepted()
    quantiles = sets.quantiles(symbol) if sets else None
    return f"; accepted sets {quantiles[1]:.3g} ({quantiles[0]:.3g} to {quantiles[2]:.3g})" if quantiles else ""

"""From a graph to formulas as text, which SBML, Antimony and a reader understand alike.

Values that several equations share become assignments of their own; effects and signals keep the names they have in
the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from lupercal.engine.graph.trace import Expression, Level, Trace
from lupercal.model import mediators
from lupercal.model.subsystem import Names
from lupercal.model.system import System

_SIGNS = {"add": ("+", 1), "sub": ("-", 1), "mul": ("*", 2), "div": ("/", 2)}


@final
@dataclass(frozen=True)
class Formulas:
    """Equations as text: ``assignments`` in an order in which they can be computed, then the rate of each state.

    ``node`` gives the graph node behind each name of either.
    """

    assignments: Mapping[str, str]
    rates: Mapping[str, str]
    node: Mapping[str, int]


def formulas(trace: Trace, names: Mapping[int, str]) -> Formulas:
    """Return the equations of a trace; ``names`` are those of nodes that have one (see `known_names`)."""
    shared = shared_values(trace, names)
    assignments = {name: _text(trace, index, shared, top=True)[0] for index, name in shared.items()}
    rates = dict(zip(trace.states, (_text(trace, index, shared)[0] for index in trace.rates), strict=True))
    node = {name: index for index, name in shared.items()} | dict(zip(trace.states, trace.rates, strict=True))
    return Formulas(assignments, rates, node)


def shared_values(trace: Trace, names: Mapping[int, str]) -> dict[int, str]:
    """Return the nodes that become assignments: those with a name, and those used more than once."""
    order = trace.graph.reached(trace.rates)
    uses = trace.graph.uses(order)
    operations = (i for i in order if trace.graph.nodes[i].args)
    return {i: names.get(i, f"shared_{i}") for i in operations if uses.get(i, 0) > 1 or i in names}


def known_names(trace: Trace, model: System) -> dict[int, str]:
    """Return the graph nodes that are an effect or a signal of the model, with their names."""
    y, p, u = (
        {name: Expression(trace.graph, trace.graph.symbol(name, level)) for name in group}
        for group, level in (
            (trace.states, Level.STATE),
            (trace.parameters, Level.PARAMETER),
            (trace.inputs, Level.INPUT),
        )
    )
    effects = model.effects(y, p, u)
    signals = mediators.signals(Names(y), Names(p), Names(effects))
    return {value.index: name for name, value in {**effects, **signals}.items() if trace.graph.nodes[value.index].args}


def _text(trace: Trace, index: int, shared: Mapping[int, str], top: bool = False) -> tuple[str, int]:
    """Return the formula of a node and how tightly it binds: 1 a sum, 2 a product, 3 a name or number."""
    node = trace.graph.nodes[index]
    if index in shared and not top:
        return shared[index], 3
    if node.op == "symbol":
        return node.name, 3
    if node.op == "const":
        return (f"{node.value:.17g}", 3) if node.value >= 0 else (f"({node.value:.17g})", 3)
    sign, binds = _SIGNS[node.op]
    left, right = (_text(trace, arg, shared) for arg in node.args)
    first = left[0] if left[1] >= binds else f"({left[0]})"
    loose = right[1] < binds or (right[1] == binds and node.op in {"sub", "div"})
    second = f"({right[0]})" if loose else right[0]
    return f"{first} {sign} {second}", binds

"""The unit of every value of a trace, and a check that each equation adds and equates only what has one unit.

Relative quantities ({AU}, {units}, {cells}, {points} …) count as numbers; everything else must agree in dimension and
in scale (mg are not added to g).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from lupercal.engine.graph.trace import Trace
from lupercal.errors import LupercalError
from lupercal.evidence.parameters import parameters
from lupercal.evidence.units import parse
from lupercal.model.system import System


@final
@dataclass(frozen=True, slots=True)
class TracedQuantity:
    """A unit as a scale and powers of base units; the number 1 has scale 1 and no powers."""

    scale: Fraction = Fraction(1)
    powers: frozenset[tuple[str, int]] = frozenset()

    def times(self, other: TracedQuantity, sign: int = 1) -> TracedQuantity:
        """Return the product, or with ``sign`` -1 the quotient."""
        powers = dict(self.powers)
        for base, power in other.powers:
            powers[base] = powers.get(base, 0) + sign * power
        return TracedQuantity(self.scale * other.scale**sign, frozenset((b, p) for b, p in powers.items() if p))


ONE = TracedQuantity()
_RELATIVE = re.compile(r"\{[^}]*\}")
CONVERSIONS = {1000.0: "mg/g"}  # numbers in the equations that turn one unit into another


def traced_quantity(unit: str) -> TracedQuantity:
    """Return the quantity of a unit in UCUM, relative quantities taken as numbers."""
    parsed = parse(_RELATIVE.sub("", unit).rstrip("/") or "1")
    return TracedQuantity(parsed.factor, parsed.dimension)


def unit_of(model: System, name: str) -> str:
    """Return the unit of a state, input or parameter."""
    try:
        return model.symbol(name).unit
    except LupercalError:
        return parameters()[name].unit


def quantities(trace: Trace, model: System) -> dict[int, TracedQuantity]:
    """Return the quantity of each node; a sum of unlike quantities has that of its first."""
    by_node: dict[int, TracedQuantity] = {}
    for index in trace.graph.reached(trace.outputs):
        node = trace.graph.nodes[index]
        if node.op == "symbol":
            by_node[index] = traced_quantity(unit_of(model, node.name))
        elif node.op == "const":
            by_node[index] = traced_quantity(CONVERSIONS.get(node.value, "1"))
        else:
            by_node[index] = _OPERATIONS[node.op](*(by_node[a] for a in node.args))
    return by_node


def disagreements(trace: Trace, model: System) -> dict[str, str]:
    """Return by state what does not agree in the unit of its equation; empty if all equations agree."""
    by_node, per_day = quantities(trace, model), traced_quantity("/d")
    unlike_units: dict[str, str] = {}
    for name, rate in zip(trace.states, trace.rates, strict=True):
        wanted = traced_quantity(unit_of(model, name)).times(per_day)
        unlike = _first_unlike_sum(trace, rate, by_node)
        if unlike or by_node[rate] != wanted:
            unlike_units[name] = unlike or f"the rate is in {_shown(by_node[rate])} and not in {_shown(wanted)}"
    return unlike_units


def _first_unlike_sum(trace: Trace, root: int, by_node: dict[int, TracedQuantity]) -> str:
    for index in trace.graph.reached([root]):
        node = trace.graph.nodes[index]
        if node.op in {"add", "sub"} and by_node[node.args[0]] != by_node[node.args[1]]:
            return f"{_shown(by_node[node.args[0]])} and {_shown(by_node[node.args[1]])} are added or subtracted"
    return ""


_OPERATIONS: dict[str, Callable[..., TracedQuantity]] = {
    "add": lambda a, b: a if a != ONE else b,
    "sub": lambda a, b: a if a != ONE else b,
    "mul": lambda a, b: a.times(b),
    "div": lambda a, b: a.times(b, -1),
}


def _shown(what: TracedQuantity) -> str:
    powers = " ".join(f"{base}^{power}" for base, power in sorted(what.powers)) or "1"
    return f"{what.scale} × {powers}"

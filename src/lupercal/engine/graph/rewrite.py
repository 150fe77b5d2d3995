"""Rewriting a trace for speed: what is known before the integration moves out of it, and divisions become few.

Three rewritings, each exact in real arithmetic (the last bits differ from the equations as written):

1. Quotients become products with reciprocals, so that equal denominators are inverted once.
2. In products, factors known per patient are multiplied with each other first; the result is a constant of the patient.
3. Reciprocals that are needed at the same depth, and by the same patients, share one division
   (`lupercal.engine.graph.division`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import final

from lupercal.engine.graph.division import shared_divisions
from lupercal.engine.graph.relaxation import fast_first
from lupercal.engine.graph.trace import Graph, Level, Trace

DIVISIONS_SHARED_BY = 4


@final
@dataclass(frozen=True)
class Program:
    """A trace cut into stages.

    Attributes
    ----------
    trace
        The equations; states that relax fast come first.
    graph
        Nodes of all stages.
    constants
        Nodes that depend on parameters only and that later stages need; computed once per patient.
    shared
        The same for parameters that all patients have in common; computed once.
    driven
        Nodes that depend on inputs and parameters and that the rates need; computed when an input changes.
    relaxing
        For each of the first states k of its rate gain - k × state (see `lupercal.engine.graph.relaxation`).
    rates
        One node per state: its gain if it is one of these, its rate otherwise. There is none for the last states of a
        trace that stay zero (see `lupercal.engine.graph.support`).
    risk
        The weekly probability of a serious infection.
    zero
        Nodes that are known to be zero.
    planned
        The rates by which it was chosen what is fused, where they are not these.
    """

    trace: Trace
    graph: Graph
    constants: tuple[int, ...]
    shared: tuple[int, ...]
    driven: tuple[int, ...]
    relaxing: tuple[int, ...]
    rates: tuple[int, ...]
    risk: int
    zero: frozenset[int] = frozenset()
    planned: tuple[int, ...] = ()


def program(trace: Trace, group: int = DIVISIONS_SHARED_BY, common: frozenset[str] = frozenset()) -> Program:
    """Return the trace rewritten and cut into stages.

    Parameters
    ----------
    trace
        The equations.
    group
        How many denominators may share one division.
    common
        Names of parameters that all patients have in common. They change where numbers are kept, never the arithmetic.
    """
    in_order, graph, moved = _rewritten(trace, group)
    count = len(trace.states)
    rates, risk, relaxing = moved[:count], moved[count], moved[count + 1 :]
    driven = _frontier(graph, rates, Level.INPUT)
    constants = _frontier(graph, (*rates, risk, *driven, *relaxing), Level.PARAMETER)
    person_constants = _own(graph, constants, common)
    shared = tuple(index for index in constants if index not in person_constants)
    return Program(
        in_order,
        graph,
        tuple(i for i in constants if i in person_constants),
        shared,
        driven,
        relaxing,
        rates,
        risk,
    )


@lru_cache(maxsize=2)
def _rewritten(trace: Trace, group: int) -> tuple[Trace, Graph, tuple[int, ...]]:
    """Return the trace with states in order, the graph, and its nodes of what states move by, the risk, and each k.

    None of it depends on what patients have in common, and programs that differ in that are made in one process.
    """
    ordered = fast_first(trace)
    relaxing = tuple(relaxation.k for relaxation in ordered.relaxations)
    graph, moved = _arranged(ordered.trace.graph, (*ordered.moves, trace.risk, *relaxing))
    rates = dict(zip(ordered.trace.states, moved, strict=False))
    graph, moved = shared_divisions(graph, moved, rates, group)
    return ordered.trace, graph, tuple(moved)


def _own(graph: Graph, outputs: Iterable[int], common: frozenset[str]) -> set[int]:
    """Return the nodes below ``outputs`` that depend on a parameter which is not in common."""
    own_nodes: set[int] = set()
    for index in graph.reached(outputs):
        node = graph.nodes[index]
        if (node.op == "symbol" and node.name not in common) or own_nodes.intersection(node.args):
            own_nodes.add(index)
    return own_nodes


def _arranged(old: Graph, outputs: Iterable[int]) -> tuple[Graph, list[int]]:
    """Return a graph without quotients whose products start with what is known per patient."""
    outputs = list(outputs)
    new = _Arranger()
    place: dict[int, int] = {}
    for index in old.reached(outputs):
        node = old.nodes[index]
        args = [place[a] for a in node.args]
        if node.op == "const":
            place[index] = new.graph.const(node.value)
        elif node.op == "symbol":
            place[index] = new.graph.symbol(node.name, node.level)
        elif node.op == "div":
            place[index] = new.product(args[0], new.reciprocal(args[1]))
        elif node.op == "mul":
            place[index] = new.product(*args)
        else:
            place[index] = new.graph.apply(node.op, *args)
    return new.graph, [place[index] for index in outputs]


@final
class _Arranger:
    """Builds products as (what is known per patient) × (what moves)."""

    def __init__(self) -> None:
        self.graph = Graph()

    def product(self, a: int, b: int) -> int:
        (known_a, moving_a), (known_b, moving_b) = self._split(a), self._split(b)
        return self._join("mul", self._join("mul", known_a, known_b), self._join("mul", moving_a, moving_b))

    def reciprocal(self, a: int) -> int:
        fixed, moving = self._split(a)
        return self._join("mul", self._inverse(fixed), self._inverse(moving))

    def _split(self, a: int) -> tuple[int | None, int | None]:
        """Return the factors of ``a`` that are known per patient and those that move; None stands for one."""
        node = self.graph.nodes[a]
        if node.level < Level.STATE:
            return a, None
        if node.op == "mul":
            first, second = node.args
            if self.graph.nodes[first].level < Level.STATE:
                return first, second
            if self.graph.nodes[second].level < Level.STATE:
                return second, first
        return None, a

    def _join(self, op: str, a: int | None, b: int | None) -> int:
        if a is None or b is None:
            return b if a is None and b is not None else a if a is not None else self.graph.const(1.0)
        return self.graph.apply(op, a, b)

    def _inverse(self, a: int | None) -> int | None:
        if a is None:
            return None
        node = self.graph.nodes[a]
        return node.args[0] if node.op == "recip" else self.graph.apply("recip", a)


def _frontier(graph: Graph, outputs: Iterable[int], level: Level) -> tuple[int, ...]:
    """Return the nodes of ``level`` that nodes of a higher level, or the outputs themselves, need."""
    outputs = list(outputs)
    needed: dict[int, None] = {}
    for index in graph.reached(outputs):
        if graph.nodes[index].level > level:
            needed |= {a: None for a in graph.nodes[index].args if graph.nodes[a].level == level}
    needed |= {index: None for index in outputs if graph.nodes[index].level == level}
    return tuple(needed)

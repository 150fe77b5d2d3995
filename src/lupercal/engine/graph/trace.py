"""The equations as data: rate functions are called once with symbols, and what they do is written down as a graph.

A graph holds nodes of six kinds: constants, symbols, sums, differences, products and quotients (and reciprocals, which
`lupercal.engine.graph.rewrite` brings in). Equal nodes exist once, so common subexpressions are found while the graph
is built. Every target language is emitted from such a graph; no rate is written twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from hashlib import blake2b
from typing import Any, final

from lupercal.errors import LupercalError
from lupercal.model.infection import weekly_risk
from lupercal.model.subsystem import Names
from lupercal.model.system import System, system


class Level(IntEnum):
    """What a value depends on: nothing, parameters, inputs too, or states too."""

    CONSTANT = 0
    PARAMETER = 1
    INPUT = 2
    STATE = 3


@final
@dataclass(frozen=True, slots=True)
class Node:
    """One value of a graph: a constant, a symbol, or an operation on earlier nodes."""

    op: str  # const, symbol, add, sub, mul, div, recip
    args: tuple[int, ...] = ()
    value: float = 0.0
    name: str = ""
    level: Level = Level.CONSTANT


@final
class Graph:
    """Nodes in the order in which they can be computed; asking for an equal node again gives the same one."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._index: dict[Node, int] = {}

    def copy(self) -> Graph:
        """Return a graph with the same nodes at the same places."""
        other = Graph()
        other.nodes, other._index = list(self.nodes), dict(self._index)
        return other

    def const(self, value: float) -> int:
        """Return the node of a constant."""
        return self._intern(Node("const", value=float(value)))

    def symbol(self, name: str, level: Level) -> int:
        """Return the node of a named parameter, input or state."""
        return self._intern(Node("symbol", name=name, level=level))

    def apply(self, op: str, *args: int) -> int:
        """Return the node of an operation, folded where its operands are constants."""
        folded = self._fold(op, args)
        if folded is not None:
            return folded
        if op in {"add", "mul"} and args[0] > args[1]:
            args = (args[1], args[0])  # both orders round alike
        return self._intern(Node(op, args, level=max(self.nodes[a].level for a in args)))

    def reached(self, outputs: Iterable[int]) -> list[int]:
        """Return the nodes that ``outputs`` need, operands before operations."""
        seen: dict[int, None] = {}
        for root in outputs:
            for node in self._below(root, seen):
                seen[node] = None
        return list(seen)

    def uses(self, order: Iterable[int]) -> dict[int, int]:
        """Return how many operations among ``order`` use each node."""
        counts: dict[int, int] = {}
        for index in order:
            for arg in self.nodes[index].args:
                counts[arg] = counts.get(arg, 0) + 1
        return counts

    def _below(self, root: int, seen: Mapping[int, None]) -> Iterator[int]:
        stack = [(root, False)]
        done: set[int] = set()
        while stack:
            index, ready = stack.pop()
            if index in seen or index in done:
                continue
            if ready:
                done.add(index)
                yield index
            else:
                stack.append((index, True))
                stack.extend((arg, False) for arg in reversed(self.nodes[index].args))

    def _intern(self, node: Node) -> int:
        if node not in self._index:
            self._index[node] = len(self.nodes)
            self.nodes.append(node)
        return self._index[node]

    def _fold(self, op: str, args: tuple[int, ...]) -> int | None:
        values = [self.nodes[a].value if self.nodes[a].op == "const" else None for a in args]
        if all(value is not None for value in values):
            return self._computed(op, [value for value in values if value is not None])
        if len(args) == 1:
            return None
        left, right = values
        if (op, right) in {("add", 0.0), ("sub", 0.0), ("mul", 1.0), ("div", 1.0)}:
            return args[0]
        if (op, left) in {("add", 0.0), ("mul", 1.0)}:
            return args[1]
        return None

    def _computed(self, op: str, values: list[float]) -> int | None:
        if op in {"div", "recip"} and values[-1] == 0:
            raise LupercalError("the equations divide by the constant zero")
        return self.const(
            {
                "add": lambda: values[0] + values[1],
                "sub": lambda: values[0] - values[1],
                "mul": lambda: values[0] * values[1],
                "div": lambda: values[0] / values[1],
                "recip": lambda: 1.0 / values[0],
            }[op]()
        )


@final
class Expression:
    """What a rate function sees in place of a number: it supports + - * / and whole powers, and remembers them."""

    __slots__ = ("graph", "index")

    def __init__(self, graph: Graph, index: int) -> None:
        self.graph, self.index = graph, index

    def __add__(self, other: Any) -> Expression:
        return self._with("add", self, other)

    def __radd__(self, other: Any) -> Expression:
        return self._with("add", other, self)

    def __sub__(self, other: Any) -> Expression:
        return self._with("sub", self, other)

    def __rsub__(self, other: Any) -> Expression:
        return self._with("sub", other, self)

    def __mul__(self, other: Any) -> Expression:
        return self._with("mul", self, other)

    def __rmul__(self, other: Any) -> Expression:
        return self._with("mul", other, self)

    def __truediv__(self, other: Any) -> Expression:
        return self._with("div", self, other)

    def __rtruediv__(self, other: Any) -> Expression:
        return self._with("div", other, self)

    def __neg__(self) -> Expression:
        return self._with("mul", -1.0, self)

    def __pow__(self, power: int) -> Expression:
        if not isinstance(power, int) or power < 1:
            raise LupercalError(f"the power {power!r} is not a positive whole number; write the equation with * and /")
        result = self
        for _ in range(power - 1):
            result = result * self
        return result

    def __bool__(self) -> bool:
        raise LupercalError("an equation may not branch on a value; write it with + - * / only")

    def _with(self, op: str, left: Any, right: Any) -> Expression:
        return Expression(self.graph, self.graph.apply(op, self._node(left), self._node(right)))

    def _node(self, value: Any) -> int:
        return value.index if isinstance(value, Expression) else self.graph.const(value)


@final
@dataclass(frozen=True)
class Trace:
    """The equations of a model as a graph.

    ``rates`` holds the node of each state's rate in the order of ``states``; ``risk`` is the probability of a serious
    infection in the coming week.
    """

    graph: Graph
    states: tuple[str, ...]
    parameters: tuple[str, ...]
    inputs: tuple[str, ...]
    rates: tuple[int, ...]
    risk: int

    @property
    def outputs(self) -> tuple[int, ...]:
        """All nodes that are wanted: the rates, then the risk."""
        return (*self.rates, self.risk)

    @property
    def digest(self) -> str:
        """A hash of everything the equations say, for cache keys."""
        text = repr((self.graph.nodes, self.states, self.parameters, self.inputs, self.outputs))
        return blake2b(text.encode(), digest_size=16).hexdigest()


def trace(model: System, risk: Any = weekly_risk) -> Trace:
    """Call the rates of ``model`` once with symbols.

    Parameters
    ----------
    model
        The assembled model; its ``rates`` may use + - * / and whole powers only.
    risk
        Function of (states, parameters) for the weekly probability of a serious infection.

    Raises
    ------
    LupercalError
        If an equation branches on a value or divides by the constant zero, or if a name has two meanings.
    """
    graph = Graph()
    y = _symbols(graph, model.states, Level.STATE)
    p = _symbols(graph, model.parameters, Level.PARAMETER)
    u = _symbols(graph, model.inputs, Level.INPUT)
    rates_by_state = model.rates(y, p, u)
    rates = tuple(_index(graph, rates_by_state[name]) for name in model.states)
    more = _Growing(graph, p)
    struck = _index(graph, risk(Names(y), more))
    _check_names({"state": model.states, "input": model.inputs, "parameter": tuple(more.symbols)})
    return Trace(graph, model.states, tuple(more.symbols), model.inputs, rates, struck)


@cache
def model_trace() -> Trace:
    """Return the trace of the shipped model."""
    return trace(system())


def _check_names(names: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse a name with two meanings: all targets know values by their names alone."""
    meanings: dict[str, str] = {}
    for kind, name in ((kind, name) for kind, group in names.items() for name in group):
        if name in meanings:
            raise LupercalError(f"'{name}' names two values: {meanings[name]} and {kind}; rename one")
        meanings[name] = kind


def _symbols(graph: Graph, names: Iterable[str], level: Level) -> dict[str, Expression]:
    return {name: Expression(graph, graph.symbol(name, level)) for name in names}


def _index(graph: Graph, value: Any) -> int:
    return value.index if isinstance(value, Expression) else graph.const(value)


@final
class _Growing:
    """Parameters by name that come into being when a function asks for them: the hazard has some of its own."""

    def __init__(self, graph: Graph, symbols: Mapping[str, Expression]) -> None:
        self.graph, self.symbols = graph, dict(symbols)

    def __getattr__(self, name: str) -> Expression:
        return self.symbols.setdefault(name, Expression(self.graph, self.graph.symbol(name, Level.PARAMETER)))

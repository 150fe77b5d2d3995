"""States that relax: which ones a trace holds, and how fast they are.

A state s relaxes if its rate is gain - k × s, where k follows from parameters alone. Most do: serum proteins, effect
compartments, mediators. Where k is large, s follows its gain within hours while everything else moves over weeks, and
an explicit method may step no further than about 3.5 / k. Such states are stepped by `lupercal.engine.text.companion`
instead, for which k is no limit. They are found by the structure of their equations; nothing is known by name.

The gain may contain the state itself; that part is treated as all other states are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import final

from lupercal.engine.graph.trace import Expression, Graph, Level, Trace
from lupercal.engine.text import numpy_text as emit_numpy
from lupercal.engine.usable import never_negative
from lupercal.evidence.parameters import values

FAST = 0.3  # per day, at the typical patient's parameters; slower states allow steps of more than ten days


@final
@dataclass(frozen=True, slots=True)
class Relaxation:
    """A state's rate as gain - k × state: the nodes of ``k`` and ``gain``."""

    k: int
    gain: int


@final
@dataclass(frozen=True)
class Relaxing:
    """A trace whose first states relax fast, in the order of their ``relaxations``; see `fast_first`."""

    trace: Trace
    relaxations: tuple[Relaxation, ...]

    @property
    def moves(self) -> tuple[int, ...]:
        """What the stages of a step need of each state: the gain of those that relax fast, the rate of others."""
        gains = tuple(relaxation.gain for relaxation in self.relaxations)
        return (*gains, *self.trace.rates[len(gains) :])


def fast_first(trace: Trace) -> Relaxing:
    """Return a trace with those states first that relax at least as fast as `FAST`.

    Among these, ones whose gain is constant as long as no input changes come last, and before them, as at the end of
    the others, ones that no rate depends on: a step has less to do for them (`lupercal.engine.graph.places`). What is
    alike keeps its order.

    Only k that cannot be negative count: products, sums and quotients of parameters whose range holds no negative
    values. How fast they are is judged by the tables of parameters, so it is the same for all patients and tasks; a k
    with a parameter that has no value there is taken for slow.
    """
    relaxations: dict[str, Relaxation] = {}
    graph, parameters = trace.graph.copy(), values()
    for name, rate in zip(trace.states, trace.rates, strict=True):
        relaxation = relaxation_of(graph, name, rate)
        if relaxation is not None and _speed(graph, relaxation.k, parameters) >= FAST:
            relaxations[name] = relaxation
    moves = dict(zip(trace.states, trace.rates, strict=True))
    moves |= {name: relaxation.gain for name, relaxation in relaxations.items()}
    read = {graph.nodes[index].name for index in graph.reached(moves.values())}

    def rank(name: str) -> tuple[bool, bool, bool]:
        steady = name in relaxations and graph.nodes[moves[name]].level < Level.STATE
        return name not in relaxations, steady, name not in read

    order = sorted(range(len(trace.states)), key=lambda place: rank(trace.states[place]))
    states, rates = tuple(trace.states[i] for i in order), tuple(trace.rates[i] for i in order)
    in_order = tuple(relaxations[name] for name in states if name in relaxations)
    return Relaxing(replace(trace, graph=graph, states=states, rates=rates), in_order)


def relaxation_of(graph: Graph, state: str, rate: int) -> Relaxation | None:
    """Return the relaxation of a state, or None if its rate has no part -k × state with k from parameters."""
    loss, gain = _Splitter(graph, graph.symbol(state, Level.STATE)).split(rate)
    if loss is None:
        return None
    return Relaxation(loss.index, graph.const(0.0) if gain is None else gain.index)


def _speed(graph: Graph, k: int, parameters: Mapping[str, float]) -> float:
    """Return k at the typical patient's parameters, or 0 if it has none there or might be negative."""
    nodes = [graph.nodes[index] for index in graph.reached((k,))]
    names = {node.name for node in nodes if node.op == "symbol"}
    negative = any(node.op == "sub" or (node.op == "const" and node.value < 0) for node in nodes)
    if negative or not names <= parameters.keys() & never_negative():
        return 0.0
    return float(emit_numpy.function(graph, (k,))(parameters)[0])


@final
class _Splitter:
    """Splits expressions into gain - loss × state; None stands for zero."""

    def __init__(self, graph: Graph, state: int) -> None:
        self.graph, self.state = graph, state

    def split(self, index: int) -> tuple[Expression | None, Expression | None]:
        """Return loss and gain of a node; what is no loss of a known rate is gain."""
        node = self.graph.nodes[index]
        if node.op == "mul":
            return self._product(index, *node.args)
        if node.op == "add":
            (loss, gain), (more, other) = map(self.split, node.args)
            return _sum(loss, more), _sum(gain, other)
        if node.op == "sub":
            return self._difference(*node.args)
        return None, self._at(index)

    def _product(self, index: int, *args: int) -> tuple[Expression | None, Expression | None]:
        for factor, other in (args, args[::-1]):
            if self.graph.nodes[factor].level > Level.PARAMETER:
                continue
            if other == self.state:
                return self._negated(factor) or (None, self._at(index))
            loss, gain = self.split(other)
            if loss is not None:
                return self._at(factor) * loss, None if gain is None else self._at(factor) * gain
        return None, self._at(index)

    def _negated(self, factor: int) -> tuple[Expression, None] | None:
        """Return the loss in factor × state where the factor is minus something."""
        node = self.graph.nodes[factor]
        parts = node.args if node.op == "mul" else (factor,)
        signs = [part for part in parts if self.graph.nodes[part].op == "const" and self.graph.nodes[part].value < 0]
        if len(signs) != 1:
            return None
        size = Expression(self.graph, self.graph.const(-self.graph.nodes[signs[0]].value))
        for part in parts:
            size = size if part == signs[0] else size * self._at(part)
        return size, None

    def _difference(self, left: int, right: int) -> tuple[Expression | None, Expression | None]:
        loss, gain = self.split(left)
        more = self._multiple(right)
        if more is not None:
            return _sum(loss, more), gain
        start = Expression(self.graph, self.graph.const(0.0)) if gain is None else gain
        return loss, start - self._at(right)

    def _multiple(self, index: int) -> Expression | None:
        """Return k of a product k × state, or None if it is none."""
        node = self.graph.nodes[index]
        if index == self.state:
            return Expression(self.graph, self.graph.const(1.0))
        if node.op == "mul" and self.state in node.args:
            other = node.args[0] if node.args[1] == self.state else node.args[1]
            return self._at(other) if self.graph.nodes[other].level <= Level.PARAMETER else None
        return None

    def _at(self, index: int) -> Expression:
        return Expression(self.graph, index)


def _sum(a: Expression | None, b: Expression | None) -> Expression | None:
    return b if a is None else a if b is None else a + b

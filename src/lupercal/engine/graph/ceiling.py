"""The largest risk of infection that a patient can have in a task: chance that lies above it need not be looked at.

Interval arithmetic on the graph of the risk. States lie between zero and `LARGEST`; those that relax towards what
inputs alone bring never rise above the highest level they are driven to, or their start. Nothing is known by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from lupercal.engine.graph.relaxation import Relaxation, relaxation_of
from lupercal.engine.graph.trace import Level, Node, Trace
from lupercal.engine.text.step import LARGEST
from lupercal.model.schedule import Amount

MARGIN = 1.01  # over the exact ceiling, for what integration, interpolation and rounding may add to a state

Range = tuple[Amount | NDArray[np.float64], Amount | NDArray[np.float64]]


@final
@dataclass(frozen=True, slots=True)
class RiskBounds:
    """What a task does, as far as a ceiling needs it: every value one number or shape (N,).

    ``start`` and ``added`` (boluses in sum) by state; ``highest`` by input, over all days of the task; states in
    ``unbounded`` may rise further.
    """

    parameters: Mapping[str, Amount]
    start: Mapping[str, Amount]
    added: Mapping[str, Amount]
    highest: Mapping[str, Amount]
    unbounded: frozenset[str]


def risk_ceiling(trace: Trace) -> Callable[[RiskBounds], Amount]:
    """Return the function that gives each patient's ceiling, with a `MARGIN`; infinite where there is none."""
    graph, driven = trace.graph.copy(), dict[str, Relaxation]()
    for index in trace.graph.reached((trace.risk,)):
        node = graph.nodes[index]
        if node.level == Level.STATE and node.op == "symbol":
            found = relaxation_of(graph, node.name, trace.rates[trace.states.index(node.name)])
            if found is not None and graph.nodes[found.gain].level <= Level.INPUT:
                driven[node.name] = found

    parts = [(trace.risk,), *((found.gain, found.k) for found in driven.values())]
    orders = {outputs: graph.reached(outputs) for outputs in parts}

    def evaluate(outputs: tuple[int, ...], symbol: Callable[[Node], Range]) -> list[Range]:
        known: dict[int, Range] = {}
        for index in orders[outputs]:
            node = graph.nodes[index]
            if node.op == "symbol":
                known[index] = symbol(node)
            elif node.op == "const":
                known[index] = (node.value, node.value)
            else:
                known[index] = _combined(node, *(known[argument] for argument in node.args))
        return [known[index] for index in outputs]

    def ceiling(bounds: RiskBounds) -> Amount:
        def symbol(node: Node) -> Range:
            if node.level == Level.PARAMETER:
                return (bounds.parameters[node.name], bounds.parameters[node.name])
            if node.level == Level.INPUT:
                return (0.0, bounds.highest[node.name])
            return (0.0, highest(node.name))

        def highest(state: str) -> Amount:
            if state not in driven or state in bounds.unbounded:
                return LARGEST
            (_, gain), (k, _) = evaluate((driven[state].gain, driven[state].k), symbol)
            level = np.where(np.greater(k, 0), np.divide(gain, k), LARGEST)
            return np.maximum(bounds.start[state], level) + bounds.added.get(state, 0.0)

        with np.errstate(all="ignore"):
            return MARGIN * evaluate((trace.risk,), symbol)[0][1]

    return ceiling


def _combined(node: Node, left: Range, right: Range) -> Range:
    """Return the range of a sum, difference, product or quotient of two ranges."""
    if node.op == "add":
        return np.add(left[0], right[0]), np.add(left[1], right[1])
    if node.op == "sub":
        return np.subtract(left[0], right[1]), np.subtract(left[1], right[0])
    if node.op == "div":
        known = np.logical_or(np.greater(right[0], 0), np.less(right[1], 0))
        found = _outermost([np.divide(a, b) for a in left for b in right])
        return np.where(known, found[0], -np.inf), np.where(known, found[1], np.inf)
    low, high = _outermost([np.multiply(a, b) for a in left for b in right])
    square = node.args[0] == node.args[1]
    return (np.maximum(low, 0.0) if square else low), high


def _outermost(ends: list[NDArray[np.float64]]) -> Range:
    low, high = ends[0], ends[0]
    for end in ends[1:]:
        low, high = np.minimum(low, end), np.maximum(high, end)
    return low, high

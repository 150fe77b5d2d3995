"""The largest risk of infection that a patient can have in a task: chance that lies above it need not be looked at.

Interval arithmetic on the graph of the risk. States lie between zero and `LARGEST`; those that relax towards what
inputs alone bring never rise above the highest level they are driven to, or their start. Nothing is known by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


@final
class RiskCeiling:
    """The function that gives each patient's ceiling, with a `MARGIN`; infinite where there is none."""

    def __init__(self, trace: Trace) -> None:
        self._risk, self._graph = trace.risk, trace.graph.copy()
        self._driven = dict(self._driven_states(trace))
        outputs = [(trace.risk,), *((found.gain, found.k) for found in self._driven.values())]
        self._orders = {wanted: self._graph.reached(wanted) for wanted in outputs}

    def __call__(self, bounds: RiskBounds) -> Amount:
        """Return the ceiling for a task, one number or shape (N,)."""
        with np.errstate(all="ignore"):
            return MARGIN * self._ranges((self._risk,), bounds)[0][1]

    def _driven_states(self, trace: Trace) -> Iterator[tuple[str, Relaxation]]:
        """Yield the states of the risk that relax towards what parameters and inputs alone bring."""
        for index in trace.graph.reached((trace.risk,)):
            node = trace.graph.nodes[index]
            if node.op == "symbol" and node.level == Level.STATE:
                relaxation = relaxation_of(self._graph, node.name, trace.rates[trace.states.index(node.name)])
                if relaxation is not None and self._graph.nodes[relaxation.gain].level <= Level.INPUT:
                    yield node.name, relaxation

    def _ranges(self, outputs: tuple[int, ...], bounds: RiskBounds) -> list[Range]:
        ranges: dict[int, Range] = {}
        for index in self._orders[outputs]:
            node = self._graph.nodes[index]
            if node.args:
                ranges[index] = _combined(node, *(ranges[argument] for argument in node.args))
            else:
                ranges[index] = (node.value, node.value) if node.op == "const" else self._symbol(node, bounds)
        return [ranges[index] for index in outputs]

    def _symbol(self, node: Node, bounds: RiskBounds) -> Range:
        if node.level == Level.PARAMETER:
            return (bounds.parameters[node.name], bounds.parameters[node.name])
        return (0.0, bounds.highest[node.name] if node.level == Level.INPUT else self._highest(node.name, bounds))

    def _highest(self, state: str, bounds: RiskBounds) -> Amount:
        if state not in self._driven or state in bounds.unbounded:
            return LARGEST
        relaxation = self._driven[state]
        (_, gain), (k, _) = self._ranges((relaxation.gain, relaxation.k), bounds)
        level = np.where(np.greater(k, 0), np.divide(gain, k), LARGEST)
        return np.maximum(bounds.start[state], level) + bounds.added.get(state, 0.0)


def _combined(node: Node, left: Range, right: Range) -> Range:
    """Return the range of a sum, difference, product or quotient of two ranges."""
    if node.op == "add":
        return np.add(left[0], right[0]), np.add(left[1], right[1])
    if node.op == "sub":
        return np.subtract(left[0], right[1]), np.subtract(left[1], right[0])
    if node.op == "div":
        sign_certain = np.logical_or(np.greater(right[0], 0), np.less(right[1], 0))
        ends = _outermost([np.divide(a, b) for a in left for b in right])
        return np.where(sign_certain, ends[0], -np.inf), np.where(sign_certain, ends[1], np.inf)
    low, high = _outermost([np.multiply(a, b) for a in left for b in right])
    square = node.args[0] == node.args[1]
    return (np.maximum(low, 0.0) if square else low), high


def _outermost(ends: list[NDArray[np.float64]]) -> Range:
    low, high = ends[0], ends[0]
    for end in ends[1:]:
        low, high = np.minimum(low, end), np.maximum(high, end)
    return low, high

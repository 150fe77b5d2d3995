"""Which values of a graph are zero where some symbols are, and which states such zeros keep at zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lupercal.engine.graph.trace import Graph

_SUMS = frozenset({"add", "sub"})


def zero_nodes(graph: Graph, outputs: Iterable[int], symbols: frozenset[str]) -> frozenset[int]:
    """Return the nodes below ``outputs`` that are zero where all these symbols are and every other number is finite."""
    return zero_among(graph, graph.reached(outputs), symbols)


def zero_among(graph: Graph, order: Iterable[int], symbols: frozenset[str]) -> frozenset[int]:
    """Return the nodes among ``order``, operands before operations, that are zero; see `zero_nodes`."""
    zero, nodes = set[int](), graph.nodes
    for index in order:
        node = nodes[index]
        if node.op == "mul":
            is_zero = not zero.isdisjoint(node.args)
        elif node.args:
            is_zero = node.op in _SUMS and zero.issuperset(node.args)
        else:
            is_zero = node.name in symbols if node.op == "symbol" else node.value == 0
        if is_zero:
            zero.add(index)
    return frozenset(zero)


def keeping_zero(
    graph: Graph, order: Sequence[int], rates: Mapping[str, int], states: frozenset[str], inputs: frozenset[str]
) -> frozenset[str]:
    """Return those of some states that their rates keep at zero where all of these and the ``inputs`` are.

    ``order`` holds all nodes below the rates, operands before operations.
    """
    resting = states
    while True:
        zero = zero_among(graph, order, resting | inputs)
        moving = {name for name in resting if rates[name] not in zero}
        if not moving:
            return resting
        resting -= moving

"""Which values of a graph are zero where some symbols are, and which states such zeros keep at zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lupercal.engine.graph.trace import Graph


def zero_nodes(graph: Graph, outputs: Iterable[int], symbols: frozenset[str]) -> frozenset[int]:
    """Return the nodes below ``outputs`` that are zero where all these symbols are and every other number is finite."""
    return zero_among(graph, graph.reached(outputs), symbols)


def zero_among(graph: Graph, order: Iterable[int], symbols: frozenset[str]) -> frozenset[int]:
    """Return the nodes among ``order``, operands before operations, that are zero; see `zero_nodes`."""
    zero: set[int] = set()
    for index in order:
        node = graph.nodes[index]
        if node.op == "symbol":
            is_zero = node.name in symbols
        elif node.op == "const":
            is_zero = node.value == 0
        elif node.op == "mul":
            is_zero = any(argument in zero for argument in node.args)
        else:
            is_zero = node.op in {"add", "sub"} and all(argument in zero for argument in node.args)
        zero |= {index} if is_zero else set()
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


def needed(graph: Graph, outputs: Iterable[int], zero: frozenset[int]) -> set[int]:
    """Return the nodes that ``outputs`` need where some nodes are known to be zero."""
    ahead, seen = [index for index in outputs if index not in zero], set[int]()
    while ahead:
        index = ahead.pop()
        if index not in seen:
            seen.add(index)
            ahead += [argument for argument in graph.nodes[index].args if argument not in zero]
    return seen

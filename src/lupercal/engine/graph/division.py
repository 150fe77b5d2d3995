"""Reciprocals that share a division (Montgomery's batch inversion).

The product of up to ``group`` denominators is inverted, and the single reciprocals are recovered by three
multiplications each. A processor divides about ten times slower than it multiplies.

Those share one that are needed by the same patients: first those that everyone needs, then those that matter only
where a state moves that is zero in most (`occasional`), and apart from both those that only the risk needs. So where
such states stay zero whole divisions go. This decides about the last bits and nothing else; it is the same for all
tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import inf

from lupercal.engine.graph.trace import Graph, Level
from lupercal.engine.graph.zeros import keeping_zero
from lupercal.evidence.parameters import values
from lupercal.model.inputs import translation
from lupercal.model.start import start_values


def shared_divisions(old: Graph, outputs: list[int], rates: Mapping[str, int], group: int) -> tuple[Graph, list[int]]:
    """Return a graph in which up to ``group`` moving reciprocals of one depth share a division.

    ``rates`` are those of the outputs, by the name of their state, that are computed at every stage of a step.
    """
    order = old.reached(outputs)
    batches = _batches(old, order, _ranks(old, rates), group)
    new = Graph()
    place: dict[int, int] = {}
    for depth in range(max(_depths(old, order).values(), default=0) + 1):
        _copy(old, new, order, place)
        for batch in batches.get(depth + 1, ()):
            for index, inverse in zip(batch, _inverses(new, [place[old.nodes[i].args[0]] for i in batch]), strict=True):
                place[index] = inverse
    _copy(old, new, order, place)
    return new, [place[index] for index in outputs]


def _copy(old: Graph, new: Graph, order: list[int], place: dict[int, int]) -> None:
    """Copy what can be computed already, all but moving reciprocals."""
    for index in order:
        node = old.nodes[index]
        waits = node.op == "recip" and node.level == Level.STATE
        if index in place or waits or any(a not in place for a in node.args):
            continue
        if node.args:
            place[index] = new.apply(node.op, *(place[a] for a in node.args))
        else:
            place[index] = new.const(node.value) if node.op == "const" else new.symbol(node.name, node.level)


def _depths(graph: Graph, order: list[int]) -> dict[int, int]:
    """Return how many moving reciprocals lie on the longest path to each node, itself included."""
    depth: dict[int, int] = {}
    for index in order:
        node = graph.nodes[index]
        reciprocals = int(node.op == "recip" and node.level == Level.STATE)
        depth[index] = reciprocals + max((depth[a] for a in node.args), default=0)
    return depth


def _batches(graph: Graph, order: list[int], ranks: Mapping[int, int], group: int) -> dict[int, list[list[int]]]:
    """Return the moving reciprocals of each depth in batches of nearly equal size, at most ``group``.

    Those that everyone needs, those that some do and those that no rate does are cut apart.
    """
    depth = _depths(graph, order)
    alike: dict[tuple[int, int], list[int]] = {}
    for index in order:
        node = graph.nodes[index]
        if node.op == "recip" and node.level == Level.STATE:
            kind = -1 if index not in ranks else min(1, ranks[index])
            alike.setdefault((depth[index], kind), []).append(index)
    batches: dict[int, list[list[int]]] = {}
    for (level, _), members in alike.items():
        in_order = sorted(members, key=lambda index: ranks.get(index, 0))
        batches.setdefault(level, []).extend(_cut(in_order, group))
    return batches


def _ranks(graph: Graph, rates: Mapping[str, int]) -> dict[int, int]:
    """Return 0 for the nodes that the rates of most patients need, and for others how far down `occasional` they are.

    So many of these symbols have to move until a node is needed: on the best way from a rate down to it no node is zero
    then. Nodes that only the risk needs, or nobody, are left out.
    """
    order = graph.reached(rates.values())
    moving = _moving_from(graph, order, occasional(graph, order, rates))
    ranks = {index: moving[index] for index in rates.values()}
    for index in reversed(order):
        for argument in graph.nodes[index].args:
            rank = max(ranks[index], moving[argument])
            ranks[argument] = min(rank, ranks.get(argument, rank))
    return {index: int(rank) for index, rank in ranks.items() if rank < inf}


def _moving_from(graph: Graph, order: list[int], names: tuple[str, ...]) -> dict[int, float]:
    """Return how many of the names, from the first on, have to move until a node is no longer zero; infinite if never.

    It is zero by the rules of `lupercal.engine.graph.zeros.zero_nodes`.
    """
    places, moving = {name: count for count, name in enumerate(names, 1)}, dict[int, float]()
    for index in order:
        node = graph.nodes[index]
        if node.op == "symbol":
            moving[index] = places.get(node.name, 0)
        elif node.op == "const":
            moving[index] = 0 if node.value else inf
        elif node.op == "mul":
            moving[index] = max(moving[argument] for argument in node.args)
        else:
            moving[index] = min(moving[argument] for argument in node.args) if node.op in {"add", "sub"} else 0
    return moving


def occasional(graph: Graph, order: list[int], rates: Mapping[str, int]) -> tuple[str, ...]:
    """Return the symbols that are zero in patients who are given background drugs only, states in their order first."""
    inputs = _rare_inputs()
    start = start_values(1.0)
    states = frozenset(name for name in rates if not start.get(name)) - {"Z"}
    resting = keeping_zero(graph, order, rates, states, inputs)
    return (*(name for name in rates if name in resting), *sorted(inputs))


@cache
def _rare_inputs() -> frozenset[str]:
    """Return the inputs that are no background drug's, and what weighs mechanisms that no product brings about."""
    known = translation()
    by_products = {effect.target for rows in known.products.values() for effect in rows}
    drugs = {name for name, level in known.inputs.items() if not level.background}
    return frozenset(drugs | {name for name, value in values().items() if value == 0.0} - by_products)


def _cut(members: list[int], group: int) -> list[list[int]]:
    count = -(-len(members) // group)
    return [members[k * len(members) // count : (k + 1) * len(members) // count] for k in range(count)]


def _inverses(graph: Graph, values: list[int]) -> list[int]:
    """Return the reciprocals of all ``values`` through one division."""
    products = [values[0]]
    for value in values[1:]:
        products.append(graph.apply("mul", products[-1], value))
    inverse = graph.apply("recip", products[-1])
    inverses: list[int] = []
    for value, before in zip(values[:0:-1], products[-2::-1], strict=True):
        inverses.append(graph.apply("mul", inverse, before))
        inverse = graph.apply("mul", inverse, value)
    return [inverse, *reversed(inverses)]

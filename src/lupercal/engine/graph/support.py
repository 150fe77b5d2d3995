"""Which states of a task stay zero from its first day to its last, and the program without them.

Where no cells were given there are no cells, and where no antibody was given there is none: such states are zero at the
start, no event touches them, and their rates are zero as long as they are. This follows from the graph and the task;
nothing is known by name. What is left does the same operations in the same order: products with zero and sums with
zero are left out, which changes no bit of a finite number, and fused operations stay those of the whole program.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from lupercal.engine.graph.rewrite import Program
from lupercal.engine.graph.trace import Graph


def zero_nodes(graph: Graph, outputs: Iterable[int], symbols: frozenset[str]) -> frozenset[int]:
    """Return the nodes below ``outputs`` that are zero where all these symbols are and every other number is finite."""
    return _zero_among(graph, graph.reached(outputs), symbols)


def _zero_among(graph: Graph, order: Iterable[int], symbols: frozenset[str]) -> frozenset[int]:
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


def staying_zero(program: Program, states: frozenset[str], inputs: frozenset[str]) -> frozenset[str]:
    """Return those of some states, zero at the start and touched by no event, whose rates keep them at zero.

    ``inputs`` are those that are zero all the time.
    """
    rates, order = dict(zip(program.trace.states, program.rates, strict=True)), _order(program.graph, program.rates)
    resting = states
    while True:
        zero = _zero_among(program.graph, order, resting | inputs)
        moving = {name for name in resting if rates[name] not in zero}
        if not moving:
            return resting
        resting -= moving


@lru_cache(maxsize=4)
def _order(graph: Graph, outputs: tuple[int, ...]) -> tuple[int, ...]:
    """Return what `Graph.reached` does; a program's rates are asked about for many tasks."""
    return tuple(graph.reached(outputs))


def without(program: Program, states: frozenset[str], inputs: frozenset[str]) -> Program:
    """Return the program for tasks in which these states and inputs stay zero; its last states are these."""
    if not states and not inputs:
        return program
    whole = program.trace.states
    relaxing = [place for place in range(len(program.relaxing)) if whole[place] not in states]
    live = [place for place in range(len(whole)) if whole[place] not in states]
    order = [*live, *(place for place in range(len(whole)) if whole[place] in states)]
    trace = replace(
        program.trace,
        states=tuple(whole[place] for place in order), rates=tuple(program.trace.rates[place] for place in order),
    )  # fmt: skip
    return replace(
        program,
        trace=trace,
        relaxing=tuple(program.relaxing[place] for place in relaxing),
        rates=tuple(program.rates[place] for place in live),
        zero=zero_nodes(program.graph, (*program.rates, program.risk, *program.driven), states | inputs),
        planned=program.rates,
    )

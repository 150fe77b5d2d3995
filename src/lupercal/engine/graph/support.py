"""Which states of a task stay zero from its first day to its last, and the program without them.

Where no cells were given there are no cells, and where no antibody was given there is none: such states are zero at the
start, no event touches them, and their rates are zero as long as they are. This follows from the graph and the task;
nothing is known by name. What is left does the same operations in the same order: products with zero and sums with
zero are left out, which changes no bit of a finite number, and fused operations stay those of the whole program.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from lupercal.engine.graph.rewrite import Program
from lupercal.engine.graph.trace import Graph
from lupercal.engine.graph.zeros import keeping_zero, zero_nodes


def staying_zero(program: Program, states: frozenset[str], inputs: frozenset[str]) -> frozenset[str]:
    """Return those of some states, zero at the start and touched by no event, whose rates keep them at zero.

    ``inputs`` are those that are zero all the time.
    """
    rates = dict(zip(program.trace.states, program.rates, strict=True))
    return keeping_zero(program.graph, _order(program.graph, program.rates), rates, states, inputs)


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

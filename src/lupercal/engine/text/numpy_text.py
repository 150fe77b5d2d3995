"""From a graph to NumPy source: readable straight-line Python, for constants per patient and as a reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lupercal.engine.graph.trace import Graph

_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def numpy_source(graph: Graph, outputs: Sequence[int], name: str = "evaluate") -> str:
    """Return the text of a function of a mapping of symbols that returns the values of ``outputs`` as a tuple.

    Operations appear in the order and with the operands of the graph, so numbers round as in the traced equations.
    """
    lines = [f"def {name}(given):"]
    for index in graph.reached(outputs):
        node = graph.nodes[index]
        if node.op == "symbol":
            lines.append(f"    v{index} = given[{node.name!r}]")
        elif node.op != "const":
            lines.append(f"    v{index} = {_operation(graph, index)}")
    wanted = ", ".join(_operand(graph, index) for index in outputs)
    return "\n".join([*lines, f"    return ({wanted}{',' if outputs else ''})", ""])


def function(graph: Graph, outputs: Sequence[int]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return the function of `source`: symbols by name, as numbers or arrays of one shape, to a tuple of values."""
    space: dict[str, Any] = {}
    exec(compile(numpy_source(graph, outputs), "<equations as NumPy>", "exec"), space)
    evaluate: Callable[[Mapping[str, Any]], tuple[Any, ...]] = space["evaluate"]
    return evaluate


def _operation(graph: Graph, index: int) -> str:
    node = graph.nodes[index]
    args = [_operand(graph, a) for a in node.args]
    if node.op == "recip":
        return f"1.0 / {args[0]}"
    return f"{args[0]} {_SIGNS[node.op]} {args[1]}"


def _operand(graph: Graph, index: int) -> str:
    node = graph.nodes[index]
    if node.op != "const":
        return f"v{index}"
    return repr(node.value) if node.value >= 0 else f"({node.value!r})"

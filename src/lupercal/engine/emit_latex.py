r"""From a graph to LaTeX: the equations as a reader of papers expects them, quotients as \frac, names upright."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lupercal.engine.emit_formula import shared_values
from lupercal.engine.trace import Trace

_SUM, _PRODUCT, _ATOM = 1, 2, 3
_MANY_DIGITS = 1e4


def latex(trace: Trace, names: Mapping[int, str]) -> dict[str, str]:
    """Return the right-hand side of each assignment and of each state's rate by name, in an order for reading.

    ``names`` are those of nodes that have one (see `lupercal.engine.emit_formula.known_names`).
    """
    shared = shared_values(trace, names)
    found = {name: _text(trace, index, shared, top=True)[0] for index, name in shared.items()}
    return found | {name: _text(trace, index, shared)[0] for name, index in zip(trace.states, trace.rates, strict=True)}


def document(trace: Trace, names: Mapping[int, str]) -> str:
    """Return all equations as an ``align*`` environment."""
    lines = [f"  {_left(name, trace)} &= {text}" for name, text in latex(trace, names).items()]
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"


def _left(name: str, trace: Trace) -> str:
    return rf"\frac{{d {symbol(name)}}}{{dt}}" if name in trace.states else symbol(name)


def symbol(name: str) -> str:
    """Return a name of the model in LaTeX: what follows an underscore becomes an index."""
    stem, _, index = name.partition("_")
    base = stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"
    return base + (rf"_{{\mathrm{{{index.replace('_', ',')}}}}}" if index else "")


def _text(trace: Trace, index: int, shared: Mapping[int, str], top: bool = False) -> tuple[str, int]:
    node = trace.graph.nodes[index]
    if index in shared and not top:
        return symbol(shared[index]), _ATOM
    if node.op == "symbol":
        return symbol(node.name), _ATOM
    if node.op == "const":
        return _number(node.value), _ATOM if node.value >= 0 else _SUM
    left, right = (_text(trace, arg, shared) for arg in node.args)
    if node.op == "div":
        return rf"\frac{{{left[0]}}}{{{right[0]}}}", _ATOM
    if node.op == "mul":
        return rf"{_within(left, _PRODUCT)}\,{_within(right, _PRODUCT)}", _PRODUCT
    return (
        f"{left[0]} {'+' if node.op == 'add' else '-'} {_within(right, _PRODUCT if node.op == 'sub' else _SUM)}",
        _SUM,
    )


def _within(part: tuple[str, int], binds: int) -> str:
    return part[0] if part[1] >= binds else rf"\left({part[0]}\right)"


def _number(value: float) -> str:
    text = f"{value:g}" if abs(value) < _MANY_DIGITS else f"{value:.6g}"
    return re.sub(r"e([+-]?)0*(\d+)", lambda found: rf"\times 10^{{{found[1].replace('+', '')}{found[2]}}}", text)

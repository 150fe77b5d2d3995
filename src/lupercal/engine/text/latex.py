r"""From the model's subsystems to LaTeX: each equation as its author wrote it, quotients as \frac, names upright.

A subsystem is called with symbols for everything it is given, effects and signals of other subsystems included, so
these stay names. What its functions call a value inside (``maturation``, ``killing``) keeps that name, too: it is read
from the functions as they return.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType, ModuleType
from typing import Any, cast, final

from lupercal.engine.graph.trace import Expression, Graph, Level, Node
from lupercal.model import infection, mediators
from lupercal.model.subsystem import Names, Subsystem

_SUM, _NEGATIVE, _PRODUCT, _QUOTIENT, _ATOM = range(5)  # how tightly a text holds together
_MANY_DIGITS = 1e4


@final
@dataclass(frozen=True)
class LatexEquations:
    """The equations of a part of the model as a graph.

    ``values`` are the nodes of what the part defines at once (effects, signals, a hazard), ``rates`` those of its
    states' rates, and ``inner`` names the nodes that only the part's own functions give a name.
    """

    graph: Graph
    values: Mapping[str, int]
    rates: Mapping[str, int]
    inner: Mapping[int, str]

    @property
    def symbols(self) -> frozenset[str]:
        """Names of all states, parameters, inputs, effects and signals that the part reads."""
        reached = self.graph.reached([*self.values.values(), *self.rates.values()])
        return frozenset(self.graph.nodes[i].name for i in reached if self.graph.nodes[i].op == "symbol")


def latex_equations(part: Subsystem) -> LatexEquations:
    """Return the equations of a subsystem; those of the mediators include the signals."""
    written = _AsWritten()
    y, p, u, e, q = (cast(Names, _Anything(written)) for _ in range(5))
    with _inner_names(part.module) as inner:
        values = part.effects(y, p, u) if part.effects else {}
        values = values | (mediators.signals(y, p, e) if part.module is mediators else {})
        rates = part.rates(y, p, u, e, q) if part.rates else {}
    return _made(written.graph, values, rates, inner)


def hazard_equations() -> LatexEquations:
    """Return the hazard of a serious infection, per year."""
    written = _AsWritten()
    with _inner_names(infection) as inner:
        hazard = infection.hazard(cast(Names, _Anything(written)), cast(Names, _Anything(written)))
    return _made(written.graph, {"hazard": hazard}, {}, inner)


def latex(part: LatexEquations) -> list[tuple[str, str]]:
    """Return the left and right side of each equation, in an order in which they can be computed."""
    outputs = {index: symbol(name) for name, index in part.values.items()}
    named = {index: rf"\text{{{name.replace('_', ' ')}}}" for index, name in part.inner.items()} | outputs
    order = part.graph.reached([*part.values.values(), *part.rates.values()])
    equations = [(named[index], _text(part.graph, index, named, top=True)[0]) for index in order if index in named]
    return equations + [
        (rf"\frac{{d {symbol(name)}}}{{dt}}", _text(part.graph, index, named)[0]) for name, index in part.rates.items()
    ]


def symbol(name: str) -> str:
    """Return a name of the model in LaTeX: what follows an underscore becomes an index."""
    stem, _, index = name.partition("_")
    base = stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"
    return base + (rf"_{{\mathrm{{{index.replace('_', ',')}}}}}" if index else "")


@final
class _AsWritten:
    """What expressions take for a graph: it changes no order, folds nothing and joins nothing."""

    def __init__(self) -> None:
        self.graph = Graph()

    def const(self, value: float) -> int:
        return self._added(Node("const", value=float(value)))

    def apply(self, op: str, *args: int) -> int:
        return self._added(Node(op, args, level=Level.STATE))

    def _added(self, node: Node) -> int:
        self.graph.nodes.append(node)
        return len(self.graph.nodes) - 1


@final
class _Anything:
    """Symbols by any name: a part may read whatever it is given."""

    __slots__ = ("_written",)

    def __init__(self, written: _AsWritten) -> None:
        self._written = written

    def __getattr__(self, name: str) -> Expression:
        return Expression(cast(Graph, self._written), self._written.graph.symbol(name, Level.STATE))


def _made(
    graph: Graph, values: Mapping[str, Any], rates: Mapping[str, Any], inner: Mapping[str, int]
) -> LatexEquations:
    """Return the equations, inner names left out where a node is a whole equation or a mere symbol."""
    outputs = {name: value.index for name, value in values.items()}
    whole = {*outputs.values(), *(rate.index for rate in rates.values())}
    inner_equations = {index: name for name, index in inner.items() if index not in whole and graph.nodes[index].args}
    return LatexEquations(graph, outputs, {name: rate.index for name, rate in rates.items()}, inner_equations)


@contextmanager
def _inner_names(module: ModuleType) -> Iterator[dict[str, int]]:
    """Collect what the functions of a module, as they return, call the values they computed."""
    inner: dict[str, int] = {}

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code.co_filename == module.__file__:
            values = frame.f_locals.items()
            inner.update({name: value.index for name, value in values if isinstance(value, Expression)})

    before: Callable[..., Any] | None = sys.getprofile()
    sys.setprofile(note)
    try:
        yield inner
    finally:
        sys.setprofile(before)


def _text(graph: Graph, index: int, named: Mapping[int, str], top: bool = False) -> tuple[str, int]:
    """Return the formula of a node and how tightly it holds together."""
    node = graph.nodes[index]
    if index in named and not top:
        return named[index], _ATOM
    if node.op == "symbol":
        return symbol(node.name), _ATOM
    if node.op == "const":
        return _number(node.value), _ATOM if node.value >= 0 else _NEGATIVE
    left, right = (_text(graph, arg, named) for arg in node.args)
    if node.op == "div":
        return rf"\frac{{{left[0]}}}{{{right[0]}}}", _QUOTIENT
    if node.op == "mul":
        return _product(left, right)
    return f"{left[0]} {'+' if node.op == 'add' else '-'} {_within(right, _PRODUCT)}", _SUM


def _product(left: tuple[str, int], right: tuple[str, int]) -> tuple[str, int]:
    if left[0] == "-1":
        return f"-{_within(right, _PRODUCT)}", _NEGATIVE
    if left == right:
        return f"{_within(left, _ATOM)}^2", _PRODUCT
    text = rf"{_within(left, _NEGATIVE)}\,{_within(right, _PRODUCT)}"
    return text, _NEGATIVE if left[1] == _NEGATIVE else _PRODUCT


def _within(part: tuple[str, int], binds: int) -> str:
    return part[0] if part[1] >= binds else rf"\left({part[0]}\right)"


def _number(value: float) -> str:
    text = f"{value:g}" if abs(value) < _MANY_DIGITS else f"{value:.6g}"
    return re.sub(r"e([+-]?)0*(\d+)", lambda match: rf"\times 10^{{{match[1].replace('+', '')}{match[2]}}}", text)

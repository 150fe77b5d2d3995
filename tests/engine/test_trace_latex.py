"""Equations in LaTeX are complete and bracketed rightly."""

from __future__ import annotations

from lupercal.engine.emit_formula import known_names
from lupercal.engine.emit_latex import document, latex, symbol
from lupercal.engine.trace import Graph, Level, Trace, model_trace
from lupercal.model.system import system


def _of(build: str) -> str:
    graph = Graph()
    a, b, c = (graph.symbol(name, Level.STATE) for name in "abc")
    two = graph.const(2.0)
    node = {
        "difference": lambda: graph.apply("sub", a, graph.apply("sub", b, c)),
        "product": lambda: graph.apply("mul", two, graph.apply("add", a, b)),
        "quotient": lambda: graph.apply("div", graph.apply("add", a, b), c),
    }[build]()
    return latex(Trace(graph, ("a",), (), (), (node,), node), {})["a"]


def test_brackets_stand_where_they_must() -> None:
    assert _of("difference") == r"a - \left(b - c\right)"
    assert _of("product") == r"2\,\left(a + b\right)"
    assert _of("quotient") == r"\frac{a + b}{c}"


def test_names_have_their_indices() -> None:
    assert symbol("k_bt") == r"k_{\mathrm{bt}}"
    assert symbol("BT") == r"\mathrm{BT}"
    assert symbol("Z") == "Z"


def test_the_document_holds_every_equation() -> None:
    text = document(model_trace(), known_names(model_trace(), system()))
    assert all(rf"\frac{{d {symbol(state)}}}{{dt}} &= " in text for state in system().states)
    assert text.count(r"\left(") == text.count(r"\right)")
    assert text.count("{") == text.count("}")

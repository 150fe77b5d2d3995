"""The trace says what the equations say, and rewriting does not change it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from lupercal.course.start import start_states
from lupercal.engine.graph.rewrite import program
from lupercal.engine.graph.trace import Expression, Graph, Level, model_trace, trace
from lupercal.engine.text import numpy_text as emit_numpy
from lupercal.errors import LupercalError
from lupercal.model.infection import weekly_risk
from lupercal.model.subsystem import Names
from lupercal.model.system import System, no_inputs, system
from tests.engine.virtual import random_parameters


def _values(size: int = 50) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    shape = (len(system().states), size)
    states = start_states(size) * rng.uniform(0.5, 1.5, shape) + rng.uniform(0, 1, shape)
    parameters = {k: np.broadcast_to(v, (size,)) for k, v in random_parameters(np.arange(size)).items()}
    inputs = {name: rng.uniform(0, 10, size) for name in no_inputs()}
    return dict(zip(system().states, states, strict=True)) | parameters | inputs


def test_the_traced_rates_have_the_bits_of_the_rates() -> None:
    given, made = _values(), model_trace()
    found = emit_numpy.function(made.graph, made.rates)(given)
    expected = system().rates(given, given, given)
    assert all(np.array_equal(value, expected[name]) for name, value in zip(made.states, found, strict=True))


def test_the_traced_risk_has_the_bits_of_the_risk() -> None:
    given, made = _values(), model_trace()
    (found,) = emit_numpy.function(made.graph, (made.risk,))(given)
    assert np.array_equal(found, weekly_risk(Names(given), Names(given)))


@pytest.mark.parametrize("group", [1, 2, 4, 7])
def test_rewriting_keeps_the_values(group: int) -> None:
    given, made = _values(), program(model_trace(), group)
    before = emit_numpy.function(made.trace.graph, made.trace.outputs)(given)
    after = list(emit_numpy.function(made.graph, (*made.rates, made.risk))(given))
    for place, k in enumerate(emit_numpy.function(made.graph, made.relaxing)(given)):
        after[place] = after[place] - k * given[made.trace.states[place]]
    scale = [np.abs(value).max() for value in before]
    assert all(np.abs(a - b).max() <= 1e-12 * s for a, b, s in zip(before, after, scale, strict=True))


def test_stages_contain_only_what_belongs_there() -> None:
    made = program(model_trace())
    assert {made.graph.nodes[i].level for i in made.constants} == {Level.PARAMETER}
    assert {made.graph.nodes[i].level for i in made.driven} == {Level.INPUT}


def test_shared_divisions_leave_few() -> None:
    def divisions(group: int) -> int:
        made = program(model_trace(), group)
        moving = [made.graph.nodes[i] for i in made.graph.reached(made.rates)]
        return sum(node.op == "recip" and node.level == Level.STATE for node in moving)

    assert divisions(4) < divisions(1) / 3


def test_equal_expressions_are_one_node() -> None:
    graph = Graph()
    x, k = (Expression(graph, graph.symbol(name, Level.STATE)) for name in "xk")
    assert (x / (x + k)).index == (x / (k + x)).index
    assert (x * 2 * 3).index != (x * 6).index  # no reordering that rounds differently
    assert (x + 0).index == (1 * x).index == x.index
    assert (Expression(graph, graph.const(2)) * 3).index == graph.const(6)


def test_an_equation_that_branches_is_refused() -> None:
    graph = Graph()
    x = Expression(graph, graph.symbol("x", Level.STATE))
    with pytest.raises(LupercalError, match="branch"):
        assert x
    with pytest.raises(LupercalError, match="whole number"):
        x**0.5  # type: ignore[operator]
    with pytest.raises(LupercalError, match="zero"):
        Expression(graph, graph.const(1)) / 0


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"states": ("x", "gc"), "inputs": ("gc",)}, "'gc' names two values: state and input"),
        ({"states": ("x", "a"), "parameters": ("a",)}, "'a' names two values: state and parameter"),
        ({"inputs": ("a",), "parameters": ("a",)}, "'a' names two values: input and parameter"),
        ({"states": ("x", "x")}, "'x' names two values: state and state"),
        ({"states": ("x", "h")}, "'h' names two values: state and parameter"),  # of the hazard
    ],
)
def test_a_name_with_two_meanings_is_refused(names: dict[str, tuple[str, ...]], said: str) -> None:
    given = {"states": ("x",), "parameters": (), "inputs": ()} | names
    model = SimpleNamespace(**given, rates=lambda y, p, u: dict.fromkeys(given["states"], 0.0))
    with pytest.raises(LupercalError, match=said):
        trace(cast(System, model), risk=lambda y, p: p.h * y.x)


def test_powers_and_signs() -> None:
    graph = Graph()
    x = Expression(graph, graph.symbol("x", Level.STATE))
    (value,) = emit_numpy.function(graph, ((2 - x**3 + -x).index,))({"x": 3.0})
    assert value == 2 - 27 - 3


def test_the_digest_follows_the_equations() -> None:
    here = model_trace()
    assert here.digest == trace(system()).digest
    assert here.digest != trace(system(), risk=lambda y, p: y.GC * p.h_gc).digest

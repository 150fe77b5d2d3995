"""Equations in LaTeX say what the model computes, and the page that shows them is current."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from lupercal.course.start import start_states
from lupercal.engine.text.latex import LatexEquations, hazard_equations, latex, latex_equations, symbol
from lupercal.evidence.parameters import parameters, values
from lupercal.model import infection, mediators
from lupercal.model.subsystem import Names, Subsystem
from lupercal.model.system import no_inputs, system
from lupercal.report.pages.equations import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "equations.md"
Rates = Callable[..., Any]


def _part(rates: Rates) -> LatexEquations:
    """Return the equations of a subsystem with these rates, as if they stood in a module of their own."""
    module = ModuleType("toy")
    module.__file__ = rates.__code__.co_filename
    return latex_equations(Subsystem("toy", "Toy", (), rates, None, module))


def _of(rate: Rates) -> str:
    def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> dict[str, Any]:
        return {"X": rate(y)}

    return latex(_part(rates))[-1][1]


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (lambda y: y.a - (y.b - y.c), r"a - \left(b - c\right)"),
        (lambda y: y.a - y.b - y.c, r"a - b - c"),
        (lambda y: 2 * (y.a + y.b), r"2\,\left(a + b\right)"),
        (lambda y: (y.a + y.b) / y.c * y.d, r"\frac{a + b}{c}\,d"),
        (lambda y: -y.a * y.b + y.c, r"-a\,b + c"),
        (lambda y: y.c - (-y.a * y.b), r"c - \left(-a\,b\right)"),
        (lambda y: -(y.a + y.b), r"-\left(a + b\right)"),
        (lambda y: (y.a / y.b) * (y.a / y.b), r"\left(\frac{a}{b}\right)^2"),
        (lambda y: y.a * y.b * y.b, r"a\,b\,b"),
        (lambda y: 1e-7 * y.BT * y.k_bt, r"1\times 10^{-7}\,\mathrm{BT}\,k_{\mathrm{bt}}"),
    ],
)
def test_brackets_stand_where_they_must(rate: Rates, text: str) -> None:
    assert _of(rate) == text


def test_what_a_function_calls_a_value_keeps_its_name() -> None:
    def rates(y: Names, p: Names, u: Names, e: Names, q: Names) -> dict[str, Any]:
        net_loss = p.k * y.X
        return {"X": p.s - net_loss, "Y": 2 * net_loss}

    before = sys.getprofile()
    found = latex(_part(rates))
    assert sys.getprofile() is before
    assert found == [
        (r"\text{net loss}", r"k\,X"),
        (r"\frac{d X}{dt}", r"s - \text{net loss}"),
        (r"\frac{d Y}{dt}", r"2\,\text{net loss}"),
    ]


def test_every_state_effect_and_signal_has_one_equation() -> None:
    left = [side for part in system().subsystems for side, _ in latex(latex_equations(part))]
    wanted = [rf"\frac{{d {symbol(state)}}}{{dt}}" for state in system().states]
    wanted += [
        symbol(row.symbol) for part in system().subsystems for row in (*part.of_kind("effect"), *part.of_kind("signal"))
    ]
    assert sorted(side for side in left if not side.startswith(r"\text")) == sorted(wanted)


def test_the_text_computes_what_the_model_computes() -> None:
    """Read the LaTeX of all equations as formulas, evaluate them, and compare with the model's own numbers."""
    y = dict(zip(system().states, start_states(1)[:, 0] + np.linspace(0.1, 2, len(system().states)), strict=True))
    p, u = dict(values()) | {"e19": 1.0, "eBC": 0.5}, dict.fromkeys(no_inputs(), 0.7)
    effects = system().effects(y, p, u)
    signals = mediators.signals(Names(y), Names(p), Names(effects))
    rates = system().rates(y, p, u)
    for part in system().subsystems:
        found = _evaluated(latex_equations(part), {**y, **p, **u, **effects, **signals})
        expected = {symbol(name): value for name, value in {**effects, **signals}.items()}
        expected |= {rf"\frac{{d {symbol(name)}}}{{dt}}": rate for name, rate in rates.items()}
        for side, value in found.items():
            if not side.startswith(r"\text"):
                assert value == pytest.approx(expected[side], rel=1e-9), side
    risk = _evaluated(hazard_equations(), {**y, **p})[symbol("hazard")]
    assert risk == pytest.approx(infection.hazard(Names(y), Names(p)), rel=1e-9)


def _evaluated(part: LatexEquations, given: dict[str, float]) -> dict[str, float]:
    known = {symbol(name): value for name, value in given.items()}
    for side, text in latex(part):
        value = _value(text, known)
        known[side] = value
    return {side: known[side] for side, _ in latex(part)}


def _value(text: str, known: dict[str, float]) -> float:
    """Evaluate a formula in LaTeX; whatever it does not know is left over and is no Python."""
    names = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    signs = r"\\left|\\right|\\,|\\times 10\^{(-?\d+)}|\\frac{|}{|}|\^2"
    pattern = rf"{signs}|(?<![A-Za-z\\])(?:{names})(?![A-Za-z])"
    return float(eval(re.sub(pattern, lambda found: _python(found, known), text)))


def _python(found: re.Match[str], known: dict[str, float]) -> str:
    fixed = {r"\left": "", r"\right": "", r"\,": " * ", r"\frac{": "((", "}{": ") / (", "}": "))", "^2": " ** 2"}
    if found[0].startswith(r"\times"):
        return f"e{found[1]}"
    return fixed[found[0]] if found[0] in fixed else f"({float(known[found[0]])!r})"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m lupercal.report.pages docs"


def test_the_page_explains_every_symbol_of_its_equations() -> None:
    text = page()
    used = frozenset[str]().union(
        *(latex_equations(part).symbols for part in system().subsystems), hazard_equations().symbols
    )
    assert not [name for name in sorted(used) if f"| `{name}` |" not in text]
    assert text.count(r"\left(") == text.count(r"\right)")
    assert not [line for line in text.splitlines() if "nan" in line.split()]


def test_values_and_bases_are_those_of_the_data() -> None:
    known = parameters()["k_ab"]
    (row,) = (line for line in page().splitlines() if line.startswith("| `k_ab` |"))
    assert [cell.strip() for cell in row.split("|")[2:5]] == [known.meaning, f"`{known.unit}`", f"{known.value:g}"]
    assert known.basis.value in row

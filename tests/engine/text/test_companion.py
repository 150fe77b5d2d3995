"""States that relax fast: they are found by their structure, and stepped with order five however fast they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest

from lupercal.engine.graph.places import Places
from lupercal.engine.graph.relaxation import fast_first, relaxation_of
from lupercal.engine.graph.trace import Expression, Graph, Level, model_trace
from lupercal.engine.precision import PRECISIONS
from lupercal.engine.processor import choice, compiled
from lupercal.engine.task import Outcome, Task
from lupercal.engine.text import companion, tsit5
from lupercal.engine.text import fast_states as emit_companion
from lupercal.engine.text import numpy_text as emit_numpy
from lupercal.model.schedule import Amount, Schedule
from lupercal.model.system import System
from tests.engine.graph.test_trace import _values

A = np.array([[*row, *[0.0] * (tsit5.STAGES - len(row))] for row in tsit5.A])
B, C = A[-1], A.sum(axis=1)
STAGES = range(1, len(companion.SHARES))


def test_the_rates_of_the_model_are_gain_minus_loss() -> None:
    given, made = _values(), fast_first(model_trace())
    graph, count = made.trace.graph, len(made.relaxations)
    rates = emit_numpy.function(graph, made.trace.rates[:count])(given)
    gains = emit_numpy.function(graph, [relaxation.gain for relaxation in made.relaxations])(given)
    speeds = emit_numpy.function(graph, [relaxation.k for relaxation in made.relaxations])(given)
    for name, rate, gain, k in zip(made.trace.states, rates, gains, speeds, strict=False):
        assert np.allclose(gain - k * given[name], rate, rtol=1e-12, atol=1e-12 * np.abs(rate).max())


def test_fast_states_come_first_and_all_keep_their_rate() -> None:
    before, made = model_trace(), fast_first(model_trace())
    assert {"I6", "GC", "NU", "C3", "C4", "LD"} == set(made.trace.states[: len(made.relaxations)])
    assert dict(zip(before.states, before.rates, strict=True)) == dict(
        zip(made.trace.states, made.trace.rates, strict=True)
    )
    assert before.digest == model_trace().digest  # the trace itself is left as it was


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (lambda s, k, t: k * (t - s), 2.0),
        (lambda s, k, t: t - k * s, 2.0),
        (lambda s, k, t: -k * s, 2.0),
        (lambda s, k, t: k * (t + 3 - s) - 0.5 * s + t * s, 2.5),
        (lambda s, k, t: t - s, 1.0),
        (lambda s, k, t: -s, 1.0),
        (lambda s, k, t: k * s * (t - s), None),
        (lambda s, k, t: t - t * s, None),
        (lambda s, k, t: k * s, None),
        (lambda s, k, t: k / (1 + s), None),
    ],
)
def test_what_counts_as_relaxation(rate: Callable[..., Any], expected: float | None) -> None:
    graph = Graph()
    s, t = (Expression(graph, graph.symbol(name, Level.STATE)) for name in "st")
    traced = rate(s, Expression(graph, graph.symbol("k", Level.PARAMETER)), t).index
    found = relaxation_of(graph, "s", traced)
    if expected is None:
        assert found is None
        return
    assert found is not None
    given = {"s": 3.0, "k": 2.0, "t": 5.0}
    k, gain, value = emit_numpy.function(graph, (found.k, found.gain, traced))(given)
    assert (k, gain - k * given["s"]) == (expected, pytest.approx(value))


def test_the_end_has_the_nested_weights_of_the_pair() -> None:
    weights = np.array([[*row, 0.0] for row in companion.END])
    for power, wanted in enumerate((B, B @ A, B @ A @ A)):
        moment = sum(row * _integral(power, m) for m, row in enumerate(weights))
        assert np.allclose(moment, wanted, atol=1e-13)


def test_lines_of_the_stages_have_their_sums_and_slopes() -> None:
    for k in STAGES[1:]:
        level, slope = np.array(companion.LEVEL[k]), np.array(companion.SLOPE[k])
        assert np.allclose([level.sum(), slope.sum()], [1, 0], atol=1e-12)
        assert slope @ C[:k] == pytest.approx(C[k], abs=1e-12)
        assert np.allclose(C[k] * (level + slope / 2), A[k][:k], atol=1e-13)


def test_stages_keep_the_conditions_of_order_five() -> None:
    first = np.zeros_like(A)
    first[1, 0] = C[1] ** 2 / 2
    for k in STAGES[1:]:
        first[k, :k] = C[k] ** 2 * (np.array(companion.LEVEL[k]) / 2 + np.array(companion.SLOPE[k]) / 6)
    assert np.allclose([B @ first @ C**2, B @ first @ A @ C], [1 / 60, 1 / 120], atol=1e-14)


@pytest.mark.parametrize("k", [0.5, 3.0])
def test_coupled_states_converge_with_order_five(k: float) -> None:
    """A fast state and a slow one that drive each other, with fixed steps."""
    exact = _walk(k, 1280)
    errors = [np.abs(_walk(k, steps) - exact).max() for steps in (20, 40, 80)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert errors[-1] < 1e-7
    assert orders.min() > 4.6


def _integral(power: int, m: int) -> float:
    """Return the integral of (1 - x)^power / power! × x^m / m! from 0 to 1."""
    return 1.0 / float(np.prod(np.arange(1, power + m + 2)))


def _walk(k: float, steps: int) -> np.ndarray:
    """Return (fast, slow) at time 10: fast' = k × (slow² - fast), slow' = 0.3 - 0.4 × fast × slow."""
    h, y = 10.0 / steps, np.array([0.2, 1.5])
    for _ in range(steps):
        gains, slopes = np.zeros(tsit5.STAGES), np.zeros(tsit5.STAGES)
        for stage in range(tsit5.STAGES):
            slow = y[1] + h * A[stage] @ slopes
            fast = _fast(k, h, y[0], gains, stage)
            gains[stage], slopes[stage] = k * slow**2, 0.3 - 0.4 * fast * slow
        y = np.array([fast, slow])
    return y


def _fast(k: float, h: float, before: float, gains: np.ndarray, stage: int) -> float:
    if stage == 0:
        return before
    if stage == tsit5.STAGES - 1:
        q, share = np.array(companion.END) @ gains[:6], 1.0
    else:
        level, slope = np.array(companion.LEVEL[stage]), np.array(companion.SLOPE[stage] or [0.0])
        q, share = np.array([level @ gains[:stage], slope @ gains[: len(slope)], 0.0]), companion.SHARES[stage]
    phi = _phis(share * k * h)
    return float(before + share * h * (phi[0] * (q[0] - k * before) + phi[1] * q[1] + phi[2] * q[2]))


def _phis(x: float) -> list[float]:
    """Return phi_1 to phi_3 by their series."""
    found = []
    for m in (1, 2, 3):
        term = total = 1.0 / float(np.prod(np.arange(1, m + 1)))
        for n in range(1, 60):
            term *= -x / (n + m)
            total += term
        found.append(total)
    return found


@dataclass(frozen=True)
class _Model:
    """A model of one state that relaxes with k_i6 towards one that decays slowly, and what the engine asks for."""

    states: tuple[str, ...] = ("fast", "slow", "NU", "IG", "T4", "GC", "Z")
    parameters: tuple[str, ...] = ("k_i6", "k_z")
    inputs: tuple[str, ...] = ("uv", "ld", "ms", "gc", "ap", "hq", "cn")

    def rates(self, y: Mapping[str, Any], p: Mapping[str, Any], u: Mapping[str, Any]) -> dict[str, Any]:
        moving = {"fast": p["k_i6"] * (y["slow"] - y["fast"]), "slow": -p["k_z"] * y["slow"]}
        return moving | dict.fromkeys(self.states[2:], 0.0)


SPEEDS = np.array([0.0, 0.01, 0.3, 1.0, 7.0, 60.0, 1e3, 1e6])
DAYS = (1, 3, 10, 50, 99, 100)


def _task(start: tuple[float, float], decay: float = 0.02) -> Task:
    states = np.zeros((7, len(SPEEDS)))
    states[:2] = np.array(start)[:, None]
    given: dict[str, Amount] = {"k_i6": SPEEDS, "k_z": decay}
    return Task(states, given, {}, Schedule((), ()), 0, 100, DAYS, ("fast", "slow"))


class _Numbers:
    """The operations of a writer, on plain numbers."""

    def __init__(self, size: int) -> None:
        self.size = size  # bytes of the numbers written for

    def const(self, value: float) -> float:
        return value

    def neg(self, a: float) -> float:
        return -a

    def mul(self, a: float, b: float) -> float:
        return a * b

    def fma(self, a: float, b: float, c: float) -> float:
        return a * b + c

    def smaller(self, a: float, b: float) -> float:
        return min(a, b)

    def sub(self, a: float, b: float) -> float:
        return a - b

    def where(self, test: str, pair: tuple[float, float], yes: float, no: float) -> float:
        assert test == "<"
        return yes if pair[0] < pair[1] else no


def _phi(m: int, x: float) -> float:
    """Return phi_m of x, by its series for x below 1."""
    if x < 1:
        return sum((-x) ** n / math.factorial(n + m) for n in range(25))
    return -math.expm1(-x) / x if m == 1 else (1 / math.factorial(m - 1) - _phi(m - 1, x)) / x


@pytest.mark.parametrize(("size", "error"), [(8, 1e-10), (4, 3e-8)])
@pytest.mark.parametrize("z", [1e-6, 1e-3, 0.1, 1.0, 5.0, 20.0, 31.0, 33.0, 100.0, 1e6])
def test_phi_near_the_end_follows_from_that_at_the_end(z: float, size: int, error: float) -> None:
    written = emit_companion.Companion(cast(Any, _Numbers(size)), Places(0), (), 1.0, None)
    end = [_phi(m, z) for m in (1, 2)]
    for k, terms in written.terms.near_end.items():
        share = companion.SHARES[k]
        expected = [_phi(m, share * z) for m in (1, 2)]
        assert written.phis_near_end(z, end, share, terms) == pytest.approx(expected, rel=error)
        assert written.phis_near_end(z, end[:1], share, terms) == pytest.approx(expected[:1], rel=error)


@pytest.mark.parametrize(("size", "error"), [(8, 1e-10), (4, 3e-8)])
@pytest.mark.parametrize("z", [1e-6, 1e-3, 0.1, 0.2499, 0.2501, 1.0, 3.0, 7.0, 12.0, 31.0, 33.0, 1e3])
def test_phi_is_as_exact_as_the_numbers_it_is_made_for(z: float, size: int, error: float) -> None:
    written = emit_companion.Companion(cast(Any, _Numbers(size)), Places(0), (), 1.0, None)
    for count in (1, 2, 3):
        found = written._phis(z, 1 / max(z, emit_companion.SMALL), count)
        assert found == pytest.approx([_phi(m, z) for m in range(1, count + 1)], rel=64 * error)


@pytest.mark.parametrize("rtol", [1e-4, 1e-6, 1e-8])
def test_any_speed_is_right_to_the_tolerance(rtol: float) -> None:
    found = compiled.run(_task((5.0, 1.0)), cast(System, _Model()), rtol=rtol)
    day, k, d = np.array(DAYS)[:, None], SPEEDS, 0.02
    slow, lag = np.exp(-d * day), k / (k - d)
    exact = lag * slow + (5.0 - lag) * np.exp(-k * day)
    assert (found.outcome == Outcome.DONE).all()
    assert np.abs(found.states["fast"] - exact).max() < 100 * rtol


def test_what_rests_stays() -> None:
    found = compiled.run(_task((0.7, 0.7), decay=0.0), cast(System, _Model()))
    assert np.array_equal(found.states["slow"], np.full((len(DAYS), len(SPEEDS)), 0.7))
    assert np.abs(found.states["fast"] / 0.7 - 1).max() < 1e-12


def test_speed_costs_no_steps() -> None:
    task = _task((1.0, 1.0))
    engine = choice.engine_for(task, cast(System, _Model()), PRECISIONS["double"])
    made = compiled._Run(task, engine, 1e-5)
    made.course(threads=1)
    assert made.prepared.steps.max() < 60

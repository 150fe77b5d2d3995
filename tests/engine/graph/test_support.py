"""States that stay zero: found by rule from equations and task, and left out without moving a bit."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.engine.graph.rewrite import program
from lupercal.engine.graph.support import staying_zero, without
from lupercal.engine.graph.trace import model_trace
from lupercal.engine.precision import PRECISIONS
from lupercal.engine.processor import choice, compiled
from lupercal.engine.task import Course, Outcome, Task
from lupercal.engine.text import numpy_text
from lupercal.evidence.parameters import values
from lupercal.model.schedule import Bolus, Factor, InputChange, Schedule
from lupercal.model.system import no_inputs, system
from tests.engine.virtual import random_task

STATES = sorted(system().states)
INPUTS = sorted(no_inputs())
TRACE = model_trace()
PROGRAM = program(TRACE)
RATES = numpy_text.function(TRACE.graph, TRACE.rates)


@given(st.sets(st.sampled_from(STATES)), st.sets(st.sampled_from(INPUTS)), st.integers(0, 2**31))
def test_what_is_said_to_stay_zero_has_no_rate(states: set[str], inputs: set[str], seed: int) -> None:
    kept = staying_zero(PROGRAM, frozenset(states), frozenset(inputs))
    assert kept <= states
    draw = np.random.default_rng(seed).uniform
    numbers = {name: 0.0 if name in kept else draw(0, 9) for name in STATES}
    numbers |= {name: 0.0 if name in inputs else draw(0, 9) for name in INPUTS}
    rates = zip(TRACE.states, RATES(dict(values()) | numbers), strict=True)
    assert all(rate == 0.0 for name, rate in rates if name in kept)


def test_a_bolus_an_input_or_a_start_brings_a_state_to_life() -> None:
    task = random_task("taper and exchange", np.arange(3))
    states, inputs = choice.untouched(task, system().states)
    assert choice.dormant() <= states
    assert choice.rare_inputs() <= inputs
    touched = Schedule((InputChange(4, "ms", 1.0),), (Bolus(9, "BE", np.array([0.0, 0.0, 2.0])), Bolus(9, "AN", 0.0)))
    states, inputs = choice.untouched(replace(task, schedule=touched), system().states)
    assert "BE" not in states
    assert "AN" in states
    assert "ms" not in inputs
    factor = Schedule(factors=(Factor(1, "CE", 2.0), Factor(1, "CM", np.inf)))
    assert {"CE", "CM"} & choice.untouched(replace(task, schedule=factor), system().states)[0] == {"CE"}
    start = task.start.copy()
    start[system().states.index("R2"), 1] = 1e-9
    assert "R2" not in choice.untouched(replace(task, start=start), system().states)[0]
    assert "Z" not in choice.untouched(task, system().states)[0]  # triggers and infections may come


def test_a_smaller_program_keeps_the_order_of_what_moves() -> None:
    whole = PROGRAM
    less = without(whole, choice.dormant(), choice.rare_inputs())
    moving = less.trace.states[: len(less.rates)]
    assert set(less.trace.states[len(less.rates) :]) == choice.dormant()
    assert [name for name in whole.trace.states if name in moving] == list(moving)
    assert len(less.relaxing) < len(whole.relaxing)
    assert without(whole, frozenset(), frozenset()) is whole


def _bytes(course: Course) -> list[bytes]:
    arrays: list[np.ndarray] = [*course.states.values(), course.end, course.outcome, course.infections]
    return [array.tobytes() for array in arrays]


def _same_bits(task: Task) -> Course:
    """Integrate with all states and with those that move, and compare."""
    everything, less = frozenset[str](), choice.engine_for(task, None, PRECISIONS["double"])
    assert len(less.equations.program.rates) < len(STATES)
    whole = choice._shipped_with(choice.usually_common(), PRECISIONS["double"], everything, everything)
    found, expected = (compiled._Run(task, engine, 1e-5).course(1) for engine in (less, whole))
    assert _bytes(found) == _bytes(expected)
    return found


def test_without_them_a_life_on_background_drugs_has_the_same_bits() -> None:
    found = _same_bits(random_task("taper and exchange", np.arange(300), last_day=200))
    assert found.infections.sum() > 0
    assert (found.outcome == Outcome.DONE).all()


def test_patients_that_are_lost_are_lost_alike() -> None:
    task = random_task("taper and exchange", np.arange(12), last_day=30)
    assert task.triggers is not None
    triggers = np.array(task.triggers)
    triggers[20, 5], triggers[33, 8] = -50.0, 1e300
    found = _same_bits(replace(task, triggers=triggers))
    assert (found.outcome != Outcome.DONE).sum() == 2


@pytest.mark.parametrize("name", ["car_t", "belimumab"])
def test_what_is_usually_compared_is_integrated_without_all_the_rest(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "_asked", Counter())  # whatever this process has integrated before
    task = random_task(name, np.arange(40), last_day=60)
    assert choice._left_out(task) == choice.seldom()
    assert choice.seldom()[0] < choice.dormant()
    _same_bits(task)


@pytest.mark.slow  # two kernels to compile where none is kept
@pytest.mark.parametrize("name", ["car_t", "belimumab"])
def test_an_arm_without_some_therapies_has_the_same_bits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "PAYS", 0)
    _same_bits(random_task(name, np.arange(100), last_day=200))

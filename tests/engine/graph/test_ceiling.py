"""The ceiling of the risk of infection: never below the risk, and low enough to spare most looks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lupercal.engine.graph import ceiling
from lupercal.engine.graph.ceiling import RiskBounds, RiskCeiling
from lupercal.engine.graph.trace import model_trace
from lupercal.engine.processor import compiled
from lupercal.engine.task import Task
from lupercal.evidence.parameters import values
from lupercal.model.infection import weekly_risk
from lupercal.model.schedule import Bolus, Factor, InputChange, Schedule
from lupercal.model.subsystem import Names
from lupercal.model.system import no_inputs, system
from tests.engine.virtual import random_task

CEILING = RiskCeiling(model_trace())
AMOUNT = st.floats(0, 1000)


@given(AMOUNT, AMOUNT, AMOUNT, st.floats(0, 1), st.integers(0, 2**31))
def test_no_risk_lies_above(start: float, dose: float, bolus: float, share: float, seed: int) -> None:
    """Wherever a glucocorticoid level between its start and its dose stands, whatever all other states are."""
    draw = np.random.default_rng(seed)
    states = {name: draw.exponential(1.0) * draw.choice([1e-3, 1, 1e3]) for name in system().states}
    given_states = states | {"GC": start}
    parameters = {name: value * draw.uniform(0.3, 3) for name, value in values().items()}
    highest = no_inputs() | {"gc": dose}
    bounds = RiskBounds(parameters, given_states, {"GC": bolus}, highest, frozenset())
    level = start + share * (max(start, dose) - start) + bolus
    assert weekly_risk(Names(states | {"GC": level}), Names(parameters)) <= CEILING(bounds)


def test_the_ceiling_of_the_shipped_model_is_a_few_percent_and_none_where_a_level_is_unbounded() -> None:
    states = dict.fromkeys(system().states, 1.0)
    usual = RiskBounds(dict(values()), states, {}, no_inputs() | {"gc": 7.5}, frozenset())
    assert 0.001 < float(CEILING(usual)) < 0.1
    assert float(CEILING(replace(usual, unbounded=frozenset({"GC"})))) > 1


def _pulses(task: Task) -> Task:
    schedule = Schedule(
        (InputChange(10, "gc", np.linspace(0, 1250, task.size)), InputChange(13, "gc", 5.0)),
        (Bolus(40, "GC", np.linspace(0, 30, task.size)),),
        (Factor(60, "GC", 4.0),),
    )
    return replace(task, schedule=schedule)


@pytest.mark.parametrize("chance", [1.0, 0.05])
@pytest.mark.parametrize("pulses", [False, True])
def test_what_is_not_looked_at_would_not_have_struck(
    chance: float, pulses: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With pulses, a bolus and a factor above one, and with and without much luck: the same lives to the bit."""
    task = random_task("taper and exchange", np.arange(40), last_day=200)
    assert task.luck is not None
    task = replace(_pulses(task) if pulses else task, luck=task.luck * (5 * chance))
    found = compiled.run(task)
    monkeypatch.setattr(ceiling, "MARGIN", np.inf)  # now every mark is looked at
    expected = compiled.run(task)
    assert np.array_equal(found.infections, expected.infections)
    assert np.array_equal(found.end, expected.end)
    assert found.infections.sum() > 0 or chance == 1.0

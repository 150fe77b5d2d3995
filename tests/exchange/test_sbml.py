"""The exported model is valid SBML, agrees with its units, and gives the same course in another simulator."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from lupercal.engine.graph.quantities import disagreements, traced_quantity
from lupercal.engine.graph.trace import model_trace
from lupercal.engine.processor import compiled
from lupercal.engine.text.formula import formulas, known_names
from lupercal.errors import LupercalError
from lupercal.exchange.antimony import antimony
from lupercal.exchange.sbml import sbml
from lupercal.model.system import system
from tests.engine.virtual import SCHEDULES, random_task


def test_units_agree_in_every_equation() -> None:
    found = disagreements(model_trace(), system())
    assert not found


def test_quantities_are_read() -> None:
    assert traced_quantity("{AU}") == traced_quantity("/{AU}") == traced_quantity("1")
    assert traced_quantity("mg/L") == traced_quantity("g/m3")
    assert traced_quantity("mg/d") != traced_quantity("g/d")


def test_effects_and_signals_keep_their_names() -> None:
    text = formulas(model_trace(), known_names(model_trace(), system()))
    assert {"k19", "kR", "isg", "Ob"} <= text.assignments.keys()
    assert list(text.rates) == list(system().states)


def test_sbml_is_consistent() -> None:
    libsbml: Any = import_module("libsbml")
    document = libsbml.readSBMLFromString(sbml(random_task("car_t", np.arange(1), chance=False)))
    document.checkConsistency()
    found = [document.getError(k) for k in range(document.getNumErrors())]
    severe = [error.getMessage() for error in found if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR]
    assert severe == []
    assert bool(found) == bool(disagreements(model_trace(), system()))  # it complains of what we complain of


@pytest.mark.parametrize("name", SCHEDULES)
def test_an_independent_simulator_gives_the_same_course(name: str) -> None:
    roadrunner: Any = import_module("roadrunner")
    task = random_task(name, np.arange(3), last_day=730, chance=False)
    simulator = roadrunner.RoadRunner(sbml(task, patient=2))
    simulator.integrator.relative_tolerance = 1e-10
    simulator.integrator.absolute_tolerance = 1e-13
    simulator.integrator.maximum_num_steps = 100000
    simulator.timeCourseSelections = list(system().states)
    days = [day - task.first_day + 0.0 for day in task.record_days]
    found = compiled.run(task, rtol=1e-9)
    given = np.array(simulator.simulate(times=days))
    _compare(task.record_days, task.schedule, np.array([found.states[s][:, 2] for s in system().states]).T, given)


def _compare(days: tuple[int, ...], schedule: Any, ours: np.ndarray, theirs: np.ndarray) -> None:
    """Compare where no event falls on the day: the simulator records after its events, this engine before."""
    busy = {event.day for event in (*schedule.inputs, *schedule.boluses, *schedule.factors)}
    calm = [k for k, day in enumerate(days) if day not in busy]
    size = np.maximum(np.abs(ours), 1e-3 * np.abs(ours).max(axis=0)) + 1e-9
    assert (np.abs(theirs - ours) / size)[calm].max() < 1e-6


def test_antimony_holds_every_equation_and_dose() -> None:
    text = antimony(random_task("car_t", np.arange(1)))
    assert all(f"  {state}' = " in text for state in system().states)
    assert "at (time >= 30)" in text
    assert "CE = CE * 1.0 + 0.3" in text


def test_an_unknown_patient_is_refused() -> None:
    with pytest.raises(LupercalError, match="patients 0 to 0"):
        antimony(random_task("msc", np.arange(1)), patient=1)

"""One patient with absurd parameters among ten thousand has an outcome of its own; nobody else notices."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from lupercal.engine import reference, usable
from lupercal.engine.graph.trace import model_trace
from lupercal.engine.processor import compiled
from lupercal.engine.task import Course, Outcome, Task
from lupercal.evidence.parameters import parameters
from lupercal.model.system import system
from tests.engine.ensemble import only
from tests.engine.virtual import random_task

SIZE = 10_000
ABSURD = 4_711  # the patient's place
OTHERS = np.delete(np.arange(SIZE), ABSURD)

UNUSED = next(name for name in parameters() if name not in model_trace().parameters)  # by the engine; read-outs use it

# what is absurd: parameter, value, and the outcomes that say so
PARAMETERS: dict[str, tuple[str, float, set[Outcome]]] = {
    "a huge rate": ("d_bt", 1e12, {Outcome.STEP_LIMIT}),
    "a huge growth": ("p_am", 1e6, {Outcome.OUT_OF_BOUNDS, Outcome.STEP_LIMIT}),
    "no number": ("k_ld", np.nan, {Outcome.NOT_FINITE}),
    "no number for a level": ("T4s", np.nan, {Outcome.NOT_FINITE}),
    "infinite": ("d_pb", np.inf, {Outcome.NOT_FINITE}),
    "minus infinity": ("p_bt", -np.inf, {Outcome.NOT_FINITE}),
    "a negative half-saturation": ("am_cap", -0.6, {Outcome.NOT_USABLE}),
    "no number for what no equation uses": (UNUSED, np.nan, {Outcome.NOT_FINITE}),
    "a level out of bounds": ("T4s", 1e12, {Outcome.OUT_OF_BOUNDS}),
    "overflow": ("p_am", 1e300, {Outcome.NOT_FINITE}),
}


@cache
def healthy() -> Task:
    """Return ten thousand patients around a cell infusion, with triggers and chance of infection."""
    return replace(random_task("msc", np.arange(SIZE), last_day=7), record=("AM", "DN", "NU", "IG"))


@cache
def without() -> list[bytes]:
    """Return the course of all but one patient, who is not there."""
    return contents(compiled.run(only(healthy(), OTHERS), threads=1), slice(None))


def contents(course: Course, members: np.ndarray | slice) -> list[bytes]:
    """Return all bytes of some patients' course."""
    arrays: list[np.ndarray] = [course.end, course.infections, course.outcome, *course.states.values()]
    return [np.ascontiguousarray(array[..., members]).tobytes() for array in arrays]


def with_parameter(name: str, value: float) -> Task:
    """Return the ten thousand with one parameter of one patient changed."""
    values = np.array(np.broadcast_to(healthy().parameters[name], (SIZE,)), np.float64)
    values[ABSURD] = value
    return replace(healthy(), parameters={**healthy().parameters, name: values})


def outcome_of_the_absurd(course: Course) -> Outcome:
    """Return the outcome, after a look at what else is said of the patient."""
    assert np.isnan(course.end[:, ABSURD]).all()
    assert all(np.isnan(values[-1, ABSURD]) for values in course.states.values())
    return Outcome(course.outcome[ABSURD])


@pytest.mark.parametrize("what", PARAMETERS)
def test_an_absurd_parameter_has_an_outcome_and_no_influence(what: str) -> None:
    name, value, allowed = PARAMETERS[what]
    found = compiled.run(with_parameter(name, value), threads=2)
    assert outcome_of_the_absurd(found) in allowed
    assert contents(found, OTHERS) == without()


def test_a_state_that_relaxes_however_fast_follows_its_gain() -> None:
    found = compiled.run(with_parameter("k_nu", 1e12), threads=2)
    usual = compiled.run(healthy(), threads=2)
    assert found.outcome[ABSURD] == Outcome.DONE
    assert found.states["NU"][-1, ABSURD] == pytest.approx(usual.states["NU"][-1, ABSURD], rel=0.05)
    assert contents(found, OTHERS) == without()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_absurd_start_has_an_outcome_and_no_influence(value: float) -> None:
    start = healthy().start.copy()
    start[3, ABSURD] = value
    found = compiled.run(replace(healthy(), start=start), threads=2)
    assert outcome_of_the_absurd(found) in {Outcome.NOT_FINITE, Outcome.OUT_OF_BOUNDS}
    assert contents(found, OTHERS) == without()


@pytest.mark.parametrize("value", [np.nan, 1e300])
def test_an_absurd_trigger_has_an_outcome_and_no_influence(value: float) -> None:
    assert healthy().triggers is not None
    triggers = np.array(healthy().triggers)
    triggers[10, ABSURD] = value
    found = compiled.run(replace(healthy(), triggers=triggers), threads=2)
    assert outcome_of_the_absurd(found) in {Outcome.NOT_FINITE, Outcome.OUT_OF_BOUNDS}
    assert contents(found, OTHERS) == without()


@pytest.mark.parametrize(("batch", "threads"), [(997, 1), (4_096, 2), (4_096, 16), (SIZE, 1), (SIZE, 16)])
def test_batches_and_threads_let_nobody_notice(batch: int, threads: int) -> None:
    task = with_parameter("d_pb", np.inf)
    parts = [
        compiled.run(only(task, np.arange(first, min(first + batch, SIZE))), threads=threads)
        for first in range(0, SIZE, batch)
    ]
    whole = Course(
        parts[0].days,
        {name: np.concatenate([part.states[name] for part in parts], axis=-1) for name in task.record},
        np.concatenate([part.end for part in parts], axis=-1),
        np.concatenate([part.outcome for part in parts]),
        np.concatenate([part.infections for part in parts], axis=-1),
    )
    assert outcome_of_the_absurd(whole) is Outcome.NOT_FINITE
    assert contents(whole, OTHERS) == without()


def test_without_absurdity_everybody_is_done() -> None:
    outcomes = compiled.run(healthy()).outcome
    assert (outcomes == Outcome.DONE).all()


def test_the_neighbours_of_many_absurd_patients_do_not_notice() -> None:
    """Every eighth patient is absurd, so that each vector of lanes holds one."""
    values = np.array(np.broadcast_to(healthy().parameters["d_pb"], (SIZE,)), np.float64)
    values[::8] = np.nan
    fine = np.flatnonzero(np.arange(SIZE) % 8)
    found = compiled.run(replace(healthy(), parameters={**healthy().parameters, "d_pb": values}))
    assert (found.outcome[::8] == Outcome.NOT_FINITE).all()
    assert contents(found, fine) == contents(compiled.run(healthy()), fine)


def negated(name: str) -> Task:
    """Return forty patients in whom a parameter has the wrong sign."""
    task = only(healthy(), np.arange(40))
    return replace(task, parameters={**task.parameters, name: -np.asarray(task.parameters[name])})


def both(task: Task) -> tuple[Course, Course]:
    """Return the answers of both engines."""
    return compiled.run(task), reference.run(task)


@pytest.mark.parametrize("name", ["IG0", "PL0", "T4s", "lam4", "d_bt", UNUSED])
def test_parameters_of_the_wrong_sign_are_not_usable(name: str) -> None:
    for course in both(negated(name)):
        assert (course.outcome == Outcome.NOT_USABLE).all()
        assert np.isnan(course.end).all()
        assert all(np.isnan(values).all() for values in course.states.values())
        assert not course.infections.any()


@pytest.mark.parametrize(("name", "state"), [("IG0", "IG"), ("PL0", "PL")])
def test_negative_levels_drive_states_below_zero_in_both_engines(
    name: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If nobody looked at signs each of these patients would end, but for a few that are still on their way down.

    They start low: with a negative IG0 a high IgG is lost at a negative rate and rises.
    """
    monkeypatch.setattr(usable, "never_negative", frozenset)
    task = negated(name)
    start = task.start.copy()
    start[system().states.index(state)] *= 0.25
    ours, theirs = both(replace(task, start=start))
    assert np.array_equal(ours.outcome, theirs.outcome)
    assert np.mean(ours.outcome == Outcome.OUT_OF_BOUNDS) > 0.9


@pytest.mark.parametrize(("factor", "outcome"), [(-1.0, Outcome.NOT_USABLE), (np.nan, Outcome.NOT_FINITE)])
def test_what_the_schedule_makes_of_parameters_is_looked_at(factor: float, outcome: Outcome) -> None:
    task = only(healthy(), np.arange(3))
    scaled = replace(task.schedule, scales={"d_pb": factor})
    for course in both(replace(task, schedule=scaled)):
        assert (course.outcome == outcome).all()


def test_inputs_are_looked_at() -> None:
    task = only(healthy(), np.arange(4))
    doses = np.array([5.0, -5.0, np.nan, 0.0])
    for course in both(replace(task, inputs={**task.inputs, "gc": doses})):
        assert course.outcome.tolist() == [Outcome.DONE, Outcome.NOT_USABLE, Outcome.NOT_FINITE, Outcome.DONE]


def test_negative_starts_are_out_of_bounds_but_for_rounding() -> None:
    task = only(healthy(), np.arange(4))
    start, at_zero = task.start.copy(), task.start.copy()
    start[2] = [-1.0, -1e-6, -1e-14, 0.0]
    at_zero[2] = 0.0
    for course, expected in zip(both(replace(task, start=start)), both(replace(task, start=at_zero)), strict=True):
        assert course.outcome.tolist() == [Outcome.OUT_OF_BOUNDS, Outcome.OUT_OF_BOUNDS, Outcome.DONE, Outcome.DONE]
        assert np.isnan(course.states["AM"][0, :2]).all()
        assert contents(course, slice(2, 4)) == contents(expected, slice(2, 4))

"""The compiled engine answers as the reference engine and as SciPy do, and a patient's answer is its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lupercal.engine import reference
from lupercal.engine.processor import choice, compiled
from lupercal.engine.task import Course, Outcome, Task
from lupercal.errors import LupercalError
from lupercal.model.schedule import Bolus, InputChange, Schedule
from lupercal.model.system import system
from tests.engine.virtual import SCHEDULES, exact_course, largest_error, random_task, recorded

EVERYONE = np.arange(100)


def _same_bytes(a: Course, b: Course) -> bool:
    def texts(course: Course) -> list[bytes]:
        arrays: list[np.ndarray] = [course.end, course.outcome, course.infections, *course.states.values()]
        return [array.tobytes() for array in arrays]

    return texts(a) == texts(b)


def _columns(course: Course, which: np.ndarray | slice) -> Course:
    states = {name: np.ascontiguousarray(values[:, which]) for name, values in course.states.items()}
    end, infections = np.ascontiguousarray(course.end[:, which]), np.ascontiguousarray(course.infections[:, which])
    return Course(course.days, states, end, np.ascontiguousarray(course.outcome[which]), infections)


@pytest.mark.parametrize("name", SCHEDULES)
def test_it_agrees_with_the_reference_engine(name: str) -> None:
    task = random_task(name, np.arange(5), last_day=70)
    found, expected = compiled.run(task), reference.run(task)
    assert np.array_equal(found.days, expected.days)
    assert np.array_equal(found.infections, expected.infections)
    assert np.array_equal(found.outcome, expected.outcome)
    assert largest_error(recorded(found.states), recorded(expected.states)) < 2e-4
    assert np.allclose(found.end, expected.end, rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("name", SCHEDULES)
def test_it_agrees_with_scipy(name: str) -> None:
    task = random_task(name, np.arange(8), chance=False, last_day=170)
    found = recorded(compiled.run(task).states)
    exact = exact_course(task, patient=3)
    assert largest_error(found[:, :, 3:4], exact[:, :, None]) < 1e-4


def test_a_tighter_tolerance_gives_a_smaller_error() -> None:
    task = random_task("car_t", np.arange(1), chance=False, last_day=60)
    exact = exact_course(task, 0)[:, :, None]
    errors = [largest_error(recorded(compiled.run(task, rtol=rtol).states), exact) for rtol in (1e-4, 1e-6, 1e-8)]
    assert errors[0] < 3e-4
    assert errors[1] < 3e-6
    assert errors[2] < 3e-8


def test_batches_order_and_threads_do_not_change_a_byte() -> None:
    whole = compiled.run(random_task("car_t", EVERYONE), threads=1)
    for size in (1, 7):
        parts = [compiled.run(random_task("car_t", EVERYONE[k : k + size])) for k in range(0, 21, size)]
        for k, part in enumerate(parts):
            assert _same_bytes(part, _columns(whole, slice(k * size, k * size + size)))
    order = np.random.default_rng(5).permutation(100)
    assert _same_bytes(compiled.run(random_task("car_t", order)), _columns(whole, order))


def test_a_parameter_in_which_patients_rarely_differ_changes_no_byte_of_the_others() -> None:
    task = random_task("car_t", EVERYONE[:20], last_day=60)
    name = "k_i6"
    assert name in choice.usually_common()
    own = np.full(20, float(np.ravel(task.parameters[name])[0]))
    own[7] *= 1.5
    found, expected = compiled.run(replace(task, parameters={**task.parameters, name: own})), compiled.run(task)
    others = np.delete(np.arange(20), 7)
    assert _same_bytes(_columns(found, others), _columns(expected, others))
    assert not _same_bytes(_columns(found, slice(7, 8)), _columns(expected, slice(7, 8)))


def test_threads_do_not_change_a_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "BATCH", 16)
    task = random_task("ahsct", EVERYONE)
    assert _same_bytes(compiled.run(task, threads=1), compiled.run(task, threads=2))


def test_one_absurd_patient_leaves_the_others_alone() -> None:
    task = random_task("car_t", EVERYONE)
    strange = {
        name: np.array(np.broadcast_to(task.parameters[name], (100,))) for name in ("p_am", "k_ld", "T4s", "d_pb")
    }
    strange["p_am"][3], strange["k_ld"][17], strange["T4s"][40], strange["d_pb"][71] = 1e300, np.nan, 1e12, 1e14
    found = compiled.run(replace(task, parameters={**task.parameters, **strange}))
    ill = np.array([3, 17, 40, 71])
    fine = np.setdiff1d(EVERYONE, ill)
    assert {Outcome(code) for code in found.outcome[ill]} <= {
        Outcome.NOT_FINITE, Outcome.OUT_OF_BOUNDS, Outcome.STEP_LIMIT
    }  # fmt: skip
    assert (found.outcome[fine] == Outcome.DONE).all()
    assert np.isnan(recorded(found.states)[:, -1, ill]).all()
    assert np.isnan(found.end[:, ill]).all()
    assert _same_bytes(_columns(found, fine), _columns(compiled.run(task), fine))


def test_amounts_may_differ_between_patients() -> None:
    amounts = np.array([0.0, 100.0, 300.0])
    schedule = Schedule(
        (InputChange(3, "gc", np.array([0.0, 20.0, 7.5])),), (Bolus(0, "R2", amounts),), scales={"kr_t": 2.0}
    )
    task = replace(random_task("msc", np.arange(3), last_day=60), schedule=schedule)
    found, expected = compiled.run(task), reference.run(task)
    assert largest_error(recorded(found.states), recorded(expected.states)) < 2e-4
    assert found.states["R2"][task.record_days.index(1)] == pytest.approx(
        amounts * np.exp(-task.parameters["k_r2"]), rel=1e-4
    )


def test_daily_records_cost_few_steps() -> None:
    sparse = replace(random_task("belimumab", np.arange(20)), record_days=(365,))
    daily = replace(sparse, record_days=tuple(range(0, 200)))
    assert _same_bytes(replace_states(compiled.run(sparse)), replace_states(compiled.run(daily)))


def replace_states(course: Course) -> Course:
    """Return a course without its records: recording must not change where the integration ends."""
    return replace(course, states={})


def test_a_task_without_days_returns_its_start() -> None:
    task = replace(random_task("msc", np.arange(3), chance=False), last_day=-30, record_days=(-30,))
    found = compiled.run(task)
    assert np.array_equal(found.end, task.start)
    assert np.array_equal(recorded(found.states)[:, 0], task.start)


def test_no_patients_no_course() -> None:
    task = random_task("msc", np.arange(0))
    assert compiled.run(task).end.shape == (len(system().states), 0)


def test_a_missing_parameter_is_named() -> None:
    task = random_task("msc", np.arange(2))
    given = {name: value for name, value in task.parameters.items() if name != "k_ab"}
    with pytest.raises(LupercalError, match="k_ab"):
        compiled.run(replace(task, parameters=given))


def test_infections_need_no_parameters_when_there_is_no_luck() -> None:
    task: Task = random_task("msc", np.arange(2), chance=False)
    given = {name: value for name, value in task.parameters.items() if not name.startswith("h_")} | {
        name: task.parameters[name] for name in ("h_nu", "h_pl", "h_hb", "h_dm")
    }
    assert (compiled.run(replace(task, parameters=given)).outcome == Outcome.DONE).all()


@pytest.mark.parametrize("name", ["start", "triggers", "luck"])
def test_arrays_of_the_wrong_shape_are_refused(name: str) -> None:
    task = random_task("msc", np.arange(3), last_day=10)
    short: dict[str, Any] = {name: np.array(getattr(task, name))[:-1]}
    with pytest.raises(LupercalError, match=name):
        compiled.run(replace(task, **short))

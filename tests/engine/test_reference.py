"""The reference engine: right against SciPy, and nobody's result depends on who is computed beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lupercal.engine.reference import LONG_STEPS_PER_DAY, SHORT_STEPS_PER_DAY, run, steps_on
from lupercal.engine.task import Course, Outcome
from lupercal.model.schedule import Bolus, Factor, InputChange, Schedule
from lupercal.model.system import system
from tests.engine.ensemble import FIVE_THERAPIES, largest_error, only, scipy_course, task

QUICK = "msc"  # one of five guards the kind where time is short


@pytest.mark.parametrize(
    "therapy", [each if each == QUICK else pytest.param(each, marks=pytest.mark.slow) for each in FIVE_THERAPIES]
)
def test_ten_virtual_patients_agree_with_scipy(therapy: str) -> None:
    whole = task(therapy, size=10, last=120)
    assert largest_error(run(whole), scipy_course(whole)) < 1e-4


@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.slow), 7])
def test_results_have_the_same_bits_in_any_chunk(size: int) -> None:
    whole = task("cd19", size=9, last=0)
    together = run(whole)
    for first in range(0, 9, size):
        part = run(only(whole, slice(first, min(first + size, 9))))
        for name, states in part.states.items():
            assert np.array_equal(states, together.states[name][:, first : first + size])


def test_results_do_not_depend_on_order() -> None:
    whole, order = task("msc", size=9, last=20), np.random.default_rng(1).permutation(9)
    assert np.array_equal(run(only(whole, order)).end, run(whole).end[:, order])


def test_one_absurd_patient_gets_a_named_outcome_and_changes_nobody() -> None:
    whole = task("cd19", size=7, last=15)
    absurd = dict(whole.parameters) | {"rho": np.where(np.arange(7) == 5, 1e12, whole.parameters["rho"])}
    healthy, spoilt = run(whole), run(replace(whole, parameters=absurd))
    others = np.arange(7) != 5
    assert spoilt.outcome[5] in (Outcome.NOT_FINITE, Outcome.OUT_OF_BOUNDS)
    assert np.isnan(spoilt.states["CE"][-1, 5])
    assert (spoilt.outcome[others] == Outcome.DONE).all()
    assert np.array_equal(spoilt.end[:, others], healthy.end[:, others])


def test_every_outcome_says_what_to_do() -> None:
    assert all(len(code.sentence) > 5 for code in Outcome)


def empty(schedule: Schedule, days: tuple[int, ...], **changes: object) -> Course:
    last = max(*days, -18)  # no longer than is looked at
    base = replace(task("msc", size=2, last=last, triggers=False), schedule=schedule, record_days=days)
    return run(replace(base, **changes))  # type: ignore[arg-type]


def test_a_visit_sees_the_state_before_the_dose_of_its_day() -> None:
    course = empty(Schedule(boluses=(Bolus(0, "BE", 100.0),)), (0, 1))
    assert course.states["BE"][0] == pytest.approx(0.0)
    decay = np.exp(-system_value("k_be"))
    assert course.states["BE"][1] == pytest.approx(100.0 * decay, rel=1e-6)


def system_value(name: str) -> float:
    from lupercal.evidence.parameters import values

    return values()[name]


def test_on_one_day_factors_multiply_before_boluses_add() -> None:
    schedule = Schedule(boluses=(Bolus(0, "BE", 10.0), Bolus(1, "BE", 7.0)), factors=(Factor(1, "BE", 0.0),))
    course = empty(schedule, (2,))
    assert course.states["BE"][0] == pytest.approx(7.0 * np.exp(-system_value("k_be")), rel=1e-6)


def test_two_boluses_on_one_day_add_up() -> None:
    two = empty(Schedule(boluses=(Bolus(0, "BE", 3.0), Bolus(0, "BE", 4.0))), (10,))
    one = empty(Schedule(boluses=(Bolus(0, "BE", 7.0),)), (10,))
    assert np.array_equal(two.states["BE"], one.states["BE"])


def test_a_change_before_the_first_day_holds_and_an_earlier_bolus_is_ignored() -> None:
    schedule = Schedule((InputChange(-300, "hq", 0.0),), (Bolus(-300, "BE", 50.0),))
    course = empty(schedule, (25,))
    assert course.states["BE"][0].max() == 0.0
    untouched = empty(Schedule((InputChange(-20, "hq", 0.0),)), (25,))
    assert np.array_equal(course.states["HQ"], untouched.states["HQ"])


def test_doses_may_differ_between_patients() -> None:
    course = empty(Schedule(boluses=(Bolus(0, "BE", np.array([10.0, 20.0])),)), (5,))
    assert course.states["BE"][0, 1] == pytest.approx(2 * course.states["BE"][0, 0])


def test_an_infection_is_a_trigger() -> None:
    struck = empty(Schedule(), (-19,), luck=np.zeros((8, 2)))
    spared = empty(Schedule(), (-19,), luck=np.ones((8, 2)))
    assert struck.infections[0].tolist() == [1.0, 1.0]
    assert spared.infections.sum() == 0
    assert (struck.states["Z"][0] > spared.states["Z"][0]).all()


def test_steps_depend_on_the_schedule_alone() -> None:
    schedule = Schedule(boluses=(Bolus(5, "R2", 1.0), Bolus(2, "BE", 1.0)))
    steps = steps_on(range(0, 50), schedule, system())
    assert steps[4] == LONG_STEPS_PER_DAY
    assert steps[5:35] == [SHORT_STEPS_PER_DAY] * 30
    assert steps[35] == LONG_STEPS_PER_DAY

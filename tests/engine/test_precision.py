"""Single precision answers as double precision does, to the digits it has, and keeps the engine's other promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lupercal.engine.choose import integrate
from lupercal.engine.processor import compiled
from lupercal.engine.task import Course, Outcome
from tests.engine.ensemble import FIVE_THERAPIES, largest_error, task
from tests.engine.virtual import SCHEDULES, random_task
from tests.engine.virtual import largest_error as largest
from tests.engine.virtual import recorded as states_of


def _bytes(course: Course, which: slice = slice(None)) -> list[bytes]:
    arrays = [course.end, course.infections, *course.states.values()]
    return [np.ascontiguousarray(array[:, which]).tobytes() for array in arrays]


@pytest.mark.parametrize("therapy", FIVE_THERAPIES)
def test_it_agrees_with_a_tight_tolerance_over_two_years(therapy: str) -> None:
    whole = task(therapy, size=32, last=730)
    exact = compiled.run(whole, rtol=1e-9)
    found = compiled.run(whole, precision="single")
    assert (found.outcome == Outcome.DONE).all()
    assert 1e-7 < largest_error(found, dict(exact.states)) < 1e-4


@pytest.mark.parametrize("name", SCHEDULES)
def test_it_agrees_with_double_precision(name: str) -> None:
    given = random_task(name, np.arange(16), chance=False)
    found, expected = compiled.run(given, precision="single"), compiled.run(given)
    assert largest(states_of(found.states), states_of(expected.states)) < 2e-4  # each may be off by 1e-4


@pytest.mark.parametrize("therapy", FIVE_THERAPIES)
def test_the_engine_for_screening_is_right_to_a_thousandth(therapy: str) -> None:
    whole = task(therapy, size=32, last=730)
    exact = compiled.run(whole, rtol=1e-9)
    assert 1e-5 < largest_error(integrate(whole, "screen"), dict(exact.states)) < 1e-3


def test_batches_do_not_change_a_byte() -> None:
    whole = compiled.run(random_task("car_t", np.arange(40), last_day=120), precision="single")
    for first in (0, 13):
        part = compiled.run(random_task("car_t", np.arange(first, first + 7), last_day=120), precision="single")
        assert _bytes(part) == _bytes(whole, slice(first, first + 7))


def test_one_absurd_patient_leaves_the_others_alone() -> None:
    given = random_task("car_t", np.arange(20), last_day=60)
    strange = {name: np.array(np.broadcast_to(given.parameters[name], (20,))) for name in ("k_ld", "d_pb")}
    strange["k_ld"][3], strange["d_pb"][17] = np.nan, 1e14
    found = compiled.run(replace(given, parameters={**given.parameters, **strange}), precision="single")
    assert np.flatnonzero(found.outcome != Outcome.DONE).tolist() == [3, 17]
    assert _bytes(found, slice(4, 17)) == _bytes(compiled.run(given, precision="single"), slice(4, 17))

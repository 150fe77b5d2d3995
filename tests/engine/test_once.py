"""What is worked out once for people who live on: the same bytes as anew for every stretch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lupercal.engine.choose import integrate
from lupercal.engine.task import Once, Task
from tests.engine.virtual import random_task


def _later(task: Task) -> Task:
    return replace(task, first_day=56, last_day=112, triggers=None, luck=None)


def test_tasks_that_share_what_is_made_once_answer_as_if_alone() -> None:
    whole = random_task("car_t", np.arange(12), last_day=112, chance=False)
    whole = replace(whole, triggers=None, luck=None)
    first = replace(whole, last_day=56)
    once = Once()
    for task in (first, _later(whole)):
        alone, together = integrate(task), integrate(replace(task, once=once))
        assert together.end.tobytes() == alone.end.tobytes()
        assert all(together.states[name].tobytes() == alone.states[name].tobytes() for name in alone.states)


def test_something_is_made_at_its_first_need_only() -> None:
    once, made = Once(), list[int]()
    assert [once.get("a", lambda: made.append(1) or len(made)) for _ in range(3)] == [1, 1, 1]  # type: ignore[func-returns-value]

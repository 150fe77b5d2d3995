"""Doses are kept by spans of days; what is written and read is what a table of every day would hold."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lupercal.course.dose_book import DoseBook
from lupercal.course.plan import DrugPlan
from lupercal.model.schedule import InputChange, Schedule

FIRST, LAST, PEOPLE = 10, 60, 3
Days = st.integers(0, 70)
Writes = st.lists(st.tuples(Days, Days, st.sets(st.integers(0, 2)), st.sampled_from([0.0, 5.0, 20.0])), max_size=12)


@given(Writes, st.lists(st.tuples(Days, st.sampled_from([2.5, 7.5])), max_size=3), st.integers(FIRST, 70))
def test_spans_of_days_hold_what_a_row_for_every_day_would(
    writes: list[tuple[int, int, set[int], float]], planned: list[tuple[int, float]], until: int
) -> None:
    changes = tuple(InputChange(day, "gc", dose) for day, dose in sorted(planned))
    plan = DrugPlan({"gc": 1.0}, Schedule(inputs=changes))
    book, days = DoseBook(plan, FIRST, LAST, PEOPLE, until), np.arange(FIRST, LAST + 1)
    daily = plan.level("gc", days, PEOPLE)
    for day, end, people, dose in writes:
        who = np.array(sorted(people), np.intp)
        book.write("gc", book.rows("gc", day, end), who, np.full(len(who), dose))
        daily[np.ix_((days >= day) & (days < min(end, until)), who)] = dose
    assert np.array_equal([book.now("gc", int(day)) for day in days], daily)
    assert np.array_equal(book.plan_from(FIRST, LAST + 1).level("gc", days, PEOPLE), daily)


@given(st.lists(st.tuples(Days, st.sampled_from([2.5, 7.5])), max_size=5), st.lists(Days, max_size=6))
def test_a_level_is_what_the_newest_change_says(planned: list[tuple[int, float]], days: list[int]) -> None:
    plan = DrugPlan({"gc": 1.0}, Schedule(inputs=tuple(InputChange(day, "gc", dose) for day, dose in planned)))
    expected = []
    for day in days:
        dose = 1.0
        for when, changed in sorted(planned, key=lambda one: one[0]):
            dose = changed if when <= day else dose
        expected.append([dose] * 2)
    assert plan.level("gc", np.array(days, np.int64), 2).tolist() == expected

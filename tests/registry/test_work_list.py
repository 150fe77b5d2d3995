"""The work list says for many what follow-up says for each."""

from __future__ import annotations

import datetime as dt

import pytest

import lupercal as lp
from lupercal.patient.cases import case_names
from lupercal.programmes.registry import programmes
from lupercal.registry.opened import Registry
from lupercal.registry.refusals import RefusedError
from lupercal.registry.work_list import WorkItem, work_list

FIVE = ("erlangen", "ozek.msc", "sheba", "celltex", "gencell.msc_3_days")
LATER = (-40, -10, 0, 5, 16, 45, 100, 200, 400, 1300)


def planned_cases(registry: Registry) -> list[tuple[str, str, dt.date]]:
    """Take every case into a programme; return id, programme and day 0 of those whom safety lets in."""
    made = []
    for count, case in enumerate(case_names()):
        given = lp.read_patient(case)
        start = dt.date.fromisoformat(given.reference_date or "2024-02-29")
        programme = FIVE[count % len(FIVE)]
        head = registry.patients.enrol(given, by="clerk", on=start)
        try:
            registry.plans.make(head.id, programme, start, by="clerk")
        except RefusedError:
            continue
        made.append((head.id, programme, start))
    return made


def told(items: tuple[WorkItem, ...], patient: str, *kinds: str) -> set[tuple[str, str]]:
    return {(one.kind, one.item) for one in items if one.patient == patient and one.kind in kinds}


def test_it_says_what_follow_up_says_of_each_patient(on_file: Registry) -> None:
    made = planned_cases(on_file)
    assert {programme for _, programme, _ in made} == set(FIVE)
    for turn, one in enumerate(made):
        agrees_with_follow_up(on_file, *one, LATER[(3 * turn + 2) % len(LATER)])


@pytest.mark.slow
def test_it_says_what_follow_up_says_on_ten_dates(on_file: Registry) -> None:
    for one in planned_cases(on_file):
        for days in LATER:
            agrees_with_follow_up(on_file, *one, days)


def agrees_with_follow_up(registry: Registry, patient: str, programme: str, start: dt.date, days: int) -> None:
    today = start + dt.timedelta(days=days)
    items = work_list(registry.memory, today).items
    each = lp.follow_up(registry.patients.whole(patient), programme, today, start=start).follow_up
    states = {"due": "due", "overdue": "overdue", "done, incomplete": "incomplete"}
    visits = {one.item for one in each.visits}
    expected = {(states[one.state], one.item) for one in each.visits if one.state in states}
    assert {one for one in told(items, patient, *states.values()) if one[1] in visits} == expected
    assert told(items, patient, "alert") == {("alert", one.id) for one in each.alerts if one.current}
    ahead = {one.item for one in each.agenda}
    assert {item for _, item in told(items, patient, "due", "ahead")} - visits >= ahead - visits


def test_what_is_marked_is_due_no_more(on_file: Registry) -> None:
    patient, _, start = planned_cases(on_file)[0]
    today = start + dt.timedelta(days=10)
    before = told(work_list(on_file.memory, today).items, patient, "overdue")
    assert before
    plan = on_file.plans.current(patient)
    assert plan is not None
    for task in on_file.plans.tasks_of(plan.id):
        if ("overdue", task.item) in before:
            on_file.plans.mark(task, "done", by="nurse", on=today)
    assert not told(work_list(on_file.memory, today).items, patient, "overdue")
    moved = on_file.plans.move_start(plan, start + dt.timedelta(days=7), by="dr a", why="infection")
    kept = {one.item for one in on_file.plans.tasks_of(moved.id) if one.state == "done"}
    assert kept == {item for _, item in before}
    first = on_file.plans.tasks_of(plan.id)[0]
    assert on_file.plans.tasks_of(moved.id)[0].date == (first.date or today) + dt.timedelta(days=7)


def test_closed_and_unplanned_patients_are_not_in_it(on_file: Registry) -> None:
    made = planned_cases(on_file)
    patient, programme, start = made[0]
    today = start + dt.timedelta(days=400)
    assert work_list(on_file.memory, today).patients == len(made)
    assert work_list(on_file.memory, today, programmes_id(programme)).patients < len(made)
    on_file.journey.move(patient, "closed", by="dr a", why="moved to another country")
    assert patient not in {one.patient for one in work_list(on_file.memory, today).items}


def programmes_id(name: str) -> str:
    return next(key for key in programmes() if key.startswith(name))


@pytest.mark.slow
def test_ten_thousand_patients(on_file: Registry) -> None:
    """Made by copying rows, then looked at on one day: every patient has the same list as the first."""
    from tests.registry.crowd import crowd

    names = crowd(on_file, 10_000)
    found = work_list(on_file.memory, dt.date(2026, 6, 1))
    assert found.patients == 10_000
    by_patient: dict[str, set[tuple[str, str]]] = {}
    for one in found.items:
        by_patient.setdefault(one.patient, set()).add((one.kind, one.item))
    assert len(by_patient) == 10_000
    assert by_patient[names[0]] == by_patient[names[-1]]

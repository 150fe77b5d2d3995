"""The kept work list equals the one made anew, whatever was written in between; names are found as they stand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import lupercal as lp
from lupercal.registry.erasure import erase
from lupercal.registry.listing import names_of
from lupercal.registry.opened import Registry
from lupercal.registry.records import Identity
from lupercal.registry.work_desk import WorkDesk
from lupercal.registry.work_list import work_list

START = dt.date(2026, 1, 5)
TODAY = START + dt.timedelta(days=45)


def planned(registry: Registry, name: str) -> str:
    case = replace(lp.read_patient("example-nephritis"), id=name)
    head = registry.patients.enrol(case, by="t", identity=Identity(given_name=name, family_name="Test"))
    registry.plans.make(head.id, "erlangen", START, by="t")
    return head.id


def test_the_kept_list_is_the_list_made_anew_after_every_kind_of_write(on_file: Registry) -> None:
    desk = WorkDesk(on_file.memory)
    first, second = planned(on_file, "one"), planned(on_file, "two")

    def same(today: dt.date = TODAY) -> None:
        kept, anew = desk.on(today), work_list(on_file.memory, today)
        assert kept.list == anew
        assert dict(kept.counts) == {kind: len(anew.of_kind(kind)) for kind in kept.counts}
        assert sum(kept.counts.values()) == len(anew.items)

    same()
    third = planned(on_file, "three")
    same()
    on_file.visits.enter(first, by="t", day=30, values={"igg": 2.0, "neutrophils": 0.4})
    same()
    plan = on_file.plans.current(second)
    assert plan is not None
    on_file.plans.mark(on_file.plans.tasks_of(plan.id)[0], "done", by="t", on=TODAY)
    same()
    on_file.plans.move_start(plan, START + dt.timedelta(days=9), by="t", why="t")
    same()
    on_file.patients.re_anchor(first, START + dt.timedelta(days=2), by="t", why="t")
    same(TODAY + dt.timedelta(days=1))
    on_file.journey.move(second, "closed", by="t", why="t")
    same(TODAY + dt.timedelta(days=1))
    erase(on_file, third, by="t", why="on request")
    same(TODAY + dt.timedelta(days=1))
    assert {one.patient for one in desk.on(TODAY).list.items} == {first}


def test_what_only_was_looked_at_is_not_made_anew(on_file: Registry) -> None:
    desk, patient = WorkDesk(on_file.memory), planned(on_file, "one")
    kept = desk.on(TODAY)
    on_file.patients.identity(patient, by="t")
    assert desk.on(TODAY) is kept


def test_names_are_found_as_they_stand_and_each_look_is_noted(on_file: Registry) -> None:
    first, second = planned(on_file, "Ada"), planned(on_file, "Berta")
    assert [one.patient for one in on_file.patients.named("ada", by="t")] == [first]
    there = on_file.patients.identities(first)[0]
    on_file.patients.set_identity(replace(there, given_name="Zoë"), by="t", why="was wrong")
    assert on_file.patients.named("Ada T", by="t") == ()
    assert [one.patient for one in on_file.patients.named("ZOË", by="t")] == [first]
    before = on_file.audit.head()[0]
    assert names_of(on_file, [first, second], by="clerk") == {first: "Zoë Test", second: "Berta Test"}
    looks = on_file.audit.entries(after=before)
    assert {(one.action, one.by, one.kind) for one in looks} == {("read", "clerk", "identity")}
    assert {one.patient for one in looks} == {first, second}
    erase(on_file, first, by="t", why="on request")
    assert on_file.patients.named("zoë", by="t") == ()
    assert names_of(on_file, [first, second], by="clerk") == {second: "Berta Test"}
    assert on_file.verify(records=True).whole

"""Records go in and come out as they were, on both databases; every change leaves its line, and no change is lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

import lupercal as lp
from lupercal.errors import InputError
from lupercal.patient.cases import case_names
from lupercal.patient.record import Measurement, UndatedValue
from lupercal.registry.care_records import AdverseEventRecord, ConsentRecord, ScreeningRecord
from lupercal.registry.opened import Registry
from lupercal.registry.pseudonyms import without_person
from lupercal.registry.records import Identity
from lupercal.registry.refusals import ConflictError, RefusedError, UnknownError

DAY = dt.date(2026, 3, 2)


def test_every_case_comes_out_as_it_went_in(registry: Registry) -> None:
    for name in case_names():
        given = lp.read_patient(name)
        head = registry.patients.enrol(given, by="clerk")
        assert replace(registry.patients.whole(head.id), id=name) == given
        assert registry.patients.find(name).id == head.id


def test_names_come_back_and_a_look_at_them_is_noted(registry: Registry) -> None:
    who = Identity(given_name="Ayşe", family_name="Yılmaz", birth_date=dt.date(1991, 2, 3), phone="+90 555 000 11 22")
    head = registry.patients.enrol(lp.read_patient("example-nephritis"), by="clerk", identity=who)
    seen = registry.patients.identity(head.id, by="dr a", why="call")
    assert (seen.name, seen.birth_date, seen.phone) == ("Ayşe Yılmaz", who.birth_date, who.phone)
    last = registry.audit.entries(newest=True)[0]
    assert (last.action, last.by, last.patient) == ("read", "dr a", head.id)
    assert [one.patient for one in registry.patients.named("yılm", by="dr a")] == [head.id]


def test_one_local_id_is_one_patient(registry: Registry) -> None:
    registry.patients.enrol(lp.read_patient("example-nephritis"), by="clerk")
    with pytest.raises(RefusedError, match="already"):
        registry.patients.enrol(lp.read_patient("example-nephritis"), by="clerk")
    assert len(registry.patients.all()) == 1


def test_second_of_two_editors_gets_both_versions(registry: Registry) -> None:
    head = registry.patients.enrol(lp.read_patient("example-nephritis"), by="clerk")
    visit = registry.visits.of_patient(head.id)[-1]
    registry.visits.amend(visit, by="first", why="typing error", values={"c3": 0.5})
    with pytest.raises(ConflictError) as caught:
        registry.visits.amend(visit, by="second", why="typing error", values={"c3": 0.6})
    assert caught.value.yours.visit.values["c3"].value == 0.6
    assert caught.value.theirs.visit.values["c3"].value == 0.5
    assert registry.visits.get(visit.id).visit.values["c3"].value == 0.5


def test_an_amended_visit_keeps_every_value_with_who_when_and_why(registry: Registry) -> None:
    head = registry.patients.enrol(lp.read_patient("example-nephritis"), by="clerk")
    visit = registry.visits.of_patient(head.id)[-1]
    before = visit.visit.values["c3"].value
    second = registry.visits.amend(visit, by="dr b", why="read from the wrong line", values={"c3": 0.5})
    third = registry.visits.amend(second, by="dr c", why="another patient's value", remove=["c3"])
    assert "c3" not in third.visit.values
    assert third == registry.visits.get(visit.id)
    told = [one for one in registry.visits.value_history(visit.id) if one.variable == "c3"]
    assert [(one.value, one.by) for one in told] == [(before, "clerk"), (0.5, "dr b"), (None, "dr c")]
    assert told[1].why == "read from the wrong line"
    assert told[0].until == told[1].since
    untouched = [one for one in registry.visits.value_history(visit.id) if one.variable == "c4"]
    assert len(untouched) == 1


@pytest.mark.parametrize(
    "values", [{"c3": "a lot"}, {"c33": 1}, {"c3": 900}, {"c3": float("nan")}, {"c3": None}, {"rash": "perhaps"}]
)
def test_what_a_patient_file_would_refuse_is_refused_and_nothing_written(
    on_file: Registry, values: dict[str, object]
) -> None:
    head = on_file.patients.enrol(lp.read_patient("example-nephritis"), by="clerk")
    count = on_file.audit.head()
    with pytest.raises(InputError):
        on_file.visits.enter(head.id, by="clerk", day=-3, values=values)
    assert on_file.audit.head() == count
    with pytest.raises(InputError, match="name of the person"):
        on_file.visits.enter(head.id, by=" ", day=-3, values={"c3": 0.7})
    assert on_file.audit.head() == count


def test_a_day_has_one_visit(on_file: Registry) -> None:
    head = on_file.patients.enrol(lp.read_patient("example-nephritis"), by="clerk")
    added = on_file.visits.enter(head.id, by="clerk", day=-3, values={"c3": "0.7 g/L", "upcr": "<0.3"})
    assert added.visit.values["upcr"].comparator == "<"
    with pytest.raises((RefusedError, InputError)):
        on_file.visits.enter(head.id, by="clerk", day=-3, values={"c3": 0.8})
    on_file.visits.strike(added.id, added.version, by="clerk", why="another patient's visit")
    assert added.id not in {one.id for one in on_file.visits.of_patient(head.id)}
    on_file.visits.enter(head.id, by="clerk", day=-3, values={"c3": 0.8})


def test_other_records_and_their_history(registry: Registry) -> None:
    head = registry.patients.enrol(lp.read_patient("example-nephritis"), by="clerk")
    consent = registry.consents.add(
        ConsentRecord(patient=head.id, purpose="treatment", document="v2", given_on=DAY), by="dr a"
    )
    withdrawn = registry.consents.change(replace(consent, withdrawn_on=DAY), by="dr a", why="asked by phone")
    assert registry.consents.of_patient(head.id) == (withdrawn,)
    history = registry.consents.history(consent.id)
    assert [one.entry.action for one in history] == ["add", "change"]
    assert history[1].why == "asked by phone"
    assert history[1].before is not None
    assert history[1].before["withdrawn_on"] is None
    event = AdverseEventRecord(patient=head.id, term="CRS", scale="ASTCT", grade=2, began_on=DAY, note="fever at night")
    kept = registry.adverse_events.add(event, by="dr a")
    assert registry.adverse_events.get(kept.id) == kept
    screening = ScreeningRecord(patient=head.id, date=DAY, results={"hiv": "negative", "tests": [1, 2]})
    assert registry.screenings.add(screening, by="dr a").results == {"hiv": "negative", "tests": [1, 2]}
    with pytest.raises(UnknownError):
        registry.consents.get("n-nothing")


def test_several_writes_are_one(registry: Registry) -> None:
    head = registry.patients.enrol(lp.read_patient("example-nephritis"), by="clerk")
    before = registry.audit.head()
    with pytest.raises(RefusedError):
        _visit_and_refused_move(registry, head.id)
    assert registry.audit.head() == before
    assert all(one.visit.day != -3 for one in registry.visits.of_patient(head.id))


def test_a_part_that_fails_within_is_taken_back_alone(registry: Registry) -> None:
    head = registry.patients.enrol(lp.read_patient("example-nephritis"), by="clerk")
    with registry.writing():
        registry.visits.enter(head.id, by="clerk", day=-3, values={"c3": 0.7})
        with pytest.raises(RefusedError):
            registry.journey.move(head.id, "infused", by="clerk", why="too fast")
        registry.visits.enter(head.id, by="clerk", day=-2, values={"c3": 0.7})
    assert {-3, -2} <= {one.visit.day for one in registry.visits.of_patient(head.id)}
    assert registry.verify().whole


def test_day_0_can_be_set_anew(on_file: Registry) -> None:
    head = on_file.patients.enrol(lp.read_patient("example-nephritis"), by="clerk")
    before = [one.visit.day for one in on_file.visits.of_patient(head.id)]
    on_file.patients.re_anchor(head.id, dt.date(2026, 3, 1), by="dr a", why="date of the infusion")
    on_file.patients.re_anchor(head.id, dt.date(2026, 3, 11), by="dr a", why="infusion was moved")
    assert [one.visit.day for one in on_file.visits.of_patient(head.id)] == [day - 10 for day in before]
    on_file.visits.enter(head.id, by="dr a", date="2026-03-12", values={"c3": 0.9})
    assert on_file.visits.of_patient(head.id)[-1].visit.day == 1


@pytest.mark.parametrize("wrong", [{"grade": 6}, {"grade": "high"}, {"began_on": "soon"}, {"serious": "perhaps"}])
def test_a_record_with_a_field_of_another_kind_is_refused(on_file: Registry, wrong: dict[str, Any]) -> None:
    head = on_file.patients.enrol(lp.read_patient("example-nephritis"), by="clerk")
    event = AdverseEventRecord(patient=head.id, term="CRS", scale="ASTCT", grade=2, began_on=DAY)
    kept = on_file.adverse_events.add(event, by="dr a")
    (field,) = wrong
    with pytest.raises(InputError, match=field):
        on_file.adverse_events.add(replace(event, **wrong), by="dr a")
    with pytest.raises(InputError, match=field):
        on_file.adverse_events.change(replace(kept, **wrong), by="dr a")
    assert on_file.adverse_events.of_patient(head.id) == (kept,)


def test_pages_and_counts_of_patients(registry: Registry) -> None:
    ids = {registry.patients.enrol(lp.read_patient(name), by="clerk").id for name in case_names()[:5]}
    pages, last = [], ""
    while page := registry.patients.page(after=last, limit=2):
        pages.append([one.id for one in page])
        last = page[-1].id
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {name for page in pages for name in page} == ids
    assert registry.patients.counts() == {"candidate": 5}
    assert registry.patients.page(states=["planned"]) == ()


def test_a_search_sees_a_changed_name(on_file: Registry) -> None:
    head = on_file.patients.enrol(lp.read_patient("example-nephritis"), by="a", identity=Identity(family_name="Before"))
    assert on_file.patients.named("before", by="a")
    found = on_file.patients.identity(head.id, by="a")
    on_file.patients.set_identity(replace(found, family_name="After"), by="a", why="marriage")
    assert not on_file.patients.named("before", by="a")
    assert [one.patient for one in on_file.patients.named("after", by="a")] == [head.id]


def _visit_and_refused_move(registry: Registry, patient: str) -> None:
    with registry.writing():
        registry.visits.enter(patient, by="clerk", day=-3, values={"c3": 0.7})
        registry.journey.move(patient, "infused", by="clerk", why="too fast")


def test_a_value_without_a_day_comes_out_as_it_went_in_and_leaves_with_the_person(registry: Registry) -> None:
    kept = UndatedValue("c3", Measurement(0.7, "<", "<0.7 g/L"), "2025-03-01", "2025-03-31")
    given = replace(lp.read_patient("example-nephritis"), undated=(kept,))
    head = registry.patients.enrol(given, by="clerk")
    assert registry.patients.whole(head.id).undated == (kept,)
    assert without_person(registry.patients.whole(head.id), "code").undated == ()

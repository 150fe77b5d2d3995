"""Recorded events are in the work list; an alert that somebody has seen leaves it until something new is recorded."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

import lupercal as lp
from lupercal.registry.care_records import AdverseEventRecord
from lupercal.registry.opened import Registry
from lupercal.registry.refusals import RefusedError
from lupercal.registry.seen_alerts import about_of, acknowledge
from lupercal.registry.work_desk import WorkDesk
from lupercal.registry.work_list import alerts_on, work_list

START = dt.date(2026, 3, 2)


def planned(registry: Registry) -> str:
    who = replace(lp.read_patient("erlangen-first-car-t"), visits=(), reference_date=START.isoformat())
    head = registry.patients.enrol(who, by="clerk", on=START)
    registry.plans.make(head.id, "erlangen.car_t", START, by="clerk")
    return head.id


def on(day: int) -> dt.date:
    return START + dt.timedelta(days=day)


def kinds(registry: Registry, patient: str, day: int) -> dict[str, str]:
    """Return the kind of each alert of the work list, standing or settled, by its id."""
    items = work_list(registry.memory, on(day)).items
    return {one.item: one.kind for one in items if one.patient == patient and one.kind in {"alert", "settled"}}


def seen(registry: Registry, patient: str, alert: str, day: int, note: str = "G-CSF given") -> None:
    alerts = alerts_on(registry.memory, patient, on(day))
    about = next(about_of(one) for one in alerts.alerts if one.id == alert)
    acknowledge(registry, patient, alerts, alert=alert, about=about, note=note, by="dr a")


def test_a_dangerous_value_stands_until_a_harmless_one_settles_it_which_is_told(on_file: Registry) -> None:
    patient = planned(on_file)
    on_file.visits.enter(patient, by="a", day=5, values={"neutrophils": 0.2})
    on_file.visits.enter(patient, by="a", day=6, values={"igg": 9})
    assert kinds(on_file, patient, 7) == {"neutrophils_low": "alert"}
    on_file.visits.enter(patient, by="a", day=9, values={"neutrophils": 1.9})
    assert kinds(on_file, patient, 8) == {"neutrophils_low": "alert"}
    assert kinds(on_file, patient, 9) == {"neutrophils_low": "settled"}
    (item,) = (one for one in work_list(on_file.memory, on(9)).items if one.kind == "settled")
    assert "settled: Neutrophils 1.9 10*9/L, day 9" in item.detail
    assert kinds(on_file, patient, 9 + 28) == {"neutrophils_low": "settled"}
    assert kinds(on_file, patient, 9 + 29) == {}


def test_an_acknowledged_alert_leaves_the_list_until_something_new_is_recorded(on_file: Registry) -> None:
    patient, desk = planned(on_file), WorkDesk(on_file.memory)
    visit = on_file.visits.enter(patient, by="a", day=5, values={"neutrophils": 0.2})
    assert desk.on(on(6)).alerts_of(patient)
    seen(on_file, patient, "neutrophils_low", 6)
    assert kinds(on_file, patient, 6) == {}
    assert not desk.on(on(6)).alerts_of(patient)
    (alert,) = alerts_on(on_file.memory, patient, on(6)).alerts
    assert alert.settled.startswith("acknowledged by dr a")
    visit = on_file.visits.amend(visit, by="a", why="misread", values={"neutrophils": 0.1})
    assert kinds(on_file, patient, 6) == {"neutrophils_low": "alert"}
    seen(on_file, patient, "neutrophils_low", 6)
    on_file.visits.enter(patient, by="a", day=8, values={"neutrophils": 0.1})
    assert kinds(on_file, patient, 8) == {"neutrophils_low": "alert"}
    assert on_file.verify(records=True).whole


def test_recorded_events_stand_with_and_without_a_plan(on_file: Registry) -> None:
    planless = on_file.patients.enrol(lp.read_patient("ozek-case-1"), by="clerk").id
    for patient in (planned(on_file), planless):
        event = AdverseEventRecord(patient=patient, term="Fever", scale="CRS", grade=2, began_on=on(3))
        kept = on_file.adverse_events.add(event, by="a")
        assert kinds(on_file, patient, 2) == {}
        assert kinds(on_file, patient, 3) == {"crs_2": "alert"}
        seen(on_file, patient, "crs_2", 4, "tocilizumab given")
        assert kinds(on_file, patient, 4) == {}
        kept = on_file.adverse_events.change(replace(kept, grade=3), by="a")
        assert kinds(on_file, patient, 4) == {"crs_2": "alert"}
        on_file.adverse_events.change(replace(kept, ended_on=on(6)), by="a")
        assert kinds(on_file, patient, 7) == {"crs_2": "settled"}
    on_file.journey.move(planless, "closed", by="a", why="moved away")
    assert kinds(on_file, planless, 5) == {}


def test_what_is_settled_or_was_changed_meanwhile_cannot_be_acknowledged(on_file: Registry) -> None:
    patient = planned(on_file)
    visit = on_file.visits.enter(patient, by="a", day=5, values={"neutrophils": 0.2})
    (alert,) = (one for one in alerts_on(on_file.memory, patient, on(6)).alerts if one.id == "neutrophils_low")
    with pytest.raises(RefusedError, match="what was done"):
        seen(on_file, patient, "neutrophils_low", 6, note=" ")
    on_file.visits.amend(visit, by="a", why="misread", values={"neutrophils": 0.1})
    with pytest.raises(RefusedError, match="no such alert stands"):
        acknowledge(
            on_file, patient, alerts_on(on_file.memory, patient, on(6)), alert=alert.id, about=about_of(alert),
            note="seen", by="a",
        )  # fmt: skip
    assert on_file.acknowledgements.of_patient(patient) == ()


def test_the_follow_up_of_a_registered_patient_knows_events_and_what_was_seen(
    on_file: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUPERCAL_REGISTRY", on_file.address.shown)
    patient = planned(on_file)
    event = AdverseEventRecord(patient=patient, term="Confusion", scale="ICANS", grade=1, began_on=on(4))
    on_file.adverse_events.add(event, by="a")
    for current in (True, False):
        found = lp.follow_up(f"reg:{patient}", "erlangen.car_t", on(6)).follow_up
        assert [(one.id, one.current) for one in found.alerts] == [("icans_1", current)]
        assert found.alerts[0].source in found.sources
        if current:
            seen(on_file, patient, "icans_1", 6)


def test_what_was_seen_keeps_to_its_value_where_day_0_is_moved(on_file: Registry) -> None:
    patient = planned(on_file)
    on_file.visits.enter(patient, by="a", day=5, values={"igg": 2, "platelets": 40})
    seen(on_file, patient, "igg_low", 6)
    plan = on_file.plans.current(patient)
    assert plan is not None
    on_file.plans.move_start(plan, on(3), by="a", why="fever")
    on_file.patients.re_anchor(patient, on(3), by="a", why="fever")
    assert kinds(on_file, patient, 6) == {"platelets_low": "alert"}


def test_a_plan_with_another_day_0_than_the_record_hides_no_later_value(on_file: Registry) -> None:
    patient = planned(on_file)
    on_file.plans.make(patient, "erlangen.car_t", on(30), by="clerk")
    on_file.visits.enter(patient, by="a", day=33, values={"neutrophils": 0.2})
    assert kinds(on_file, patient, 34) == {"neutrophils_low": "alert"}
    (alert,) = alerts_on(on_file.memory, patient, on(34)).alerts
    assert alert.day == 3

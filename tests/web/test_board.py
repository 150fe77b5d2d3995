"""Alerts on the pages: every one that stands is named, one that somebody has seen says who and what was done."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from pathlib import Path

import pytest

from lupercal.patient.cases import read_case
from lupercal.registry.care_records import AdverseEventRecord
from lupercal.registry.opened import Registry
from tests.web.attack import forms_in
from tests.web.site import Site
from tests.web.test_clinic import TODAY, enrolled, on_page
from tests.web.test_clinic import registry as registry_of


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def planned(site: Site, days: int = 20) -> tuple[str, Registry]:
    patient, registry = enrolled(site, TODAY - dt.timedelta(days=days)), registry_of(site)
    registry.plans.make(patient, "erlangen.car_t", TODAY - dt.timedelta(days=days), by="test")
    return patient, registry


def row_of(page: str, patient: str) -> str:
    """Return the row of a patient on the board as text."""
    row = next(part for part in page.split("<tr") if f"/patients/{patient}" in part)
    return unescape(re.sub(r"<[^>]+>", " ", row.partition("</tr>")[0]))


def test_the_board_names_every_alert_that_stands(site: Site) -> None:
    patient, registry = planned(site)
    registry.visits.enter(patient, by="test", day=5, values={"neutrophils": 0.2, "platelets": 20, "igg": 2})
    registry.visits.enter(patient, by="test", day=9, values={"crp": 1})
    row = row_of(on_page(site.signed_in("coordinator"), "/board").text, patient)
    for name in ("Neutrophils below 0.5", "Platelets below 25", "Platelets below 50", "IgG below 4"):
        assert name in row
    assert "Step 1 of 9" in row
    assert row.index("Neutrophils below") < row.index("IgG below")


def test_a_recorded_event_is_on_the_board_the_day_s_list_and_the_page(site: Site) -> None:
    patient, visitor = enrolled(site), site.signed_in("clinician")
    on_page(visitor, f"/patients/{patient}/events")
    given = {"term": "Fever", "scale": "CRS", "grade": "2", "began_on": TODAY.isoformat()}
    assert visitor.post(f"/patients/{patient}/events", given).status_code == 200
    assert "CRS of grade 2 or more" in row_of(on_page(visitor, "/board").text, patient)
    for address in ("/today", f"/patients/{patient}"):
        assert "CRS of grade 2 or more" in on_page(visitor, address).text
    assert f"/patients/{patient}" in on_page(visitor, "/patients?alert=urgent").text


def test_a_seen_alert_says_who_and_what_was_done_and_is_settled_only_as_it_was_shown(site: Site) -> None:
    patient, registry = planned(site)
    visit = registry.visits.enter(patient, by="test", day=5, values={"neutrophils": 0.2})
    visitor = site.signed_in("coordinator")
    page = on_page(visitor, f"/patients/{patient}").text
    form = next(one for one in forms_in(page) if one.action.endswith("/alerts"))
    given = {**form.fields, "note": "G-CSF given"}
    registry.visits.amend(visit, by="test", why="misread", values={"neutrophils": 0.1})
    late = visitor.post(f"/patients/{patient}/alerts", given)
    assert late.status_code == 422
    assert "no such alert stands" in late.text.lower()
    given["about"] = "5: Neutrophils 0.1 10*9/L"
    assert visitor.post(f"/patients/{patient}/alerts", {**given, "note": ""}).status_code == 422
    done = visitor.post(f"/patients/{patient}/alerts", given)
    assert done.status_code == 200
    assert "acknowledged by coordinator" in done.text
    assert "G-CSF given" in done.text
    assert "Neutrophils below" not in row_of(on_page(visitor, "/board").text, patient)


def test_what_a_newer_value_settled_of_late_is_told_until_it_is_old(site: Site) -> None:
    patient, registry = planned(site)
    registry.visits.enter(patient, by="test", day=5, values={"neutrophils": 0.2})
    registry.visits.enter(patient, by="test", day=12, values={"neutrophils": 2.5})
    visitor = site.signed_in("viewer")
    page = on_page(visitor, "/today?kind=settled").text
    assert "settled: Neutrophils 2.5" in page
    overview = on_page(visitor, f"/patients/{patient}").text
    assert "Settled: Neutrophils 2.5 10*9/L, day 12" in unescape(overview)
    assert "Acknowledge" not in overview
    assert "open alert" not in overview


def test_an_event_that_is_recorded_as_ended_stands_no_more(site: Site) -> None:
    patient, registry, visitor = enrolled(site), registry_of(site), site.signed_in("coordinator")
    began = TODAY - dt.timedelta(days=3)
    event = AdverseEventRecord(patient=patient, term="Fever", scale="CRS", grade=3, began_on=began)
    kept = registry.adverse_events.add(event, by="test")
    other = registry.patients.enrol(read_case("ozek-case-1"), by="test").id
    on_page(visitor, f"/patients/{patient}/events")
    address, given = f"/patients/{patient}/events/{kept.id}", {"version": "1", "ended_on": TODAY.isoformat()}
    for wrong in (
        {"ended_on": ""},
        {"ended_on": (began - dt.timedelta(days=1)).isoformat()},
        {"ended_on": "2999-01-01"},
    ):
        assert visitor.post(address, given | wrong).status_code == 422
    assert visitor.post(address, given | {"version": "7"}).status_code == 409
    assert visitor.post(f"/patients/{other}/events/{kept.id}", given).status_code == 422
    assert registry.adverse_events.get(kept.id) == kept
    assert visitor.post(address, given | {"outcome": "better"}).status_code == 200
    assert registry.adverse_events.get(kept.id).outcome == "better"
    assert "recorded as ended" in on_page(visitor, "/today?kind=settled").text
    assert "open alert" not in on_page(visitor, f"/patients/{patient}").text

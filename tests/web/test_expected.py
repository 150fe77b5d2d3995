"""Forecasts beside what was seen: bands, the table before and after, the alert, and making the forecast anew."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lupercal.forecast.assimilation.learnt import Fan, Learnt, LearntVisit, PastValue
from lupercal.patient.cases import read_case
from lupercal.registry.care_records import ForecastRunRecord
from lupercal.registry.expectations import Expectation, expectations_of, newest_kept
from lupercal.registry.opened import Registry
from lupercal.web.clinic.before_after import before_after
from lupercal.web.clinic.keeping_bands import learnt_record
from lupercal.web.worker import KIND, LEARN, Worker
from tests.web.site import Site

TODAY = dt.date.today()
DAYS = [0.0, 100.0, 200.0]
"""Bands that run straight from 10 to 20 (middle 15) on day 0 to 0 to 10 (middle 5) on day 200."""
BAND = {"days": DAYS, "quantiles": [[10, 5, 0], [12, 7, 2], [15, 10, 5], [18, 13, 8], [20, 15, 10]]}
ASKED = {"therapies": ["cd19_car_t"], "virtual_patients": 50, "months": 3, "seed": 1}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def registry_of(site: Site) -> Registry:
    found: Registry = site.app.state.workbench.registry
    return found


def followed(site: Site) -> str:
    """Return a patient with a plan, an infusion 100 days ago, and a kept forecast of CD19 CAR T cells."""
    registry, zero = registry_of(site), TODAY - dt.timedelta(days=100)
    head = registry.patients.enrol(read_case("example-nephritis"), by="test")
    registry.patients.re_anchor(head.id, zero, by="test", why="test")
    registry.plans.make(head.id, "erlangen.car_t", zero, by="test")
    summary = {
        "title": "kept",
        "chances": [],
        "bands": {"standard_care": {}, "cd19_car_t": {"sledai_2k": BAND, "upcr": BAND}},
    }
    registry.forecasts.add(
        ForecastRunRecord(patient=head.id, date=zero, visits=1, asked=ASKED, folder="gone", summary=summary), by="test"
    )
    return head.id


def expected_of(registry: Registry, patient: str) -> tuple[Expectation, ...]:
    planned = {patient: registry.plans.programme_of(patient)}
    return expectations_of(registry.memory, planned, (patient,))[patient]


def taught(until: int) -> Learnt:
    fans = tuple(
        Fan("upcr", since, np.array([100.0, 130.0]), np.array([[low, low / 2]] * 2 + [[2.0, 1.0]] + [[4.0, high]] * 2))
        for since, low, high in ((0, 0.1, 5.0), (until, 1.0, 2.0))
    )
    value = PastValue("upcr", 50, 3.0, "", 0.5, 1.0, 2.0, 0.99, -1.0, -2.0, float("nan"), 0.01)
    visit = LearntVisit(50, ("upcr",), 0.5, 1.0, 1, 10.0)
    return Learnt(0, until, 4096, (visit,), (value,), fans, (), (), (), "", True, ("They taught.",), ())


def test_bands_are_those_of_the_plan_s_therapy_read_between_their_days(site: Site) -> None:
    patient = followed(site)
    (found,) = expected_of(registry_of(site), patient)
    assert (found.by, found.therapy) == ("forecast", "cd19_car_t")
    assert found.at("upcr", 50) == (7.5, 12.5, 17.5)
    assert found.at("upcr", 201) is None
    assert found.at("igg", 50) is None


def test_the_table_says_what_was_expected_and_where_the_value_lay(site: Site) -> None:
    patient, registry = followed(site), registry_of(site)
    registry.visits.enter(patient, by="test", day=30, values={"upcr": 3.0, "sledai_2k": 14})
    registry.visits.enter(patient, by="test", day=90, values={"upcr": "<8 g/g"})
    first = newest_kept(expected_of(registry, patient), "forecast")
    columns, rows = before_after(registry.patients.whole(patient), first)
    assert columns[:3] == ("Before", "1 month", "3 months")
    lines = {row.title: row for row in rows}
    upcr, score = lines["Protein in urine"], lines["Disease activity"]
    assert upcr.cells[0].expected == ""
    assert upcr.cells[1].expected.startswith("8.5")
    assert [cell.place for cell in upcr.cells[1:3]] == ["below", "cannot tell"]
    assert upcr.cells[3].text == ""
    assert upcr.cells[3].expected != ""
    assert upcr.course == "cannot tell"
    assert score.cells[1].place == "within"


def test_two_values_outside_the_band_are_an_alert_and_one_is_none(site: Site) -> None:
    patient, registry, visitor = followed(site), registry_of(site), site.signed_in("viewer")
    registry.visits.enter(patient, by="test", day=30, values={"upcr": 1.0})
    assert "Course leaves the forecast" not in visitor.get(f"/patients/{patient}").text
    registry.visits.enter(patient, by="test", day=60, values={"upcr": 1.0})
    page = visitor.get(f"/patients/{patient}").text
    assert "Course leaves the forecast" in page
    assert "Below the forecast" in page


def test_a_visit_makes_the_forecast_anew_and_the_old_one_stays(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    patient, registry, visitor = followed(site), registry_of(site), site.signed_in("clinician")
    visitor.get(f"/patients/{patient}/visits/new")
    visitor.post(f"/patients/{patient}/visits", {"date": (TODAY - dt.timedelta(days=50)).isoformat(), "v.upcr": "3"})
    (job,) = registry.jobs.of_state("queued")
    assert (job.kind, job.asked["therapy"], job.asked["until"]) == (LEARN, "cd19_car_t", 50)
    asked: list[Any] = []

    def updated(*given: Any, **_: Any) -> Learnt:
        asked.append(given)
        return taught(50)

    monkeypatch.setattr("lupercal.forecast.assimilation.update.updated_forecast", updated)
    assert Worker(registry, site.settings.forecasts).take_one()
    assert asked[0][1:] == ("cd19_car_t", 50)
    assert [one.asked.get("kind", KIND) for one in registry.forecasts.of_patient(patient)] == [KIND, "learnt"]
    listed = visitor.get(f"/patients/{patient}/forecasts").text
    run = registry.forecasts.of_patient(patient)[-1].id
    assert listed.count("made anew from all visits up to day 50") == 1
    page = visitor.get(f"/patients/{patient}/forecasts/{run}").text
    assert "They taught." in page
    assert re.search(r"above</span>", page)
    drawn = json.loads(visitor.get(f"/patients/{patient}/forecasts/{run}/figures/learnt.json").text)
    assert [layer["name"] for layer in drawn["vconcat"][0]["layer"]][:4] == [
        "band -1 0",
        "middle -1 0",
        "band 0 0",
        "middle 0 0",
    ]
    timeline = visitor.get(f"/patients/{patient}/timeline.csv").text
    assert "forecast of" in timeline
    assert visitor.get(f"/patients/{patient}/forecasts/{run}/figures/courses-0.json").status_code == 404


def test_before_day_0_the_last_forecast_is_made_again(site: Site) -> None:
    registry = registry_of(site)
    patient = registry.patients.enrol(read_case("example-nephritis"), by="test").id
    registry.patients.re_anchor(patient, TODAY, by="test", why="test")
    registry.patients.re_anchor(patient, TODAY + dt.timedelta(days=300), by="test", why="test")
    visitor = site.signed_in("clinician")
    visitor.get(f"/patients/{patient}/visits/new")
    given = {"date": (TODAY - dt.timedelta(days=2)).isoformat(), "v.igg": "9"}
    visitor.post(f"/patients/{patient}/visits", given)
    assert registry.jobs.of_state("queued") == ()
    registry.forecasts.add(ForecastRunRecord(patient=patient, date=TODAY, visits=1, asked=ASKED, folder="x"), by="test")
    visitor.post(f"/patients/{patient}/visits", given | {"date": (TODAY - dt.timedelta(days=1)).isoformat()})
    (job,) = registry.jobs.of_state("queued")
    assert (job.kind, dict(job.asked)) == (KIND, ASKED)


def test_nothing_is_learnt_without_a_plan_or_a_later_visit(site: Site) -> None:
    registry, visitor = registry_of(site), site.signed_in("clinician")
    patient = registry.patients.enrol(read_case("example-nephritis"), by="test").id
    visitor.get(f"/patients/{patient}/forecasts")
    refused = visitor.post(f"/patients/{patient}/forecasts/learn")
    assert refused.status_code == 422
    assert "visit after day 0" in refused.text


def test_what_was_learnt_is_kept_in_numbers_that_json_can_hold() -> None:
    kept = learnt_record(taught(50))
    assert json.loads(json.dumps(kept, allow_nan=False)) == kept
    assert [one["since"] for one in kept["fans"]["upcr"]] == [0, 50]

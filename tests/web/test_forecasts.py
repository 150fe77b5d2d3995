"""Forecasts as jobs: queued, watched, cancelled, resumed; a worker that died loses nothing."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lupercal.errors import LupercalError
from lupercal.patient.cases import read_case
from lupercal.registry.opened import Registry
from lupercal.web.clinic.chances import arms_of
from lupercal.web.worker import KIND, Worker
from tests.web.site import Site

ROW = {"therapy": "cd19_car_t", "kind": "efficacy", "outcome": "doris", "month": 12, "probability": 0.5}


@pytest.fixture
def ready(tmp_path: Path) -> tuple[Site, Registry, str]:
    site = Site(tmp_path)
    registry: Registry = site.app.state.workbench.registry
    return site, registry, registry.patients.enrol(read_case("example-nephritis"), by="test").id


class Made:
    """Stands for a forecast that was computed."""

    title = "a forecast"
    forecast = SimpleNamespace(arms=())

    def frame(self, _: str) -> Any:
        return self

    def to_dicts(self) -> list[dict[str, Any]]:
        return [ROW | {"low": 0.2, "high": 0.7}]


def test_a_forecast_is_asked_for_made_and_shown_with_its_interval(
    ready: tuple[Site, Registry, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, registry, patient = ready
    visitor = site.signed_in("clinician")
    base = f"/patients/{patient}/forecasts"
    visitor.get(base)
    for given in ({"months": "12", "virtual_patients": "300"}, {"therapy": "cd19_car_t", "months": "0"}):
        assert visitor.post(base, given).status_code == 422
    page = visitor.post(base, {"therapy": ["cd19_car_t"], "months": "12", "virtual_patients": "300"})
    assert "waiting for a worker" in page.text
    monkeypatch.setattr("lupercal.api.forecasts.forecast", lambda *_, **__: Made())
    assert Worker(registry, site.settings.forecasts).take_one()
    shown = visitor.get(base)
    link = re.search(rf'href="({base}/f-\w+)"', shown.text)
    assert link is not None
    text = visitor.get(link[1]).text
    assert "between 2 and 7 of 10" in text
    assert text.index("Research use only") < text.index("between 2 and 7")
    assert "cd19_car_t,efficacy,doris,12,0.5,0.2,0.7" in visitor.get(f"{link[1]}/chances.csv").text


def test_a_job_is_cancelled_and_resumed(ready: tuple[Site, Registry, str]) -> None:
    site, registry, patient = ready
    visitor = site.signed_in("clinician")
    base = f"/patients/{patient}/forecasts"
    visitor.get(base)
    visitor.post(base, {"therapy": ["cd19_car_t"], "months": "12", "virtual_patients": "300"})
    job = registry.jobs.of_patient(patient)[0]
    part = visitor.get(f"{base}/jobs/{job.id}", headers={"hx-request": "true"}).text
    assert "<html" not in part
    visitor.post(f"{base}/jobs/{job.id}/cancel")
    assert registry.jobs.get(job.id).state == "cancelled"
    assert visitor.post(f"{base}/jobs/{job.id}/cancel").status_code == 422
    visitor.post(f"{base}/jobs/{job.id}/resume")
    assert registry.jobs.get(job.id).state == "queued"


def test_a_cancelled_job_stops_at_its_next_word(
    ready: tuple[Site, Registry, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, registry, patient = ready
    asked = {"therapies": ["cd19_car_t"], "virtual_patients": 50, "months": 1, "seed": 1}
    job = registry.jobs.queue(KIND, asked, by="test", patient=patient)

    def cancelled_meanwhile(*_: object, tell: Any, **__: object) -> Made:
        registry.jobs.cancel(job.id, by="test")
        tell("simulating", 0.5)
        return Made()

    monkeypatch.setattr("lupercal.api.forecasts.forecast", cancelled_meanwhile)
    Worker(registry, site.settings.forecasts).take_one()
    assert registry.jobs.get(job.id).state == "cancelled"
    assert registry.forecasts.of_patient(patient) == ()


@pytest.mark.parametrize("error", [LupercalError("no visit to rest on"), ZeroDivisionError("inside")])
def test_a_job_that_fails_says_so_and_the_worker_goes_on(
    ready: tuple[Site, Registry, str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    site, registry, patient = ready
    asked = {"therapies": ["cd19_car_t"], "virtual_patients": 50, "months": 1, "seed": 1}
    job = registry.jobs.queue(KIND, asked, by="test", patient=patient)

    def broken(*_: object, **__: object) -> Made:
        raise error

    monkeypatch.setattr("lupercal.api.forecasts.forecast", broken)
    worker = Worker(registry, site.settings.forecasts)
    assert worker.take_one()
    ended = registry.jobs.get(job.id)
    assert ended.state == "failed"
    assert ended.error
    assert "inside" not in ended.error
    assert not worker.take_one()


def test_a_job_whose_worker_died_is_taken_up_again(
    ready: tuple[Site, Registry, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, registry, patient = ready
    asked = {"therapies": ["cd19_car_t"], "virtual_patients": 50, "months": 1, "seed": 1}
    job = registry.jobs.queue(KIND, asked, by="test", patient=patient)
    assert registry.jobs.claim("killed", [KIND]) is not None
    registry.jobs.requeue_stale(after_seconds=-1)
    monkeypatch.setattr("lupercal.api.forecasts.forecast", lambda *_, **__: Made())
    assert Worker(registry, site.settings.forecasts).take_one()
    assert registry.jobs.get(job.id).state == "done"
    assert len(registry.forecasts.of_patient(patient)) == 1


def test_uncertainty_is_kept_and_what_has_no_number_is_not_shown() -> None:
    known = ROW | {"low": 0.04, "high": 0.31}
    arms = arms_of([known, known | {"month": 6, "low": 0.5}, known | {"outcome": "lldas", "low": None}])
    shown = arms[0].efficacy
    assert [one.month for one in shown] == [12]
    assert shown[0].people.count("sure") == 0
    assert shown[0].people.count("open") == 3

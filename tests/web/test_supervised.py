"""The worker process beside the server: killed in mid-job another takes the job up at once; nothing is lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lupercal.patient.cases import read_case
from lupercal.registry.making import make_registry
from lupercal.registry.opened import Registry
from lupercal.web import worker
from lupercal.web.worker import KIND, SupervisedWorker, worker_name

ASKED = {"therapies": ["msc_umbilical"], "virtual_patients": 50, "months": 1, "seed": 1}
PATIENCE_SECONDS = 560


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return make_registry(tmp_path / "registry.db")


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so; the time itself is not asserted, only that it comes."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.1)


def test_the_jobs_of_a_dead_worker_wait_again_and_others_do_not(registry: Registry) -> None:
    dead, alive = (registry.jobs.queue(KIND, ASKED, by="t").id for _ in range(2))
    registry.jobs.claim("worker-1")
    registry.jobs.claim("worker-2")
    assert [one.id for one in registry.jobs.requeue_of("worker-1")] == [dead]
    assert (registry.jobs.get(dead).state, registry.jobs.get(alive).state) == ("queued", "running")


@pytest.mark.slow
def test_a_worker_killed_in_mid_job_is_replaced_and_the_job_ends(registry: Registry, tmp_path: Path) -> None:
    patient = registry.patients.enrol(read_case("example-nephritis"), by="t").id
    job = registry.jobs.queue(KIND, ASKED, by="t", patient=patient).id
    beside = SupervisedWorker(str(tmp_path / "registry.db"), tmp_path / "forecasts")
    try:
        first = beside.process.pid
        until(lambda: registry.jobs.get(job).worker == worker_name(first))
        os.kill(first, signal.SIGKILL)
        until(lambda: registry.jobs.get(job).state in {"done", "failed"})
        ended = registry.jobs.get(job)
        assert (ended.state, ended.attempts, ended.error) == ("done", 2, "")
        assert ended.worker == worker_name(beside.process.pid) != worker_name(first)
        assert len(registry.forecasts.of_patient(patient)) == 1
        assert registry.verify(records=True).whole
    finally:
        beside.stop()
    assert beside.process.poll() is not None


@pytest.mark.slow
def test_a_job_that_kills_every_worker_fails_visibly(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RESTART_SECONDS", 0.1)
    job = registry.jobs.queue(
        KIND, ASKED, by="t", patient=registry.patients.enrol(read_case("example-nephritis"), by="t").id
    ).id
    beside = SupervisedWorker(str(tmp_path / "registry.db"), tmp_path / "forecasts")
    try:
        killed: set[str] = set()
        while len(killed) < 3:
            until(lambda: registry.jobs.get(job).worker not in {"", *killed})
            worker_now = registry.jobs.get(job).worker
            os.kill(int(worker_now.rpartition("-")[2]), signal.SIGKILL)
            killed.add(worker_now)
        until(lambda: registry.jobs.get(job).state == "failed")
        assert "3 times" in registry.jobs.get(job).error
    finally:
        beside.stop()

"""The worker process: takes forecasts from the job table one after the other, tells its progress, stops when cancelled.

``lupercal serve`` starts it; it ends when the server that started it is gone. A job whose worker died is taken up anew.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, final

from lupercal.errors import LupercalError
from lupercal.patient.record import Patient
from lupercal.registry.care_records import ForecastRunRecord, Job
from lupercal.registry.opened import Registry, open_registry
from lupercal.registry.refusals import RefusedError
from lupercal.registry.rows import moment

KIND = "forecast"
LEARN = "learning"
"""A forecast made anew from all visits so far, the ones after day 0 among them."""
BEAT_SECONDS = 1.0
IDLE_SECONDS = 1.0
RESTART_SECONDS = 1.0
LOG = logging.getLogger("lupercal.web")
"""The log of the workbench (`lupercal.web.logs`); the worker process itself knows nothing of its pages."""
_NICE = 19
"""The least a process can ask for: whoever clicks comes first."""


class _StoppedError(Exception):
    """The job was cancelled, or another worker took it over."""


@final
class Worker:
    """One worker over a registry; run folders are kept in ``folder``."""

    def __init__(self, registry: Registry, folder: Path, name: str = "") -> None:
        self.registry, self.folder = registry, folder
        self.name = name or worker_name(os.getpid())

    def take_one(self) -> bool:
        """Take the oldest waiting job and do it; return whether there was one."""
        self.registry.jobs.requeue_stale()
        job = self.registry.jobs.claim(self.name, [KIND, LEARN])
        if job is None:
            return False
        try:
            self._finish(job, self._computed(job))
        except _StoppedError:
            pass
        except LupercalError as error:
            self._fail(job, str(error))
        except Exception as error:  # a job that breaks must not take the worker with it
            self._fail(job, f"{type(error).__name__}; the log of the server has more")
        return True

    def _computed(self, job: Job) -> dict[str, Any]:
        """Return what is kept of a job: its summary, and how many visits it rests on."""
        patient = self.registry.patients.whole(job.patient)
        summary = self._learnt(job, patient) if job.kind == LEARN else self._forecast(job, patient)
        return {"summary": summary, "visits": len(patient.visits)}

    def _forecast(self, job: Job, patient: Patient) -> dict[str, Any]:
        from lupercal.api.forecasts import forecast  # noqa: PLC0415 - heavy, loaded when there is a job
        from lupercal.web.clinic.keeping_bands import forecast_bands  # noqa: PLC0415

        asked = job.asked
        result = forecast(
            patient, asked["therapies"], virtual_patients=int(asked["virtual_patients"]), months=int(asked["months"]),
            seed=int(asked["seed"]), keep=self.folder / job.id, tell=self._teller(job),
        )  # fmt: skip
        chances = result.frame("chances").to_dicts()
        return {"title": result.title, "chances": chances, "bands": forecast_bands(result.forecast)}

    def _learnt(self, job: Job, patient: Patient) -> dict[str, Any]:
        from lupercal.forecast.assimilation.update import updated_forecast  # noqa: PLC0415
        from lupercal.registry.expectations import LEARNT  # noqa: PLC0415
        from lupercal.web.clinic.keeping_bands import learnt_record  # noqa: PLC0415

        tell, asked = self._teller(job), job.asked
        tell("learning from visits", 0.0)
        learnt = updated_forecast(patient, str(asked["therapy"]), int(asked["until"]), seed=int(asked["seed"]))
        if learnt is None:
            raise LupercalError("no visit after day 0 tells anything that the forecast could learn from")
        return {"title": f"from all visits up to day {learnt.until}", LEARNT: learnt_record(learnt)}

    def _teller(self, job: Job) -> Callable[[str, float], None]:
        last = 0.0

        def tell(what: str, share: float) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last < BEAT_SECONDS:
                return
            last = now
            searching = not what.startswith("simulating")
            if self.registry.jobs.beat(job, share / 2 if searching else 0.5 + share / 2, what[:200]) != "running":
                raise _StoppedError

        return tell

    def _finish(self, job: Job, result: dict[str, Any]) -> None:
        """Keep the forecast and end the job, both or neither."""
        with suppress(RefusedError), self.registry.writing():
            run = self.registry.forecasts.add(
                ForecastRunRecord(
                    patient=job.patient, date=moment().date(), visits=result["visits"], asked=dict(job.asked),
                    folder=job.id, summary=result["summary"],
                ),
                by=self.name,
            )  # fmt: skip
            self.registry.jobs.finish(job, {"forecast": run.id})

    def _fail(self, job: Job, sentence: str) -> None:
        with suppress(LupercalError):
            self.registry.jobs.fail(job, sentence[:500])


@final
class SupervisedWorker:
    """The worker process beside the server: where it dies another one is started, which takes up its job at once."""

    def __init__(self, place: str, folder: Path) -> None:
        self._call = [sys.executable, "-m", "lupercal.web.worker", place, str(folder), str(os.getpid())]
        self._stopped = threading.Event()
        self.process = subprocess.Popen(self._call)
        threading.Thread(target=self._watch, name="worker", daemon=True).start()

    def stop(self) -> None:
        """End the worker and start none again; a job that it was at is taken up at the next start."""
        self._stopped.set()
        self.process.terminate()
        self.process.wait()

    def _watch(self) -> None:
        while not self._stopped.is_set():
            lost = self.process.pid
            self.process.wait()
            if not self._stopped.wait(RESTART_SECONDS):
                LOG.error("the worker ended with %s; another one is started", self.process.returncode)
                self.process = subprocess.Popen([*self._call, worker_name(lost)])


def worker_name(process: int) -> str:
    """Return the name under which a worker process claims jobs."""
    return f"worker-{process}"


def work(place: str, folder: Path, parent: int, lost: str = "") -> None:
    """Work until the process that started this one is gone; ``lost`` names a worker that died before it."""
    os.nice(_NICE)
    with open_registry(place) as registry:
        if lost:
            registry.jobs.requeue_of(lost)
        worker = Worker(registry, folder)
        while os.getppid() == parent:
            if not worker.take_one():
                time.sleep(IDLE_SECONDS)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])

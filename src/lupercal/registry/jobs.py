"""Computations in the background: queued, claimed by one worker, told of by a heartbeat, taken up again where it ends.

Progress and heartbeat are no part of the audit; that a job was asked for, cancelled or ended is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import update

from lupercal.registry import tables
from lupercal.registry.care_records import Job
from lupercal.registry.kinds import JOB
from lupercal.registry.memory import Memory
from lupercal.registry.records import JobState
from lupercal.registry.refusals import RefusedError
from lupercal.registry.rows import moment
from lupercal.registry.shelf import Shelf

STALE_SECONDS = 60.0
"""A running job whose worker was not heard of for so long is taken up again."""
MAX_ATTEMPTS = 3
"""So often a job is begun before it counts as failed."""


class Jobs(Shelf[Job]):
    """Jobs of the registry."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory, JOB)

    def queue(self, kind: str, asked: Mapping[str, Any], *, by: str, patient: str = "") -> Job:
        """Ask for a computation; it waits until a worker claims it."""
        record = Job(kind=kind, asked=dict(asked), patient=patient, queued_at=moment())
        return self.add(record, by=by, action="queue")

    def claim(self, worker: str, kinds: Iterable[str] = ()) -> Job | None:
        """Return the oldest waiting job, now running under this worker, or None; no two workers get the same.

        A job that was begun `MAX_ATTEMPTS` times is marked as failed instead.
        """
        table, wanted = tables.job.c, list(kinds)
        with self.memory.writing():
            conditions = [table.state == "queued", *([table.kind.in_(wanted)] if wanted else [])]
            for job in self.where(*conditions):
                if job.attempts < MAX_ATTEMPTS:
                    begun = replace(
                        job, state="running", worker=worker, attempts=job.attempts + 1, heartbeat_at=moment()
                    )
                    return self.change(begun, by=worker, action="claim")
                self._ended(job, "failed", by=worker, error=f"begun {job.attempts} times without coming to an end")
        return None

    def beat(self, job: Job, progress: float, said: str = "", checkpoint: Mapping[str, Any] | None = None) -> JobState:
        """Tell that a worker is alive, how far it is, and from where it can go on; return the job's state.

        The worker stops when it is no longer ``running`` under its name: somebody cancelled it, or it was taken over.
        """
        table = tables.job
        values: dict[str, Any] = {"progress": progress, "said": said, "heartbeat_at": _stamp()}
        with self.memory.writing() as connection:
            key = self.memory.key_of(connection, job.patient, make=job.patient == "")
            if checkpoint is not None:
                whole = self.encoded(replace(job, checkpoint=checkpoint), key)
                values["checkpoint"] = whole["checkpoint"]
            mine = (table.c.id == job.id) & (table.c.state == "running") & (table.c.worker == job.worker)
            connection.execute(update(table).where(mine).values(**values))
            current = self.found(connection, job.id)
            return current.state if current.worker == job.worker else "cancelled"

    def finish(self, job: Job, result: Mapping[str, Any] | None = None) -> Job:
        """Mark a job as done with its result."""
        return self._ended(job, "done", by=job.worker, result=result or {})

    def fail(self, job: Job, error: str) -> Job:
        """Mark a job as failed, with what went wrong in words."""
        return self._ended(job, "failed", by=job.worker, error=error)

    def cancel(self, name: str, *, by: str) -> Job:
        """Cancel a job that waits or runs; its worker learns of it at the next heartbeat."""
        with self.memory.writing():
            job = self.get(name)
            if job.state not in {"queued", "running"}:
                raise RefusedError(f"cancelling {name}", f"it is {job.state}")
            return self._ended(job, "cancelled", by=by)

    def resume(self, name: str, *, by: str) -> Job:
        """Let a job that failed or was cancelled wait again; it goes on from its checkpoint."""
        with self.memory.writing():
            job = self.get(name)
            if job.state not in {"failed", "cancelled"}:
                raise RefusedError(f"resuming {name}", f"it is {job.state}")
            again = replace(job, state="queued", error="", worker="", attempts=0)
            return self.change(again, by=by, action="resume")

    def requeue_stale(self, after_seconds: float = STALE_SECONDS, *, by: str = "registry") -> tuple[Job, ...]:
        """Let jobs wait again whose worker was not heard of for so long; return them."""
        oldest = _stamp(moment() - dt.timedelta(seconds=after_seconds))
        table = tables.job.c
        with self.memory.writing():
            lost = self.where(table.state == "running", table.heartbeat_at < oldest)
            return tuple(self.change(replace(job, state="queued", worker=""), by=by, action="requeue") for job in lost)

    def requeue_of(self, worker: str, *, by: str = "registry") -> tuple[Job, ...]:
        """Let the jobs of a worker that died wait again, at once; return them."""
        table = tables.job.c
        with self.memory.writing():
            lost = self.where(table.state == "running", table.worker == worker)
            return tuple(self.change(replace(job, state="queued", worker=""), by=by, action="requeue") for job in lost)

    def of_state(self, *states: JobState) -> tuple[Job, ...]:
        """Return the jobs in one of these states, oldest first."""
        return self.where(tables.job.c.state.in_(states))

    def _ended(
        self, job: Job, state: JobState, *, by: str, result: Mapping[str, Any] | None = None, error: str = ""
    ) -> Job:
        with self.memory.writing():
            theirs = self.get(job.id)
            progress = 1.0 if state == "done" else theirs.progress
            if theirs.worker != job.worker or theirs.state not in {"queued", "running"}:
                now = f"it is {theirs.state} under {theirs.worker or 'nobody'}"
                raise RefusedError(f"ending {job.id} as {state}", now)
            ended = replace(theirs, state=state, progress=progress, result=result or {}, error=error)
            return self.change(ended, by=by, action=state)

    def _order(self) -> Sequence[Any]:
        return (tables.job.c.queued_at, tables.job.c.id)


def _stamp(now: dt.datetime | None = None) -> str:
    return moment(now).isoformat(timespec="microseconds")

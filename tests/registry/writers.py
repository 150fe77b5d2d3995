"""Processes that write into one registry, run as ``python -m tests.registry.writers``: killed, or all at once."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

from sqlalchemy import select

import lupercal as lp
from lupercal.registry import tables
from lupercal.registry.making import make_registry
from lupercal.registry.opened import Registry, open_registry

VALUES = {"c3": 0.7, "c4": 0.1, "upcr": 0.9, "platelets": 180, "neutrophils": 3.1, "lymphocytes": 0.8, "igg": 5.0}


def begun(work: Callable[[], None]) -> int:
    """Let a new process do something and return its number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def write_on(place: str, patient: str, first: int, count: int, tell: int | None = None) -> None:
    """Enter visits on days of this process's own, amend each, queue jobs; tell through a pipe when writing begins."""
    with open_registry(place) as registry:
        if tell is not None:
            os.write(tell, b"!")
        for day in range(first, first + count):
            made = registry.visits.enter(patient, by=f"writer {first}", day=day, values=VALUES, label=f"day {day}")
            registry.visits.amend(made, by=f"writer {first}", why="second reading", values={"c3": 0.8})
            registry.jobs.queue("forecast", {"day": day}, by=f"writer {first}", patient=patient)


def wrong_with(registry: Registry) -> list[str]:
    """Return what is half-written: a bent audit, a visit without all values, a visit or job without its line."""
    found = registry.verify()
    said = [] if found.whole else [f"row {found.bad_row}: {found.reason}"]
    with registry.memory.reading() as connection:
        done = list(connection.execute(select(tables.audit.c.action, tables.audit.c.row_id)))
        visits = list(connection.execute(select(tables.visit.c.id, tables.visit.c.version, tables.visit.c.day)))
    noted, amended = ({row for action, row in done if action == what} for what in ("add", "amend"))
    for name, version, day in visits:
        record = registry.visits.get(name)
        expected = 0.8 if version == 2 else 0.7
        if day >= 1000 and (set(record.visit.values) != set(VALUES) or record.visit.values["c3"].value != expected):
            said.append(f"visit {name} is half-written")
        if name not in noted or (version == 2) != (name in amended):
            said.append(f"visit {name} and its audit differ")
    return said


def kill(folder: Path, times: int, seed: int) -> int:
    """Kill a writer at so many random moments; return the number of visits that were written all the same."""
    place, chance = str(folder / "registry.db"), Random(seed)
    with make_registry(place) as registry:
        patient = registry.patients.enrol(lp.read_patient("example-nephritis"), by="clerk").id
    write_on(place, patient, 900, 1)  # so that those begun later spend their time writing and not loading
    for turn in range(times):
        heard, tell = os.pipe()
        child = begun(lambda first=1000 + 300 * turn, tell=tell: write_on(place, patient, first, 300, tell))  # type: ignore[misc]
        if turn % 10:  # now and then it is killed while it opens the registry
            os.read(heard, 1)
        time.sleep(chance.uniform(0.0, 0.35))
        for end in (heard, tell):
            os.close(end)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with open_registry(place) as registry:
            wrong = wrong_with(registry)
            if wrong:
                raise SystemExit(f"turn {turn}: {wrong}")
    with open_registry(place) as registry:
        return sum(one.visit.day >= 1000 for one in registry.visits.of_patient(patient))


def all_at_once(place: str, keys: str, processes: int, each: int) -> int:
    """Let processes write at the same time; return the number of visits that are there in the end."""
    os.environ["LUPERCAL_REGISTRY_KEYS"] = keys
    with make_registry(place) as registry:
        given = lp.read_patient("example-nephritis")
        cases = [replace(given, id=f"case-{count}") for count in range(processes // 2)]
        patients = [registry.patients.enrol(case, by="clerk").id for case in cases]
    children = [
        begun(lambda first=1000 * (count + 1): write_on(place, patients[first // 2000 % len(patients)], first, each))  # type: ignore[misc]
        for count in range(processes)
    ]
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    if any(ends):
        raise SystemExit(f"exit statuses {ends}")
    with open_registry(place) as registry:
        wrong = wrong_with(registry)
        if wrong:
            raise SystemExit(str(wrong))
        jobs = len(registry.jobs.all())
        visits = sum(one.visit.day >= 1000 for patient in patients for one in registry.visits.of_patient(patient))
        if jobs != visits:
            raise SystemExit(f"{jobs} jobs, {visits} visits")
        return visits


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    if what == "kill":
        print(kill(Path(given[0]), int(given[1]), int(given[2])))
    else:
        print(all_at_once(given[0], given[1], int(given[2]), int(given[3])))

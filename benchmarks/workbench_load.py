"""Clinicians who click: how long the workbench takes to answer, with thousands of patients and a forecast at work.

    python -m benchmarks.workbench_crowd CLINIC --patients 5000
    python -m benchmarks.workbench_load CLINIC [--clinicians 50] [--seconds 120] [--pause 5] [--no-forecast]

The workbench runs as `lupercal serve` does, with its worker. Each clinician is signed in and goes on clicking: work
list, patients, search, a patient with the figure, a visit typed with live scores and saved, plan, eligibility. Told are
requests, errors, median, 95th and 99th hundredth by page as seen by the browser, processor time of the server per
request, and memory of server and worker.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import random
import re
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from lupercal.registry.listing import listed_patients
from lupercal.registry.opened import open_registry
from lupercal.web.accounts.records import Account
from lupercal.web.accounts.sessions import SignIn
from lupercal.web.accounts.store import accounts_in
from lupercal.web.settings import settings_in
from lupercal.web.worker import KIND

ASKED = {"therapies": ["cd19_car_t", "msc_umbilical"], "virtual_patients": 300, "months": 12, "seed": 1}
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Told:
    """What was seen: seconds by page, what went wrong, and how often a closed connection was opened anew."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    reopened: int = 0


@dataclass
class Clinician:
    """Somebody who clicks, with one connection kept open."""

    port: int
    cookie: str
    told: Told
    token: str = ""
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def open(self, page: str, path: str, form: Mapping[str, str] | None = None, live: bool = False) -> str:
        """Ask for a page (or send a form) and return its text; how long it took is kept under the page's name."""
        body = b"" if form is None else urlencode({"form_token": self.token, **form}).encode()
        began, method, reused = time.perf_counter(), "GET" if form is None else "POST", self.streams is not None
        try:
            try:
                status, where, text = await self._exchange(method, path, body, live)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                if method != "GET" or not reused or bool(getattr(error, "partial", b"")):
                    raise
                self.streams = None  # closed while it was idle: begun anew, as browsers do where nothing is written
                self.told.reopened += 1
                status, where, text = await self._exchange(method, path, body, live)
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            self.streams = None
            self.told.errors.append(f"{page}: {type(error).__name__}")
            return ""
        self.told.seconds[page].append(time.perf_counter() - began)
        if status == 303 and not where.startswith("/login"):
            return await self.open(f"{page}, then", where.partition("#")[0])
        if status != 200:
            self.told.errors.append(f"{page}: {status} {where}")
        shown = re.search(r'name="form_token" value="(\w+)"', text)
        self.token = shown[1] if shown else self.token
        return text

    async def _exchange(self, method: str, path: str, body: bytes, live: bool) -> tuple[int, str, str]:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        host = f"127.0.0.1:{self.port}"
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {host}",
            f"Origin: http://{host}",
            f"Cookie: lupercal={self.cookie}",
        ]
        lines += [f"Content-Length: {len(body)}", "Content-Type: application/x-www-form-urlencoded"] if body else []
        lines += ["HX-Request: true"] if live else []
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        text = await reader.readexactly(int(headers["content-length"]))
        place = re.search(r"(?im)^location: (\S+)", head)
        return int(head.split()[1]), place[1] if place else "", text.decode("utf-8", "replace")


async def clicks(who: Clinician, patients: Sequence[str], pause: float, until: float, chance: random.Random) -> None:
    """Click until the time is over."""
    await asyncio.sleep(chance.uniform(0, pause))
    while time.monotonic() < until:
        for step in _round(who, chance.choice(patients), chance):
            await step
            await asyncio.sleep(pause * chance.uniform(0.8, 1.2))
            if time.monotonic() > until:
                break


def _round(who: Clinician, patient: str, chance: random.Random) -> list[Any]:
    """Return the clicks of one round, in the order in which a clinician makes them."""
    here = f"/patients/{patient}"
    later = dt.date.today() - dt.timedelta(days=chance.randrange(1, 600))
    typed = {"date": later.isoformat(), "v.igg": f"{chance.uniform(4, 14):.1f}", "v.pga": "1.2", "v.rash": "no"}
    return [
        _Later(lambda: who.open("work list", "/today")),
        _Later(lambda: who.open("patients", f"/patients?start={50 * chance.randrange(90)}")),
        _Later(lambda: who.open("search", "/patients/search", {"text": chance.choice(("Berg", "Demir-12", "C-4"))})),
        _Later(lambda: _patient(who, here)),
        _Later(lambda: who.open("visit form", f"{here}/visits/new")),
        _Later(lambda: who.open("live scores", f"{here}/visits/preview", typed, live=True)),
        _Later(lambda: who.open("save visit", f"{here}/visits", typed)),
        _Later(lambda: who.open("plan", f"{here}/plan")),
        _Later(lambda: who.open("eligibility", f"{here}/eligibility")),
        _Later(lambda: who.open("events", f"{here}/events")),
        _Later(lambda: who.open("forecasts", f"{here}/forecasts")),
        _Later(lambda: who.open("board", "/board")),
    ]


@dataclass
class _Later:
    """A click that begins when it is awaited."""

    begin: Any

    def __await__(self) -> Any:
        return self.begin().__await__()


async def _patient(who: Clinician, here: str) -> None:
    """Open a patient's page as a browser does: the page, then the figure it draws."""
    await who.open("patient", here)
    await who.open("figure", f"{here}/timeline.json")


@dataclass
class Process:
    """A process of the workbench, as the system sees it."""

    number: int

    def seconds(self) -> float:
        """Return the processor time so far."""
        parts = Path(f"/proc/{self.number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / TICKS

    def peak_megabytes(self) -> float:
        """Return the largest memory so far."""
        status = Path(f"/proc/{self.number}/status").read_text(encoding="ascii")
        found = re.search(r"VmHWM:\s+(\d+)", status)
        return int(found[1]) / 1024 if found else 0.0

    def children(self) -> list[Process]:
        """Return the processes that it started."""
        listed = Path(f"/proc/{self.number}/task/{self.number}/children").read_text(encoding="ascii")
        return [Process(int(one)) for one in listed.split()]


def signed_in(folder: Path, count: int) -> list[str]:
    """Return the cookies of so many clinicians."""
    store, settings = accounts_in(folder), settings_in(folder)
    desk, cookies = SignIn(store, settings), []
    for number in range(count):
        name = f"load-{number}"
        account = store.account(name) or Account(name=name, full_name="", role="clinician", password_hash="-")
        if store.account(name) is None:
            store.add(account)
        cookies.append(desk.begin(account, complete=True)[0])
    return cookies


async def load(folder: Path, given: argparse.Namespace, port: int, server: Process) -> Told:
    """Let clinicians click for some time and return what was seen."""
    with open_registry(settings_in(folder).registry) as registry:
        patients = [one.id for one in listed_patients(registry)]
        for job in registry.jobs.of_state("queued", "running"):
            registry.jobs.cancel(job.id, by="load")
        visited = next(one for one in patients if registry.visits.of_patient(one))
        for _ in range(0 if given.no_forecast else 20):
            registry.jobs.queue(KIND, ASKED, by="load", patient=visited)
    told = Told()
    people = [Clinician(port, cookie, told) for cookie in signed_in(folder, given.clinicians)]
    await people[0].open("first", "/today")
    told.seconds.clear()
    before, until = server.seconds(), time.monotonic() + given.seconds
    chance = random.Random(given.seed)
    await asyncio.gather(*(clicks(one, patients, given.pause, until, random.Random(chance.random())) for one in people))
    requests = sum(map(len, told.seconds.values()))
    print(f"{len(patients)} patients, {given.clinicians} clinicians, {given.seconds} s: {requests} requests")
    print(f"server: {1000 * (server.seconds() - before) / requests:.1f} ms of processor time per request")
    return told


def report(told: Told, server: Process) -> None:
    """Print what was seen."""
    whole = [one for some in told.seconds.values() for one in some]
    for name, some in [*sorted(told.seconds.items()), ("all", whole)]:
        ranked = sorted(some)
        p50, p95, p99 = (1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))] for share in (0.5, 0.95, 0.99))
        print(f"{name:22} {len(some):5} requests  p50 {p50:6.0f}  p95 {p95:6.0f}  p99 {p99:6.0f} ms")
    print(f"errors: {len(told.errors)} {told.errors[:5]}, connections opened anew: {told.reopened}")
    print(f"memory at most: server {server.peak_megabytes():.0f} MB", end="")
    print("".join(f", worker {one.peak_megabytes():.0f} MB" for one in server.children()))
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def main() -> None:
    """Serve a clinic, let clinicians click, and tell what was seen."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--clinicians", type=int, default=50)
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--pause", type=float, default=5)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--no-forecast", action="store_true")
    given = options.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    call = [sys.executable, "-c", "from lupercal.cli.main import run; run()"]
    call = [*call, "serve", "--demo", "--folder", str(given.folder), "--port", str(port)]
    server = subprocess.Popen(call, stdout=subprocess.DEVNULL)
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.2)
        told = asyncio.run(load(given.folder, given, port, Process(server.pid)))
        report(told, Process(server.pid))
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()

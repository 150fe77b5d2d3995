"""A workbench that is killed in mid-day leaves nothing half-written and loses nothing that it confirmed.

    python -m benchmarks.workbench_kills [--kills 50] [--seed 1]

One process serves the demo clinic; candidates, imports, visits, plans, products and forecasts are sent to it as
browsers send them, until it is killed (kill -9) at a random moment. After each kill the registry is opened: its audit
must be whole, every record readable and complete, and whatever was answered with success must be there.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import re
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx2
import uvicorn

from lupercal.registry.opened import Registry, open_registry
from lupercal.web.accounts.inbox import Inbox
from lupercal.web.accounts.sessions import SignIn
from lupercal.web.accounts.store import accounts_in
from lupercal.web.app import create_app
from lupercal.web.serving import prepared
from lupercal.web.settings import WebSettings

TODAY = dt.date.today()
ROUND = 45
"""Requests of a day and a little more."""


@dataclass
class Confirmed:
    """What the workbench said was done."""

    visits: set[tuple[str, str]] = field(default_factory=set)
    patients: set[str] = field(default_factory=set)
    planned: set[str] = field(default_factory=set)
    released: set[str] = field(default_factory=set)
    infused: set[str] = field(default_factory=set)
    jobs: set[str] = field(default_factory=set)
    requests: int = 0


@dataclass
class Browser:
    """Somebody's browser: keeps its cookies and the token of the page on which it stands."""

    address: str
    done: Confirmed
    cookie: str = ""
    token: str = ""

    def __post_init__(self) -> None:
        cookies = {"lupercal": self.cookie} if self.cookie else {}
        self.client = httpx2.Client(base_url=self.address, cookies=cookies, timeout=30)

    def get(self, path: str) -> httpx2.Response:
        """Open a page."""
        self.done.requests += 1
        answer = self.client.get(path, follow_redirects=True)
        shown = re.search(r'name="form_token" value="(\w+)"', answer.text)
        self.token = shown[1] if shown else self.token
        return answer

    def send(self, path: str, form: Mapping[str, str | list[str]], **given: object) -> str:
        """Send a form that must be accepted, and return where the answer leads."""
        self.done.requests += 1
        sent = {"form_token": self.token, **form}
        answer = self.client.post(path, data=sent, headers={"Origin": self.address}, **given)  # type: ignore[arg-type]
        if answer.status_code not in {200, 303}:
            raise AssertionError(f"{path}: {answer.status_code} {re.findall('href=.#[^<]*', answer.text)}")
        return answer.headers.get("location", "").partition("#")[0]


def bundle(number: int) -> bytes:
    """Return a hospital's file."""
    patient = {"resourceType": "Patient", "id": f"h{number}", "gender": "female", "birthDate": "1990-04-01"}
    value = {"value": 11.2, "unit": "g/dL", "code": "g/dL", "system": "http://unitsofmeasure.org"}
    seen = {
        "resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": f"Patient/h{number}"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        "effectiveDateTime": (TODAY - dt.timedelta(days=20)).isoformat(), "valueQuantity": value,
    }  # fmt: skip
    whole = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}, {"resource": seen}]}
    return json.dumps(whole).encode()


def days(first: Browser, second: Browser, visitor: Browser, done: Confirmed, number: int) -> Iterator[None]:
    """Live through a clinic's day again and again, one click after the other; what is confirmed is noted."""
    while True:
        number += 1
        visitor.get("/candidate/en/question?name=age")
        visitor.send("/candidate/en/question", {"name": "age", "answer": "40", "move": "on"})
        visitor.get("/candidate/en/send")
        visitor.send("/candidate/en/send", {"name": f"C {number}", "contact": "c@example.test", "consent": "yes"})
        yield
        letter = re.search(r"/candidates/(\w+)/accept", first.get("/candidates").text)
        if letter is not None:
            took = first.client.post(
                f"/candidates/{letter[1]}/accept", data={"form_token": first.token}, headers={"Origin": first.address}
            )
            if took.status_code == 303:
                done.patients.add(took.headers["location"].rpartition("/")[2])
            else:  # it was taken in before the kill, which its letter outlived
                first.send(f"/candidates/{letter[1]}/delete", {})
        yield
        first.get("/import")
        draft = first.send("/import", {}, files={"file": ("b.json", bundle(number), "application/json")})
        lines = re.findall(r'name="line" value="([^"]+)"', first.get(draft).text)
        given = {"line": lines, "given_name": "H", "family_name": f"W {number}", "local_id": f"K-{number}"}
        here = first.send(draft, given)
        patient = here.rpartition("/")[2]
        done.patients.add(patient)
        yield
        yield from _therapy(first, second, here, patient, done, number)


def _therapy(first: Browser, second: Browser, here: str, patient: str, done: Confirmed, number: int) -> Iterator[None]:
    _visit(second, here, patient, done, 10)
    yield
    first.get(f"{here}/plan")
    first.send(f"{here}/plan", {"programme": "ozek.msc", "start": TODAY.isoformat()})
    done.planned.add(patient)
    yield
    base, code = f"{here}/products", f"BAG-{number}"
    first.get(base)
    first.send(base, {"product": "msc_umbilical", "code": code, "donor": "donor-1"})
    bag = re.search(rf"{base}/([\w-]+)/make", first.get(base).text)
    assert bag is not None
    first.send(f"{base}/{bag[1]}/make", {"manufacturer": "M", "batch": "B", "gmp_certificate": "G"})
    first.send(f"{base}/{bag[1]}/release", {"values": "viability: 91 %"})
    done.released.add(bag[1])
    yield
    first.send(f"{base}/{bag[1]}/present", {"person": patient, "code": code})
    second.get(base)
    second.send(f"{base}/{bag[1]}/infuse", {"person": patient, "code": code})
    done.infused.add(bag[1])
    yield
    _visit(second, here, patient, done, 2)
    second.get(f"{here}/forecasts")
    second.send(f"{here}/forecasts", {"therapy": "msc_umbilical", "months": "3", "virtual_patients": "50"})
    done.jobs.add(patient)
    yield


def _visit(who: Browser, here: str, patient: str, done: Confirmed, ago: int) -> None:
    day = (TODAY - dt.timedelta(days=ago)).isoformat()
    who.get(f"{here}/visits/new")
    who.send(f"{here}/visits", {"date": day, "v.igg": "7.5", "v.pga": "1.2", "v.rash": "no", "label": "walk"})
    done.visits.add((patient, day))


def served(settings: WebSettings, port: int) -> int:
    """Serve in a process of its own, begun as a copy of this one, and return its number."""
    process = os.fork()
    if process == 0:
        try:
            uvicorn.run(create_app(settings), port=port, log_level="critical")
        finally:
            os._exit(0)
    while socket.socket().connect_ex(("127.0.0.1", port)):
        time.sleep(0.02)
    return process


def lived(settings: WebSettings, done: Confirmed, number: int, chance: random.Random) -> None:
    """Let the day go on until the server is killed, at a random moment of a random request."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = served(settings, port)
    desk, address = SignIn(accounts_in(settings.folder), settings), f"http://127.0.0.1:{port}"
    people = [Browser(address, done, _cookie(desk, name)) for name in ("coordinator", "clinician")]
    last, delay = done.requests + chance.randrange(1, ROUND), chance.uniform(0, 0.2)
    killer = threading.Thread(target=_kill, args=(process, done, last, delay))
    killer.start()
    try:
        for _ in days(*people, Browser(address, done), done, number):
            pass
    except httpx2.TransportError:
        pass
    finally:
        done.requests += ROUND  # so that the server is killed also where the day ended otherwise
        killer.join()
        os.waitpid(process, 0)


def _kill(process: int, done: Confirmed, last: int, delay: float) -> None:
    while done.requests < last:
        time.sleep(0.002)
    time.sleep(delay)
    os.kill(process, signal.SIGKILL)


def _cookie(desk: SignIn, name: str) -> str:
    account = desk.store.account(name)
    assert account is not None
    return desk.begin(account, complete=True)[0]


def faults(settings: WebSettings, done: Confirmed) -> list[str]:
    """Return what is half-written or lost."""
    with open_registry(settings.registry) as registry:
        verified = registry.verify(records=True)
        found = [] if verified.whole else [f"audit: row {verified.bad_row} {verified.reason}"]
        known = {one.id for one in registry.patients.all()}
        found += [f"patient {one} is lost" for one in done.patients - known]
        for name in known:
            found += _faults_of(registry, name, done)
        for one in done.released | done.infused:
            product = registry.products.get(one)
            whole = product.released_by and product.release_values
            infused = bool(product.infused_at and product.confirmed_by) or one not in done.infused
            found += [] if whole and infused else [f"product {one} lost a step"]
    Inbox(accounts_in(settings.folder), settings.key).letters()
    return found


def _faults_of(registry: Registry, name: str, done: Confirmed) -> list[str]:
    whole = registry.patients.whole(name)
    found = [] if len(registry.patients.identities(name)) == 1 else [f"{name} has no name"]
    found += [] if registry.journey.moves(name) else [f"{name} has no beginning"]
    dates = {one.date for one in whole.visits}
    found += [f"visit {day} of {name} is lost" for patient, day in done.visits if patient == name and day not in dates]
    walked = [one for one in registry.visits.of_patient(name) if one.visit.label == "walk"]
    found += [f"visit {one.id} is half-written" for one in walked if set(one.visit.values) != {"igg", "pga", "rash"}]
    plan = registry.plans.current(name)
    found += [f"{name} lost its plan"] if name in done.planned and plan is None else []
    found += [f"{name} has a plan without tasks"] if plan is not None and not registry.plans.tasks_of(plan.id) else []
    found += [f"{name} lost its job"] if name in done.jobs and not registry.jobs.of_patient(name) else []
    return found


def killed(folder: Path, kills: int, seed: int) -> tuple[Confirmed, list[str]]:
    """Kill a workbench so many times; return what it confirmed, and what was found wrong."""
    settings = prepared(folder, demo=True, secure=False, hosts=(), database="", say=lambda _: None)
    settings = replace(settings, requests_per_minute=1_000_000)
    chance, done = random.Random(seed), Confirmed()
    wrong: list[str] = []
    for turn in range(1, kills + 1):
        lived(settings, done, 1000 * turn, chance)
        wrong += (now := faults(settings, done))
        print(f"kill {turn}: {len(done.patients)} patients, {len(done.visits)} visits, {len(now)} faults", flush=True)
    return done, wrong


def main() -> None:
    """Kill, look, and tell."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as room:
        done, wrong = killed(Path(room) / "clinic", given.kills, given.seed)
    print(
        f"{given.kills} kills: {len(done.patients)} patients, {len(done.visits)} visits, {len(done.infused)} infusions"
    )
    print(f"half-written or lost: {len(wrong)} {wrong[:5]}")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()

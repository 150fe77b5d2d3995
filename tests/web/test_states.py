"""Every state of the pages, not only their first sight: refusals, conflicts, empty lists, locks, jobs, languages.

Each state is reached over HTTP, then shown in a real browser: axe (WCAG 2.2 AA and best practice) finds nothing, in
light and dark, at 1280, 390 and 320 px and at a zoom of 200 %, and nothing is hidden at the side.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pyotp
import pytest

from lupercal.web.accounts.sealing import Seal
from lupercal.web.accounts.store import accounts_in
from lupercal.web.worker import KIND
from tests.web.attack import Attacker
from tests.web.browser import AXE, CHROMIUM, SHOTS, Person, Served
from tests.web.site import Site
from tests.web.test_injection import answered, attacker
from tests.web.test_open_pages import BUNDLE

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # sockets that pages left open
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM or not AXE.is_file(), reason="needs chromium and axe-core (see .ci/browser)"),
]
TODAY = dt.date.today().isoformat()
MODES = {
    "1280-light": (1280, "light", 1.0), "1280-dark": (1280, "dark", 1.0), "390-light": (390, "light", 3.0),
    "390-dark": (390, "dark", 3.0), "320-light": (320, "light", 1.0), "200-percent": (640, "light", 2.0),
}  # fmt: skip
"""Width in pixels of the page, colours, and pixels of the screen for each of them; 1280 at 200 % is 640 at 2."""
ASKED = {"therapies": ["cd19_car_t"], "virtual_patients": 50, "months": 1, "seed": 1}
TABLE = b"patient,date,c3,note\nA-1,2026-03-01,0.8,x\nA-1,2026-04-01,0.9,y\n"


@pytest.fixture(scope="module")
def states(served: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """Return every state by name: the address it stands at, and its page."""
    found: dict[str, tuple[str, str]] = {}
    people = {role: attacker(served, role) for role in ("", "coordinator", "clinician", "admin", "viewer")}

    def keep(name: str, answer: Any) -> Any:
        assert "<html" in answer.text, (name, answer.status_code)
        found[name] = (answer.url.path, answer.text)
        return answer

    candidates(people[""], keep)
    signing_in(served, people[""], keep)
    administration(people["admin"], keep)
    records(served, people["coordinator"], people["clinician"], keep)
    therapies(served, people["coordinator"], people["clinician"], keep)
    brought_in(people["coordinator"], keep)
    jobs(served, people["clinician"], keep)
    keep("not allowed", people["viewer"].get("/patients/new"))
    keep("nothing there", people["viewer"].get("/patients/p-2222222222"))
    empty_clinic(tmp_path_factory.mktemp("empty"), found)
    return found


def candidates(person: Attacker, keep: Any) -> None:
    for code in ("en", "de", "he", "tr"):
        person.get(f"/candidate/{code}/question?name=age")
        given = {"name": "age", "answer": "-3", "move": "on"}
        keep(f"candidate-{code} refused", person.post(f"/candidate/{code}/question", given))
        keep(f"candidate-{code} send nothing", person.post(f"/candidate/{code}/send", {"consent": "yes"}))
    for name, answer in (("lupus_type", "systemic"), ("age", "33"), ("pregnant", "yes")):
        person.get(f"/candidate/en/question?name={name}")
        person.post("/candidate/en/question", {"name": name, "answer": answer, "move": "on"})
    for code in ("en", "de", "he", "tr"):
        keep(f"candidate-{code} result", person.get(f"/candidate/{code}/result"))
        keep(f"candidate-{code} no consent", person.post(f"/candidate/{code}/send", {"name": "A"}))
    keep("candidate sent", person.post("/candidate/he/send", {"name": "A B", "contact": "a@b.test", "consent": "yes"}))


def signing_in(served: Served, person: Attacker, keep: Any) -> None:
    person.get("/login")
    for turn in range(5):
        answer = person.post("/login", {"name": "nobody", "password": "wrong"})
        if turn in {0, 4}:
            keep("login wrong" if turn == 0 else "login locked", answer)
    store = accounts_in(served.settings.folder)
    store.change(
        "viewer", second_factor=Seal(served.settings.key, "second factor").closed(pyotp.random_base32().encode())
    )
    person.get("/login")
    keep("code", person.post("/login", {"name": "viewer", "password": served.password}))
    keep("code wrong", person.post("/login/code", {"code": "1"}))
    store.change("viewer", second_factor="")


def administration(admin: Attacker, keep: Any) -> None:
    admin.get("/accounts")
    keep("account made", admin.post("/accounts", {"name": "new.person", "full_name": "A", "role": "viewer"}))
    keep("account refused", admin.post("/accounts", {"name": "X!", "full_name": "A", "role": "viewer"}))
    admin.get("/accounts/new.person/again")
    keep("letting in refused", admin.post("/accounts/new.person/again", {"lost": "", "proof": "x"}))
    given = {"lost": "second factor", "proof": "seen in person with the staff card"}
    keep("let in again", admin.post("/accounts/new.person/again", given))
    keep("password refused", admin.post("/account/password", {"old": "x", "new": "y"}))
    keep("code refused", admin.post("/account/second-factor", {"sealed": "x", "code": "1"}))
    keep("token refused", admin.post("/account/tokens", {"label": ""}))
    keep("token made", admin.post("/account/tokens", {"label": "R", "scope": "read", "days": "3"}))
    keep("old page", admin.client.post("/accounts", data={"form_token": "old"}, headers={"Origin": admin.address}))


def records(served: Served, coordinator: Attacker, clinician: Attacker, keep: Any) -> None:
    seen = served.patient_in("follow_up")
    coordinator.get("/patients/new")
    keep("person refused", coordinator.post("/patients", {"given_name": "A"}))
    keep("search nobody", coordinator.post("/patients/search", {"text": "zzzz"}))
    keep("search found", coordinator.post("/patients/search", {"text": "a"}))
    keep("move refused", coordinator.post(f"/patients/{seen}/move", {"to": "candidate", "why": ""}))
    keep("consent refused", coordinator.post(f"/patients/{seen}/consents", {"document": ""}))
    base, given = f"/patients/{seen}/visits", {"date": TODAY, "v.rash": "yes", "v.pga": "1"}
    clinician.get(f"{base}/new")
    keep("visit refused", clinician.post(base, given | {"v.platelets": "-4"}))
    keep("visit without date", clinician.post(base, given | {"date": ""}))
    keep("visit previewed", clinician.post(f"{base}/preview", given))
    keep("visit copied", clinician.get(f"/patients/{seen}/visits/new?copy=true"))
    visit = served.registry.visits.of_patient(seen)[-1]
    here = f"/patients/{seen}/visits/{visit.id}"
    clinician.get(here)
    given = {"visit": visit.id, "version": str(visit.version), "v.pga": "0.6", "why": "a slip"}
    keep("amendment without reason", clinician.post(here, given | {"why": ""}))
    keep("visit amended", clinician.post(here, given))
    keep("visit in conflict", clinician.post(here, given | {"v.pga": "0.9"}))
    keep("event refused", clinician.post(f"/patients/{seen}/events", {"term": "", "scale": "CRS", "grade": "1"}))
    keep(
        "event kept",
        clinician.post(f"/patients/{seen}/events", {"term": "Fever", "scale": "CRS", "grade": "3", "serious": "yes"}),
    )


def therapies(served: Served, coordinator: Attacker, clinician: Attacker, keep: Any) -> None:
    planned, bag = served.patient_in("planned"), served.patient_in("released")
    coordinator.get(f"/patients/{planned}/plan")
    keep("plan draft", coordinator.get(f"/patients/{planned}/plan?programme=ozek.msc&start={TODAY}"))
    keep("plan unreadable", coordinator.get(f"/patients/{planned}/plan?programme=none&start=never"))
    keep("start not moved", coordinator.post(f"/patients/{planned}/plan/start", {"start": TODAY, "why": ""}))
    free = served.patient_in("criteria_met")
    long_ago = (dt.date.today() - dt.timedelta(days=3)).isoformat()
    served.registry.visits.enter(free, by="t", date=long_ago, values={"malignancy": True})
    keep("plan stopped", coordinator.get(f"/patients/{free}/plan?programme=erlangen.car_t&start={TODAY}"))
    keep("stop refused", coordinator.post(f"/patients/{free}/plan", {"programme": "erlangen.car_t", "start": TODAY}))
    base = f"/patients/{bag}/products"
    coordinator.get(base)
    keep("order refused", coordinator.post(base, {"product": "cd19_car_t", "code": ""}))
    product = served.registry.products.of_patient(bag)[0]
    keep("check refused", coordinator.post(f"{base}/{product.id}/present", {"person": "p-other", "code": "other"}))
    coordinator.post(f"{base}/{product.id}/present", {"person": bag, "code": product.code})
    keep("second check", clinician.get(base))


def brought_in(coordinator: Attacker, keep: Any) -> None:
    coordinator.get("/import")
    keep("import refused", coordinator.post("/import", {}, files={"file": ("x.json", b"{", "x/y")}))
    whole = {"file": ("x.json", json.dumps(BUNDLE).encode(), "x/y")}
    report = keep("import report", coordinator.post("/import", {}, files=whole))
    keep("import of nothing", coordinator.post(report.url.path, {"local_id": "Z-1"}))
    keep("table brought", coordinator.post("/import", {}, files={"file": ("x.csv", TABLE, "text/csv")}))


def jobs(served: Served, clinician: Attacker, keep: Any) -> None:
    patient, queue = served.patient_in("planned"), served.registry.jobs
    here = f"/patients/{patient}/forecasts"
    clinician.get(here)
    keep("forecast refused", clinician.post(here, {"months": "0"}))
    failed = queue.queue(KIND, ASKED, by="t", patient=patient)
    queue.fail(queue.claim("w", [KIND]) or failed, "no visit to rest on")
    queue.cancel(queue.queue(KIND, ASKED, by="t", patient=patient).id, by="t")
    running = queue.queue(KIND, ASKED, by="t", patient=patient)
    claimed = queue.claim("w", [KIND])
    assert claimed is not None
    queue.beat(claimed, 0.4, "simulating")
    queue.queue(KIND, ASKED, by="t", patient=patient)
    keep("jobs waiting, running, failed, cancelled", clinician.get(here))
    queue.cancel(running.id, by="t")


def empty_clinic(folder: Path, found: dict[str, tuple[str, str]]) -> None:
    visitor = Site(folder).signed_in("coordinator")
    for path in ("/today", "/patients", "/board", "/candidates", "/waiting"):
        found[f"empty {path}"] = (path, visitor.get(path).text)
    auditor = Site(folder / "other").signed_in("auditor")
    found["empty /audit"] = ("/audit", auditor.get("/audit").text)


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_no_violation_in_any_state(
    browser: Any, served: Served, states: dict[str, tuple[str, str]], mode: str
) -> None:
    width, scheme, scale = MODES[mode]
    person = Person(browser, served, width, scheme, bypass_csp=True, device_scale_factor=scale)
    person.page.route(f"{served.address}/patients/**", lambda route: route.abort())  # what a page asks for by itself
    wrong: dict[str, Any] = {}
    for name, (path, text) in states.items():
        address = f"{served.address}/shown-here{path}"
        person.page.route("**/shown-here/**", partial(answered, text, "text/html"))
        person.page.goto(address)
        if SHOTS:
            plain = re.sub("[^a-z0-9]+", "-", name)
            person.page.screenshot(path=Path(SHOTS) / f"state-{plain}-{mode}.png", full_page=True)
        found, wide = person.violations(), person.too_wide()
        person.page.unroute("**/shown-here/**")
        if found or wide > 0:
            wrong[name] = (found, wide)
    person.context.close()
    assert len(states) > 50
    assert wrong == {}

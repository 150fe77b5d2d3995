"""A clinic's day in a real browser: no violation that axe finds, no message of the content policy, keyboard and phone.

``SHOTS=FOLDER`` keeps a picture of every page at 1280 and 390 px, light and dark.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from lupercal.web.worker import Worker
from tests.web.browser import AXE, CHROMIUM, SHOTS, Person, Served
from tests.web.test_open_pages import BUNDLE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM or not AXE.is_file(), reason="needs chromium and axe-core (see .ci/browser)"),
]
SIZES = [(1280, "light"), (390, "dark"), (1280, "dark"), (390, "light")]
NARROW = 320


def pages_of(served: Served) -> dict[str, tuple[str, str]]:
    """Return every page by name: who opens it, and its address."""
    planned, seen, bag = (served.patient_in(state) for state in ("planned", "follow_up", "released"))
    visit = served.registry.visits.of_patient(seen)[-1].id
    claim = "/claims/A01"
    visitor = {
        "start": "/", "login": "/login", "sources": "/sources", "claims": "/claims", "claim": claim,
        "nothing": "/nothing", "validation": "/validation",
        **{f"candidate-{code}": f"/candidate/{code}" for code in ("en", "de", "he", "tr")},
        **{f"question-{code}": f"/candidate/{code}/question" for code in ("en", "he")},
        **{f"organs-{code}": f"/candidate/{code}/question?name=organs_involved" for code in ("en", "he")},
        **{f"result-{code}": f"/candidate/{code}/result" for code in ("en", "de", "he", "tr")},
        "send": "/candidate/en/send",
    }  # fmt: skip
    coordinator = {
        "today": "/today", "patients": "/patients", "nobody": "/patients?state=closed", "new-person": "/patients/new",
        "board": "/board", "waiting": "/waiting", "alerts": "/patients?alert=urgent",
        "documents": f"/patients/{seen}/documents", "candidates": "/candidates", "import": "/import",
        "account": "/account",
        "patient": f"/patients/{seen}", "eligibility": f"/patients/{planned}/eligibility",
        "plan": f"/patients/{planned}/plan",
        "draft": f"/patients/{planned}/plan?programme=ozek.msc&start={dt.date.today()}",
        "letter": f"/patients/{planned}/plan/letter", "product": f"/patients/{bag}/products",
        "events": f"/patients/{seen}/events", "record": f"/patients/{seen}/record",
        "visit": f"/patients/{seen}/visits/{visit}",
        "new-visit": f"/patients/{seen}/visits/new", "forecasts": f"/patients/{planned}/forecasts",
    }  # fmt: skip
    return {
        **{name: ("", path) for name, path in visitor.items()},
        **{name: ("coordinator", path) for name, path in coordinator.items()},
        "accounts": ("admin", "/accounts"), "let-in": ("admin", "/accounts/clinician/again"),
        "keeping": ("admin", "/keeping"), "audit": ("auditor", "/audit"),
        "forecasts-clinician": ("clinician", coordinator["forecasts"]),
        "pseudonym": ("statistician", coordinator["patient"]),
    }  # fmt: skip


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_no_violation_and_nothing_is_hidden_at_the_side(
    browser: Any, served: Served, width: int, scheme: str
) -> None:
    found: dict[str, Any] = {}
    for who in ("", "coordinator", "admin", "auditor", "clinician", "statistician"):
        person = Person(browser, served, width, scheme, bypass_csp=True)
        if who:
            person.sign_in(who)
        for name, (reader, path) in pages_of(served).items():
            if reader != who:
                continue
            person.go(path)
            if SHOTS:
                person.page.wait_for_timeout(600 if name == "patient" else 50)
                person.page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{scheme}.png", full_page=True)
            wrong = person.violations()
            if wrong or person.too_wide() > 0:
                found[name] = (wrong, person.too_wide())
        person.context.close()
    assert found == {}


def test_narrow_screens_hide_nothing_at_the_side(browser: Any, served: Served) -> None:
    """320 px wide, which is also 1280 px at 400 %."""
    found = {}
    for who in ("", "coordinator"):
        person = Person(browser, served, NARROW)
        if who:
            person.sign_in(who)
        for name, (reader, path) in pages_of(served).items():
            if reader == who:
                person.go(path)
                person.unfold()
                found[name] = person.too_wide()
        person.close()
    assert {name: wide for name, wide in found.items() if wide > 0} == {}


def test_a_visit_is_added_by_keyboard_alone(browser: Any, served: Served) -> None:
    patient = served.patient_in("criteria_met")
    person = Person(browser, served).sign_in("clinician")
    page = person.go(f"/patients/{patient}")
    before = len(served.registry.visits.of_patient(patient))
    _tab_to(page, "Add a visit")
    page.keyboard.press("Enter")
    page.wait_for_url("**/visits/new")
    _tab_to(page, "v.seizure")
    page.keyboard.press("ArrowRight")
    _tab_to(page, "v.pga")
    page.keyboard.type("1.5")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/patients/{patient}*")
    assert len(served.registry.visits.of_patient(patient)) == before + 1
    person.close()


def _tab_to(page: Any, wanted: str) -> None:
    """Press Tab until something of that text or name has the focus, which must be seen."""
    for _ in range(300):
        page.keyboard.press("Tab")
        name = page.evaluate("(document.activeElement.textContent.trim() || document.activeElement.name || '')")
        if wanted in {name, page.evaluate("document.activeElement.name || ''")}:
            return
    raise AssertionError(f"{wanted} is not reached by keyboard")


def answer_all(person: Person) -> None:
    """Answer a candidate's questions: yes to nothing dangerous, an age, the type; the rest is not known."""
    page = person.go("/candidate/en")
    page.get_by_role("link", name="Start the questions").click()
    for _ in range(80):
        if "/result" in page.url:
            return
        if page.get_by_role("link", name="Show the result").count():
            page.get_by_role("link", name="Show the result").click()
        elif page.get_by_label("Systemic lupus (SLE)").count():
            page.get_by_label("Systemic lupus (SLE)").check()
            person.press("Continue")
        elif page.get_by_label("How old are you").count():
            page.get_by_label("How old are you").fill("33")
            person.press("Continue")
        else:
            person.press("I do not know")
    raise AssertionError("the questions do not end")


def test_a_clinic_s_day(browser: Any, served: Served, tmp_path: Path) -> None:
    """Candidate, coordinator, import, visit, eligibility, plan, product, infusion with two people, forecast, table."""
    candidate = Person(browser, served)
    answer_all(candidate)
    candidate.page.get_by_role("link", name="Send my answers to the clinic").click()
    candidate.page.get_by_label("Your name").fill("Walk Through")
    candidate.page.get_by_label("E-mail or phone").fill("walk@example.test")
    candidate.page.get_by_label("I agree").check()
    candidate.press("Send")
    candidate.page.get_by_text("Your answers were sent").first.wait_for()
    candidate.close()

    coordinator, clinician = (Person(browser, served).sign_in(name) for name in ("coordinator", "clinician"))
    page = coordinator.go("/candidates")
    page.get_by_role("button", name="Take in Walk Through").click()
    page.get_by_text("Walk Through").first.wait_for()

    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(BUNDLE), encoding="utf-8")
    coordinator.go("/import")
    page.get_by_label("File").set_input_files(file)
    coordinator.press("Read the file")
    page.get_by_label("Given name").fill("Hospital")
    page.get_by_label("Family name").fill("Walk")
    coordinator.press("Take in what is ticked")
    page.get_by_text("Hospital Walk").first.wait_for()
    patient = page.url.rpartition("/")[2].partition("#")[0]
    zero = dt.date.today() - dt.timedelta(days=95)
    served.registry.patients.re_anchor(patient, zero, by="test", why="the infusion lies three months back")

    _type_visit(clinician, patient, zero - dt.timedelta(days=10), {"v.pga": "2.1", "v.igg": "12"})
    coordinator.go(f"/patients/{patient}/eligibility")
    page.get_by_role("button", name="Keep in the record for Mesenchymal stem cells", exact=True).click()
    page.get_by_role("heading", name="Kept in the record").wait_for()
    coordinator.go(f"/patients/{patient}/plan")
    page.get_by_label("Programme").select_option("ozek.msc")
    page.get_by_label("Date of day 0").fill(zero.isoformat())
    coordinator.press("Show the draft")
    coordinator.press("Keep this plan")
    page.get_by_role("heading", name="Tasks").wait_for()

    _make_product(coordinator, patient)
    clinician.go(f"/patients/{patient}/products")
    clinician.page.get_by_label("Pseudonym as read on the wristband").fill(patient)
    clinician.page.get_by_label("Code as read on the bag").fill("BAG-WALK")
    clinician.press("I confirm: infuse")
    clinician.page.get_by_text("confirmed by clinician").wait_for()

    _type_visit(clinician, patient, zero + dt.timedelta(days=91), {"v.pga": "0.4", "v.igg": "8.5"})
    job = _forecast(clinician, served, patient)
    assert job == "done"
    _type_visit(clinician, patient, zero + dt.timedelta(days=94), {"v.upcr": "0.6", "v.igg": "8.1"})
    assert Worker(served.registry, served.settings.forecasts).take_one()
    old, new = served.registry.forecasts.of_patient(patient)
    assert new.summary["learnt"]["until"] == 94
    for run, heading in ((old, "What each therapy would probably do"), (new, "What your visits changed")):
        clinician.go(f"/patients/{patient}/forecasts/{run.id}")
        clinician.page.get_by_role("heading", name=heading).wait_for()
        _checked_figures(clinician, f"forecast-{run.id}")
    clinician.go(f"/patients/{patient}")
    clinician.page.get_by_role("heading", name="Before and after").wait_for()
    assert "expected" in clinician.page.locator("table.compare").inner_text()
    _checked_figures(clinician, "patient")
    coordinator.close()
    clinician.close()


def _checked_figures(person: Person, name: str) -> None:
    """Every figure of a page is drawn and can be kept as SVG and PNG; axe finds nothing."""
    person.unfold()
    page = person.page
    for place in range(page.locator("[data-figure]").count()):
        page.locator("[data-figure]").nth(place).scroll_into_view_if_needed()
    page.locator("[data-figure]:not([data-drawn=yes])").first.wait_for(state="detached")
    for kind, begins in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as kept:
            page.get_by_role("button", name=kind, exact=True).first.click()
        assert Path(kept.value.path()).read_bytes().startswith(begins), (name, kind)
    assert person.violations() == []
    assert person.too_wide() <= 0


def test_keys_lead_about_and_can_be_switched_off(browser: Any, served: Served) -> None:
    person = Person(browser, served).sign_in("coordinator")
    page = person.go("/today")
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url("**/board")
    page.keyboard.press("/")
    page.wait_for_url("**/patients#search")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("g")
    assert page.locator("#search").input_value() == "g"
    page.get_by_role("button", name="Keys").click()
    assert person.violations() == []
    page.get_by_label("Keys act on this browser").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_timeout(300)
    assert page.url.endswith("/patients#search")
    person.close()


def _type_visit(person: Person, patient: str, day: dt.date, fields: dict[str, str]) -> None:
    page = person.go(f"/patients/{patient}/visits/new")
    page.get_by_label("Date of the visit").fill(day.isoformat())
    person.unfold()
    for name, text in fields.items():
        page.locator(f'[name="{name}"]').fill(text)
    person.press("Save the visit")
    page.wait_for_url(f"**/patients/{patient}*")


def _make_product(person: Person, patient: str) -> None:
    page = person.go(f"/patients/{patient}/products")
    page.get_by_label("Product", exact=True).select_option("msc_umbilical")
    page.get_by_label("Code that the bag will carry").fill("BAG-WALK")
    page.get_by_label("Code of the donor").fill("donor-1")
    person.press("Order")
    for label, text in (("Manufacturer", "M"), ("Batch", "B"), ("GMP certificate", "G")):
        page.get_by_label(label, exact=True).fill(text)
    person.press("Record the manufacture")
    page.get_by_label("Release values, one per line").fill("viability: 91 %")
    person.press("Release")
    page.get_by_label("Pseudonym as read on the wristband").fill(patient)
    page.get_by_label("Code as read on the bag").fill("BAG-WALK")
    person.press("Patient and product match")
    page.get_by_text("First checked by").wait_for()


def _forecast(person: Person, served: Served, patient: str) -> str:
    page = person.go(f"/patients/{patient}/forecasts")
    while page.locator('[name="therapy"]:checked').count():
        page.locator('[name="therapy"]:checked').first.uncheck()
    page.get_by_label("Umbilical-cord MSC, two infusions").check()
    page.get_by_label("Virtual patients").fill("50")
    page.get_by_label("Months after day 0").fill("3")
    person.press("Start")
    Worker(served.registry, served.settings.forecasts).take_one()
    return str(served.registry.jobs.of_patient(patient)[-1].state)


def test_forms_and_tables_work_without_javascript(browser: Any, served: Served) -> None:
    person = Person(browser, served, java_script_enabled=False)
    answer_all(person)
    assert "What your answers come to" in person.page.content()
    person.sign_in("clinician")
    patient = served.patient_in("follow_up")
    page = person.go(f"/patients/{patient}/visits/new")
    page.get_by_label("Date of the visit").fill(dt.date.today().isoformat())
    page.locator('[name="v.pga"]').fill("1.2")
    person.press("Work out the scores")
    assert 'value="1.2"' in person.page.content()
    person.press("Save the visit")
    assert served.registry.visits.of_patient(patient)[-1].visit.values["pga"].value == 1.2
    person.close()

"""The clinic's day through the pages: the same functions as the command line, nothing lost, everything in the audit."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lupercal.evidence.skill import shipped_skill
from lupercal.patient.cases import read_case
from lupercal.registry.capacity import SHIPPED
from lupercal.registry.care_records import EligibilityRecord, ScreeningRecord
from lupercal.registry.opened import Registry
from lupercal.registry.records import Identity
from lupercal.visits.patient_scores import patient_scores
from lupercal.web.clinic.patient import table_file
from tests.web.attack import forms_in
from tests.web.site import Site, Visitor

TODAY = dt.date.today()


@pytest.fixture
def clinic(tmp_path: Path) -> Site:
    return Site(tmp_path)


def registry(site: Site) -> Registry:
    found: Registry = site.app.state.workbench.registry
    return found


def enrolled(site: Site, zero: dt.date | None = None) -> str:
    identity = Identity(given_name="Ada", family_name="Lovelace-Test")
    head = registry(site).patients.enrol(read_case("example-nephritis"), by="test", identity=identity)
    registry(site).patients.re_anchor(head.id, zero or TODAY, by="test", why="test")
    return head.id


def on_page(visitor: Visitor, address: str) -> Any:
    page = visitor.get(address)
    assert page.status_code == 200, address
    return page


def test_a_new_person_is_a_candidate_and_the_name_is_in_no_address(clinic: Site) -> None:
    visitor = clinic.signed_in("coordinator")
    on_page(visitor, "/patients/new")
    given = {"given_name": "Grace", "family_name": "Hopper-Test", "local_id": "N-1", "sex": "female"}
    page = visitor.post("/patients", given)
    assert "Grace Hopper-Test" in page.text
    assert re.fullmatch(r"/patients/p-[2-9a-z]{10}", page.url.path)
    assert "Hopper" not in str(page.url)
    again = visitor.post("/patients", given)
    assert again.status_code == 422
    assert 'value="Hopper-Test"' in again.text


def test_search_finds_names_and_tells_the_audit_without_them(clinic: Site) -> None:
    patient = enrolled(clinic)
    visitor = clinic.signed_in("clinician")
    on_page(visitor, "/patients")
    page = visitor.post("/patients/search", {"text": "lovelace"})
    assert f"/patients/{patient}" in page.text
    assert "Nobody" in visitor.post("/patients/search", {"text": "zz"}).text
    entries = registry(clinic).audit.entries(newest=True)
    assert any(one.action == "search" for one in entries)
    assert "lovelace" not in " ".join(map(str, entries)).casefold()


def test_every_look_at_a_person_is_in_the_audit(clinic: Site) -> None:
    patient = enrolled(clinic)
    visitor = clinic.signed_in("viewer")
    for part in ("", "/eligibility", "/plan", "/products", "/events", "/record", "/timeline.csv", "/patient.yaml"):
        before = len(registry(clinic).audit.entries(patient=patient))
        on_page(visitor, f"/patients/{patient}{part}")
        new = registry(clinic).audit.entries(patient=patient)[before:]
        assert [one.by for one in new] == ["viewer"], part


def test_a_statistician_sees_pseudonyms_only(clinic: Site) -> None:
    patient = enrolled(clinic)
    visitor = clinic.signed_in("statistician")
    for address in (
        "/patients",
        "/board",
        *(f"/patients/{patient}{part}" for part in ("", "/eligibility", "/plan", "/events")),
    ):
        text = on_page(visitor, address).text
        assert "Lovelace" not in text
        assert "Ada" not in text


def test_a_visit_is_saved_with_units_and_scored_as_on_the_command_line(clinic: Site) -> None:
    patient = enrolled(clinic, TODAY - dt.timedelta(days=30))
    visitor = clinic.signed_in("clinician")
    on_page(visitor, f"/patients/{patient}/visits/new")
    given = {
        "date": TODAY.isoformat(), "label": "1 month", "v.rash": "yes", "v.fever": "no", "v.creatinine": "88,4",
        "u.creatinine": "umol/L", "v.pga": "1.5", "v.upcr": "<30", "u.upcr": "mg/g", "v.c3": "",
    }  # fmt: skip
    page = visitor.post(f"/patients/{patient}/visits", given)
    assert page.status_code == 200, re.findall(r'href="#[^<]*', page.text)
    whole = registry(clinic).patients.whole(patient)
    visit = whole.visits[-1]
    assert visit.day == 30
    assert visit.values["creatinine"].value == pytest.approx(1.0, rel=1e-3)
    assert visit.values["upcr"].comparator == "<"
    assert visit.values["rash"].value == 1
    assert "c3" not in visit.values
    score = patient_scores(whole, ["sledai_2k"])[0]
    kept = registry(clinic).visits.of_patient(patient)[-1]
    shown = on_page(visitor, f"/patients/{patient}/visits/{kept.id}").text
    low, high = float(score.low[-1]), float(score.high[-1])
    assert (f"between {low:g} and {high:g}" in shown) or (f"{low:g}" in shown and low == high)


@pytest.mark.parametrize(
    ("field", "text", "place"),
    [("v.creatinine", "ninety", "v.creatinine"), ("v.platelets", "-4", "v.platelets"), ("v.c3", "48", "v.c3"),
     ("v.pga", "7", "v.pga"), ("date", "2026-02-30", "date"), ("date", "", "date"), ("v.rash", "maybe", "v.rash")],
)  # fmt: skip
def test_a_slip_is_named_and_nothing_typed_is_lost(clinic: Site, field: str, text: str, place: str) -> None:
    patient = enrolled(clinic)
    visitor = clinic.signed_in("clinician")
    on_page(visitor, f"/patients/{patient}/visits/new")
    given = {"date": TODAY.isoformat(), "v.igg": "7.5", field: text}
    before = len(registry(clinic).visits.of_patient(patient))
    page = visitor.post(f"/patients/{patient}/visits", given)
    assert page.status_code == 422
    assert f'href="#{place}"' in page.text
    assert 'value="7.5"' in page.text
    assert len(registry(clinic).visits.of_patient(patient)) == before


def test_scores_follow_what_is_typed_and_a_draft_is_kept(clinic: Site) -> None:
    patient = enrolled(clinic, TODAY - dt.timedelta(days=5))
    visitor = clinic.signed_in("clinician")
    on_page(visitor, f"/patients/{patient}/visits/new")
    given = {"date": TODAY.isoformat(), "v.seizure": "yes", "v.igg": "6.25"}
    part = visitor.post(f"/patients/{patient}/visits/preview", given, headers={"hx-request": "true"})
    assert "<html" not in part.text
    assert "between 8 and" in part.text
    assert 'value="6.25"' in on_page(visitor, f"/patients/{patient}/visits/new").text
    assert 'value="6.25"' not in on_page(clinic.signed_in("coordinator"), f"/patients/{patient}/visits/new").text
    whole_page = visitor.post(f"/patients/{patient}/visits/preview", given)
    assert "<html" in whole_page.text
    assert b"6.25" not in (clinic.settings.folder / "accounts.sqlite").read_bytes()


def test_scores_asked_for_before_a_visit_is_saved_leave_no_draft_when_they_come_after(clinic: Site) -> None:
    """A browser sends both within a quarter of a second, and the server may see the visit first."""
    patient = enrolled(clinic, TODAY - dt.timedelta(days=5))
    visitor, address = clinic.signed_in("clinician"), f"/patients/{patient}/visits/new"
    sheet = sheet_of(on_page(visitor, address).text)
    given = {"date": TODAY.isoformat(), "v.igg": "6.25", "sheet": sheet}
    assert visitor.post(f"/patients/{patient}/visits", given).status_code == 200
    visitor.post(f"/patients/{patient}/visits/preview", given, headers={"hx-request": "true"})
    page = on_page(visitor, address).text
    assert 'value="6.25"' not in page
    assert "typed before and not saved" not in page
    assert sheet_of(page) != sheet


def test_a_draft_says_that_it_is_one_and_can_be_left(clinic: Site) -> None:
    patient = enrolled(clinic, TODAY - dt.timedelta(days=5))
    visitor, address = clinic.signed_in("clinician"), f"/patients/{patient}/visits/new"
    given = {"date": TODAY.isoformat(), "v.igg": "6.25", "sheet": sheet_of(on_page(visitor, address).text)}
    visitor.post(f"/patients/{patient}/visits/preview", given, headers={"hx-request": "true"})
    draft = on_page(visitor, address).text
    assert "typed before and not saved" in draft
    assert 'value="6.25"' in draft
    assert sheet_of(draft) == given["sheet"]
    assert 'value="6.25"' not in on_page(visitor, address + "?afresh=true").text


def sheet_of(page: str) -> str:
    """Return the name of the form that a page shows."""
    return str(re.findall(r'name="sheet" value="([^"]+)"', page)[0])


def test_an_amendment_needs_a_reason_and_keeps_what_was_there(clinic: Site) -> None:
    patient = enrolled(clinic, TODAY - dt.timedelta(days=9))
    record = registry(clinic).visits.enter(patient, by="test", day=9, values={"igg": 7.0, "c3": 0.8})
    visitor = clinic.signed_in("clinician")
    address = f"/patients/{patient}/visits/{record.id}"
    on_page(visitor, address)
    given = {"version": "1", "date": record.visit.date or "", "day": "9", "v.igg": "6.0", "u.igg": "g/L", "v.c3": ""}
    assert visitor.post(address, given).status_code == 422
    assert visitor.post(address, given | {"why": "typed wrongly"}).status_code == 200
    now = registry(clinic).visits.get(record.id)
    assert now.visit.values["igg"].value == 6
    assert "c3" not in now.visit.values
    assert "typed wrongly" in on_page(visitor, address).text


def test_two_editors_of_one_visit_get_a_conflict_with_both_states(clinic: Site) -> None:
    patient = enrolled(clinic, TODAY - dt.timedelta(days=9))
    record = registry(clinic).visits.enter(patient, by="test", day=9, values={"igg": 7.0})
    one, other = clinic.signed_in("clinician"), clinic.signed_in("coordinator")
    address = f"/patients/{patient}/visits/{record.id}"
    on_page(one, address)
    on_page(other, address)
    given = {"version": "1", "date": record.visit.date or "", "u.igg": "g/L", "why": "seen"}
    assert one.post(address, given | {"v.igg": "6.0"}).status_code == 200
    page = other.post(address, given | {"v.igg": "5.0"})
    assert page.status_code == 409
    assert "Somebody else saved this visit" in page.text
    assert "<td>6</td><td>5.0</td>" in page.text
    assert registry(clinic).visits.get(record.id).visit.values["igg"].value == 6
    saved_again = other.post(address, given | {"version": "2", "v.igg": "5.0"})
    assert saved_again.status_code == 200
    assert registry(clinic).visits.get(record.id).visit.values["igg"].value == 5


def test_a_plan_is_drafted_kept_moved_and_exported(clinic: Site) -> None:
    patient, visitor = enrolled(clinic), clinic.signed_in("coordinator")
    start, later = TODAY + dt.timedelta(days=30), TODAY + dt.timedelta(days=37)
    draft = on_page(visitor, f"/patients/{patient}/plan?programme=erlangen.car_t&start={start}")
    assert "Keep this plan" in draft.text
    assert registry(clinic).plans.current(patient) is None
    visitor.post(f"/patients/{patient}/plan", {"programme": "erlangen.car_t", "start": start.isoformat()})
    kept = registry(clinic).plans.current(patient)
    assert kept is not None
    assert kept.start == start
    assert registry(clinic).patients.get(patient).reference_date == start
    moving = on_page(visitor, f"/patients/{patient}/plan?programme=erlangen.car_t&start={later}")
    assert "move by +7 days" in moving.text
    refused = visitor.post(f"/patients/{patient}/plan/start", {"start": later.isoformat(), "why": ""})
    assert refused.status_code == 422
    visitor.post(f"/patients/{patient}/plan/start", {"start": later.isoformat(), "why": "a bed is free later"})
    moved = registry(clinic).plans.current(patient)
    assert moved is not None
    assert moved.start == later
    assert on_page(visitor, f"/patients/{patient}/plan/plan.ics").text.startswith("BEGIN:VCALENDAR")
    assert later.strftime("%b %Y") in on_page(visitor, f"/patients/{patient}/plan/letter").text
    task = next(one for one in registry(clinic).plans.tasks_of(moved.id) if not one.visit_window and not one.note)
    on_page(visitor, f"/patients/{patient}/plan")
    visitor.post(f"/patients/{patient}/plan/tasks/{task.id}", {"state": "done"})
    assert registry(clinic).plans.tasks.get(task.id).state == "done"


def test_a_stop_blocks_a_plan_until_somebody_answers_for_it(clinic: Site) -> None:
    patient, visitor = enrolled(clinic), clinic.signed_in("coordinator")
    registry(clinic).visits.enter(patient, by="test", day=-1, values={"malignancy": True})
    given = {"programme": "erlangen.car_t", "start": TODAY.isoformat()}
    page = visitor.get(f"/patients/{patient}/plan", params=given)
    assert "Safety says stop" in page.text
    assert visitor.post(f"/patients/{patient}/plan", given).status_code == 422
    assert registry(clinic).plans.current(patient) is None
    kept = visitor.post(f"/patients/{patient}/plan", given | {"name": "Dr Test", "reason": "a test of the page"})
    assert "A stop is overridden: Dr Test" in kept.text


def product_of(clinic: Site, patient: str) -> str:
    return registry(clinic).products.of_patient(patient)[0].id


def test_an_infusion_takes_two_people_who_read_the_right_codes(clinic: Site) -> None:
    patient, other = enrolled(clinic), "p-nobodyelse"
    first, second = clinic.signed_in("coordinator"), clinic.signed_in("clinician")
    base = f"/patients/{patient}/products"
    on_page(first, base)
    on_page(second, base)
    first.post(base, {"product": "cd19_car_t", "code": "BAG-1"})
    bag = f"{base}/{product_of(clinic, patient)}"
    assert first.post(f"{bag}/collect", {"person": other, "place": "here"}).status_code == 422
    first.post(f"{bag}/collect", {"person": patient, "place": "here"})
    assert first.post(f"{bag}/release", {"values": "viability: 90 %"}).status_code == 422
    first.post(
        f"{bag}/make", {"manufacturer": "M", "batch": "B", "gmp_certificate": "G", "dose": "1", "dose_unit": "10*6/kg"}
    )
    assert first.post(f"{bag}/release", {"values": ""}).status_code == 422
    first.post(f"{bag}/release", {"values": "viability: 90 %"})
    assert first.post(f"{bag}/present", {"person": patient, "code": "BAG-2"}).status_code == 422
    first.post(f"{bag}/present", {"person": patient, "code": "BAG-1"})
    assert first.post(f"{bag}/infuse", {"person": patient, "code": "BAG-1"}).status_code == 422
    assert second.post(f"{bag}/infuse", {"person": other, "code": "BAG-1"}).status_code == 422
    done = second.post(f"{bag}/infuse", {"person": patient, "code": "BAG-1"})
    assert "confirmed by clinician" in done.text
    record = registry(clinic).products.get(product_of(clinic, patient))
    assert (record.infused_by, record.confirmed_by) == ("coordinator", "clinician")


def test_the_way_is_taken_step_by_step_with_reasons(clinic: Site) -> None:
    patient, visitor = enrolled(clinic), clinic.signed_in("coordinator")
    on_page(visitor, f"/patients/{patient}")
    refused = visitor.post(f"/patients/{patient}/move", {"to": "screened", "why": "x"})
    assert refused.status_code == 422
    assert "No complete screening is recorded." in refused.text
    visitor.post(f"/patients/{patient}/screenings", {"complete": "yes", "note": "all there"})
    assert visitor.post(f"/patients/{patient}/move", {"to": "screened", "why": ""}).status_code == 422
    visitor.post(f"/patients/{patient}/move", {"to": "screened", "why": "complete"})
    assert registry(clinic).patients.get(patient).state == "screened"
    visitor.post(f"/patients/{patient}/consents", {"purpose": "treatment", "document": "v1"})
    assert "v1" in on_page(visitor, f"/patients/{patient}/record").text


@pytest.mark.parametrize(
    "given",
    [
        {"term": ""},
        {"grade": "9"},
        {"grade": "x"},
        {"scale": "made up"},
        {"scale": "ICANS", "grade": "5"},
        {"began_on": "2026-05-02", "ended_on": "2026-05-01"},
        {"began_on": f"{dt.date.today() + dt.timedelta(days=2)}"},
        {"ended_on": f"{dt.date.today() + dt.timedelta(days=2)}"},
    ],
)
def test_an_adverse_event_needs_term_scale_and_grade(clinic: Site, given: dict[str, str]) -> None:
    patient, visitor = enrolled(clinic), clinic.signed_in("clinician")
    on_page(visitor, f"/patients/{patient}/events")
    whole = {"term": "Fever", "scale": "CRS", "grade": "1", "began_on": "2026-05-01"}
    assert visitor.post(f"/patients/{patient}/events", whole | given).status_code == 422
    assert visitor.post(f"/patients/{patient}/events", whole).status_code == 200
    assert [one.term for one in registry(clinic).adverse_events.of_patient(patient)] == ["Fever"]


def test_the_work_list_and_the_board_name_who_is_late(clinic: Site) -> None:
    patient, visitor = enrolled(clinic), clinic.signed_in("coordinator")
    registry(clinic).plans.make(patient, "erlangen.car_t", TODAY - dt.timedelta(days=60), by="test")
    registry(clinic).patients.re_anchor(patient, TODAY - dt.timedelta(days=60), by="test", why="test")
    page = on_page(visitor, "/today").text
    assert "Ada Lovelace-Test" in page
    assert "days late" in page
    assert "Ada Lovelace-Test" in on_page(visitor, "/board").text


def test_a_figure_is_its_data(clinic: Site) -> None:
    patient, visitor = enrolled(clinic), clinic.signed_in("viewer")
    drawn = json.loads(on_page(visitor, f"/patients/{patient}/timeline.json").text)
    table = on_page(visitor, f"/patients/{patient}/timeline.csv").text
    layers = [layer for panel in drawn["vconcat"] for layer in panel["layer"]]
    wanted = [one for one in layers if one["name"].startswith(("measured", "drugs"))]
    values = [row for one in wanted for row in one["data"]["values"]]
    assert len(values) == len(table.splitlines()) - 1
    assert values
    assert len({one["name"] for one in layers}) == len(layers)


PAYLOADS = (
    "<script>window.hit=1</script>", '"><img src=x onerror=window.hit=1>', "'-alert(1)-'", "{{7*7}}",
    "</textarea><svg onload=1>",
    "=HYPERLINK(\"http://evil\")", "\u202egnp.exe", "a\x00b", "javascript:alert(1)", "{% include 'x' %}",
)  # fmt: skip


def test_stored_text_is_never_code(clinic: Site) -> None:
    visitor = clinic.signed_in("coordinator")
    on_page(visitor, "/patients/new")
    names = {
        "given_name": PAYLOADS[0],
        "family_name": PAYLOADS[1],
        "local_id": "N-1",
        "phone": PAYLOADS[2],
    }
    page = visitor.post("/patients", names)
    assert page.status_code == 200
    base = page.url.path
    for payload in PAYLOADS:
        event = {"term": payload, "scale": "CRS", "grade": "1", "outcome": payload, "related_to": payload}
        assert visitor.post(f"{base}/events", event).status_code in {200, 422}, payload
        assert visitor.post(f"{base}/consents", {"document": payload}).status_code in {200, 422}, payload
        shown = visitor.post("/patients/search", {"text": payload})
        assert shown.status_code in {200, 422}, payload
        is_inert(shown.text)
    visit = {"date": TODAY.isoformat(), "label": PAYLOADS[4], "v.igg": "7"}
    is_inert(visitor.post(f"{base}/visits", visit).text)
    for part in ("", "/events", "/record", "/plan/letter"):
        is_inert(visitor.get(base + part).text)


def is_inert(text: str) -> None:
    assert "<script>window" not in text
    assert "<img src=x" not in text
    assert "<svg onload" not in text
    assert ">49<" not in text


def test_no_cell_of_a_table_is_a_formula() -> None:
    rows = [("=1+1", 2.0), ("@SUM(A1)", -3.5), ("+x", 1.0), ("plain", 0.0)]
    lines = bytes(table_file("t.csv", ("a", "b"), list(rows)).body).decode().splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == ["'=1+1", "'@SUM(A1)", "'+x", "plain"]
    assert lines[2].endswith("-3.5")


def test_the_list_is_filtered_by_alert_and_state(clinic: Site) -> None:
    ill, well, visitor = enrolled(clinic, TODAY - dt.timedelta(days=20)), "", clinic.signed_in("coordinator")
    well = registry(clinic).patients.enrol(read_case("ozek-case-1"), by="test").id
    registry(clinic).plans.make(ill, "erlangen.car_t", TODAY - dt.timedelta(days=20), by="test")
    assert f"/patients/{ill}" not in on_page(visitor, "/patients?alert=urgent").text
    registry(clinic).visits.enter(ill, by="test", day=7, values={"temperature": 39.0, "crs_grade": 2})
    for wanted in ("alert", "urgent", "overdue"):
        page = on_page(visitor, f"/patients?alert={wanted}").text
        assert f"/patients/{ill}" in page
        assert f"/patients/{well}" not in page
    assert "Nobody in this state" in on_page(visitor, "/patients?alert=alert&state=closed").text
    assert f"/patients/{ill}" in on_page(visitor, "/patients?alert=alert&state=candidate").text
    assert "open alert" in on_page(visitor, f"/patients/{ill}/eligibility").text
    assert f"/patients/{well}" in on_page(visitor, "/patients?alert=made-up").text


def test_who_waits_has_weeks_by_the_clinic_s_capacity(clinic: Site) -> None:
    patient, visitor = enrolled(clinic), clinic.signed_in("coordinator")
    assert "Nobody waits" in on_page(visitor, "/waiting").text
    for state in ("screened", "criteria_met", "planned"):
        if state == "screened":
            registry(clinic).screenings.add(ScreeningRecord(patient=patient, date=TODAY, complete=True), by="test")
        elif state == "criteria_met":
            met = EligibilityRecord(
                patient=patient,
                programme="erlangen.car_t",
                date=TODAY,
                day=0,
                status="criteria met",
                safety="none found",
            )
            registry(clinic).eligibility.add(met, by="test")
        else:
            registry(clinic).plans.make(patient, "erlangen.car_t", TODAY + dt.timedelta(days=60), by="test")
        registry(clinic).journey.move(patient, state, by="test", why="test")
    page = on_page(visitor, "/waiting").text
    assert "Ada Lovelace-Test" in page
    assert "example capacity that is no clinic" in page
    assert "1 of 1" in page
    own = clinic.settings.folder / "capacity.yaml"
    own.write_text(SHIPPED.read_text(encoding="utf-8").replace("collections_per_week: 1", "collections_per_week: 7"))
    assert "1 of 7" in on_page(visitor, "/waiting").text
    own.write_text("format: nothing")
    assert visitor.get("/waiting").status_code == 422


def test_a_plan_is_a_calendar_whose_weeks_move_with_day_0(clinic: Site) -> None:
    patient, visitor = enrolled(clinic), clinic.signed_in("coordinator")
    start = TODAY + dt.timedelta(days=60)
    text = on_page(visitor, f"/patients/{patient}/plan?programme=erlangen.car_t&start={start}").text
    later = on_page(visitor, f"/patients/{patient}/plan?programme=erlangen.car_t&start={start + dt.timedelta(7)}").text
    weeks, moved = (
        [
            dt.date.fromisoformat(day)
            for day in re.findall(r'<th role="rowheader" scope="row"><time datetime="([\d-]+)"', calendar)
        ]
        for calendar in (one.partition("Lines of the draft")[0] for one in (text, later))
    )
    first = [day for day in weeks if day <= start + dt.timedelta(21)]  # later visits are told in months, which differ
    assert first
    assert [day + dt.timedelta(7) for day in first] == moved[: len(first)]
    assert 0 <= (moved[-1] - weeks[-1]).days <= 14
    assert all(day.weekday() == 0 for day in (*weeks, *moved))


def test_validation_says_its_misses_and_every_share_is_in_the_file(clinic: Site) -> None:
    visitor, skill = clinic.visitor(), shipped_skill()
    assert skill is not None
    page = on_page(visitor, "/validation").text
    for target in skill.targets_missed:
        assert target in page
    assert page.index("What it missed") < page.index("Every share beside the model")
    drawn = json.loads(on_page(visitor, "/validation/shares.json").text)["layer"][1]["data"]["values"]
    rows = on_page(visitor, "/validation/shares.csv").text.splitlines()
    assert len(rows) - 1 == len(drawn) > 100


def test_documents_hold_what_the_functions_write(clinic: Site) -> None:
    patient, visitor = enrolled(clinic), clinic.signed_in("coordinator")
    assert "follow from a plan" in on_page(visitor, f"/patients/{patient}/documents").text
    registry(clinic).plans.make(patient, "erlangen.car_t", TODAY, by="test")
    page = on_page(visitor, f"/patients/{patient}/documents").text
    for part in re.findall(rf'href="(/patients/{patient}/[\w./]+)"', page):
        on_page(visitor, part)
    archive = on_page(visitor, f"/patients/{patient}/documents/everything.zip").content
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert "Lovelace-Test" in opened.read("identity.json").decode()
    fhir = on_page(clinic.signed_in("statistician"), f"/patients/{patient}/documents/fhir.json")
    assert "Lovelace" not in fhir.text
    assert fhir.json()["resourceType"] == "Bundle"


def test_a_plan_is_drafted_by_the_form_as_it_stands_on_the_page(clinic: Site) -> None:
    """The names of its fields are those that the page reads: a date that is chosen there comes into the draft."""
    patient, visitor = enrolled(clinic), clinic.signed_in("coordinator")
    page = on_page(visitor, f"/patients/{patient}/plan").text
    form = next(one for one in forms_in(page) if one.method == "get" and "programme" in one.fields)
    assert set(form.fields) == {"programme", "start"}
    draft = visitor.get(form.action, params={"programme": "ozek.msc", "start": "2027-03-04"}).text
    assert 'day 0 on <time datetime="2027-03-04">' in draft
    assert "Keep this plan" in draft


def test_every_field_of_every_page_has_a_plain_name(clinic: Site) -> None:
    patient, visitor = enrolled(clinic), clinic.signed_in("clinician")
    paths = ("", "/eligibility", "/plan", "/products", "/events", "/record", "/forecasts", "/visits/new")
    for path in (
        *(f"/patients/{patient}{part}" for part in paths),
        "/account",
        "/import",
        "/patients",
        "/patients/new",
    ):
        names = {name for form in forms_in(on_page(visitor, path).text) for name in (*form.fields, *form.uploads)}
        assert all(re.fullmatch(r"[\w.:-]+", name) for name in names), (path, names)


def test_whoever_is_signed_in_begins_with_the_first_page_of_the_day(clinic: Site) -> None:
    homes = {"clinician": "/today", "coordinator": "/today", "statistician": "/patients", "admin": "/accounts"}
    for role, home in homes.items():
        assert clinic.signed_in(role).get("/").url.path == home
    assert clinic.visitor().get("/").url.path == "/"


def test_a_product_for_somebody_whose_way_is_not_complete_on_record_is_warned_of(clinic: Site) -> None:
    patient, visitor = enrolled(clinic), clinic.signed_in("coordinator")
    page = on_page(visitor, f"/patients/{patient}/products")
    assert "still candidate" not in page.text
    registry(clinic).products.order(patient, "msc_umbilical", "BAG-W-1", by="t", autologous=False, donor="d")
    assert "On record this person is still candidate" in visitor.get(f"/patients/{patient}/products").text

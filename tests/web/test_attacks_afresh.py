"""Attacks tried afresh: fields that no form has, names that statisticians must not see, names of files, odd bytes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lupercal.patient.cases import read_case
from lupercal.registry.opened import Registry
from lupercal.registry.records import Identity
from lupercal.web.rights.table import rights
from tests.web.site import PASSWORD, Site
from tests.web.test_open_pages import BUNDLE

SECRET = "Zarathustra"
MORE = {
    "role": "admin", "password_hash": "x", "must_change": "", "active": "no", "desk_subject": "x", "name": "admin",
    "id": "p-2222222222", "state": "infused", "data_origin": "clinical", "version": "99", "changed_by": "admin",
    "by": "admin", "erased_at": "2020-01-01", "complete": "1", "second_factor": "",
}  # fmt: skip
NAMES = (
    "../../web.key", "..\\..\\web.key", "/etc/passwd", "C:\\x.json", "a\x00b.json", "con.json", "x" * 400,
    "\u202egnp.json", "<b>.json",
)  # fmt: skip
ODD = (
    "\x00", "\ud800", "\uffff", "\r\nSet-Cookie: a=b", "a" * 20_000, "%s%n{0}{{7*7}}${7*7}", "' OR 1=1 --", "*/../*",
)  # fmt: skip


@pytest.fixture
def clinic(tmp_path: Path) -> Site:
    return Site(tmp_path)


def registry_of(site: Site) -> Registry:
    found: Registry = site.app.state.workbench.registry
    return found


def enrolled(site: Site) -> str:
    identity = Identity(given_name=SECRET, family_name="Test", local_id="H-77", phone="040-777", email="z@z.test")
    return registry_of(site).patients.enrol(read_case("ozek-case-1"), by="t", identity=identity).id


def test_fields_that_no_form_has_change_nothing(clinic: Site) -> None:
    """Mass assignment: whatever is sent beside the fields of a form is not looked at."""
    patient, viewer = enrolled(clinic), clinic.signed_in("viewer")
    viewer.get("/account")
    viewer.post("/account/password", MORE | {"old": PASSWORD, "new": "another four words, please"})
    account = clinic.store.account("viewer")
    assert account is not None
    assert (account.role, account.active, account.desk_subject) == ("viewer", True, "")
    assert clinic.store.account("admin").role == "admin"  # type: ignore[union-attr]
    coordinator, consent = clinic.signed_in("coordinator"), {"document": "v1", "given_on": "2026-11-01"}
    coordinator.get(f"/patients/{patient}/record")
    coordinator.post(f"/patients/{patient}/consents", MORE | consent)
    head = registry_of(clinic).patients.get(patient)
    assert (head.state, head.data_origin) == ("candidate", read_case("ozek-case-1").data_origin)
    coordinator.get("/patients/new")
    given = {"given_name": "A", "family_name": "B", "local_id": "N-1"}
    coordinator.post("/patients", MORE | given)
    made = registry_of(clinic).patients.find("N-1")
    assert made is not None
    assert (made.id != "p-2222222222", made.state) == (True, "candidate")
    last = registry_of(clinic).audit.entries(newest=True, limit=20)
    assert "admin" not in {entry.by for entry in last}


def test_a_statistician_finds_no_name_at_any_address_that_is_open_to_the_role(clinic: Site) -> None:
    """Every GET of the table that the role may use, asked for a real person: no name, no contact in any answer."""
    patient = enrolled(clinic)
    registry_of(clinic).plans.make(patient, "ozek.msc", "2026-12-24", by="t")
    visit = registry_of(clinic).visits.of_patient(patient)[0].id
    visitor, asked = clinic.signed_in("statistician"), 0
    for route in rights().routes:
        method, _, path = route.partition(" ")
        if method != "GET" or path.startswith("/api/") or not rights().allows("statistician", method, path):
            continue
        address = path.replace("{patient}", patient).replace("{visit}", visit).replace("{language}", "en")
        answer = visitor.get(re.sub(r"{\w+}", "x", address))
        asked += 1
        for secret in (SECRET, "H-77", "040-777", "z@z.test"):
            assert secret not in answer.text, (route, secret)
    assert asked > 20
    assert visitor.post("/patients/search", {"text": SECRET}).status_code == 403


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_leads_nowhere_and_stays_text(clinic: Site, name: str) -> None:
    visitor = clinic.signed_in("coordinator")
    before = {path: path.stat().st_mtime_ns for path in clinic.settings.folder.rglob("*") if path.name.endswith("key")}
    visitor.get("/import")
    file = {"file": (name, json.dumps(BUNDLE).encode(), "application/json")}
    answer = visitor.post("/import", {}, files=file)
    assert answer.status_code < 500
    assert "<b>.json" not in answer.text
    assert before == {path: path.stat().st_mtime_ns for path in before}
    uploads = clinic.settings.folder / "uploads"
    assert not uploads.is_dir() or list(uploads.iterdir()) == []


@pytest.mark.parametrize("odd", ODD)
def test_odd_signs_in_fields_and_addresses_break_nothing(clinic: Site, odd: str) -> None:
    patient, visitor = enrolled(clinic), clinic.signed_in("coordinator")
    plain = odd.encode("utf-8", "replace").decode()
    visitor.get("/patients")
    forms = {
        "/patients/search": {"text": plain}, f"/patients/{patient}/events": {"term": plain, "scale": plain},
        f"/patients/{patient}/move": {"to": plain, "why": plain}, "/patients": {"given_name": plain, "local_id": plain},
    }  # fmt: skip
    for address, form in forms.items():
        answer = visitor.post(address, form)
        assert answer.status_code < 500, address
        assert "a=b" not in answer.headers.get("set-cookie", "")
        assert ">49<" not in answer.text
    for address in ("/patients", "/candidate/en/question", "/claims", "/login", "/audit"):
        answer = visitor.get(address, params=dict.fromkeys(("state", "name", "clinic", "next", "start"), plain[:4000]))
        assert answer.status_code < 500, address


def test_a_session_of_before_signing_in_is_worth_nothing_after(clinic: Site) -> None:
    """Session fixation: whoever planted a cookie, or a token of a form, has nothing when its victim signs in."""
    planted = str(clinic.signed_in("viewer").client.cookies.get("lupercal"))
    victim = clinic.visitor()
    victim.client.cookies.set("lupercal", planted)
    victim.get("/login")
    planted_token = victim.token
    victim.sign_in("clinician")
    attacker = clinic.visitor()
    attacker.client.cookies.set("lupercal", planted)
    assert "clinician" not in attacker.get("/account").text
    attacker.token = planted_token
    assert attacker.post("/patients", {"given_name": "A", "local_id": "N-9"}).status_code in {303, 403}
    assert registry_of(clinic).patients.all() == ()

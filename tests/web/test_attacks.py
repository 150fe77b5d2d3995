"""An attacker who is signed in: other people's records under one's own address, files, bodies, and whole roles."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lupercal.exchange.tables import xlsx_grid
from lupercal.patient.cases import read_case
from lupercal.registry.opened import Registry
from lupercal.registry.records import Identity
from lupercal.web.limits import BodyLimit
from lupercal.web.rights.table import rights
from lupercal.web.worker import KIND
from tests.web.site import Site
from tests.web.test_open_pages import BUNDLE, uploaded

ASKED = {"therapies": ["cd19_car_t"], "virtual_patients": 50, "months": 1, "seed": 1}
OUTSIDE = (
    "..",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e%2fweb.key",
    "....//web.key",
    "C:%5cwindows",
    "%00",
)


@pytest.fixture
def clinic(tmp_path: Path) -> Site:
    return Site(tmp_path)


def registry_of(site: Site) -> Registry:
    found: Registry = site.app.state.workbench.registry
    return found


def enrolled(site: Site, name: str, case: str = "example-nephritis") -> str:
    identity = Identity(given_name=name, family_name="Test", local_id=name)
    return registry_of(site).patients.enrol(read_case(case), by="t", identity=identity).id


def test_records_of_another_patient_are_not_reached_under_ones_own(clinic: Site) -> None:
    """Every kind of record, read and written: nothing is shown, nothing is changed."""
    mine, theirs = enrolled(clinic, "Mine"), enrolled(clinic, "Theirs", "ozek-case-1")
    registry = registry_of(clinic)
    plan = registry.plans.make(theirs, "ozek.msc", "2026-12-24", by="t")
    kept = {
        "visits": registry.visits.of_patient(theirs)[0].id, "plan/tasks": registry.plans.tasks_of(plan.id)[0].id,
        "products": registry.products.order(theirs, "msc_umbilical", "BAG-T", by="t", autologous=False, donor="d").id,
        "forecasts/jobs": registry.jobs.queue(KIND, ASKED, by="t", patient=theirs).id,
    }  # fmt: skip
    head, visitor = registry.audit.head()[0], clinic.signed_in("clinician")
    visitor.get("/account")
    for part, name in kept.items():
        address = f"/patients/{mine}/{part}/{name}"
        assert visitor.get(address).status_code in {404, 405, 422}, address
        for step in ("", "/cancel", "/make", "/discard"):
            given = {"why": "x", "version": "1", "state": "done", "v.igg": "1", "manufacturer": "M"}
            assert visitor.post(address + step, given).status_code in {404, 405, 422}, address + step
    written = [one for one in registry.audit.entries(after=head, limit=1000) if one.action != "read"]
    assert written == []


def test_drafts_and_tokens_of_another_account_are_not_reached(clinic: Site) -> None:
    _, page = uploaded(clinic, json.dumps(BUNDLE).encode())
    other = clinic.signed_in("clinician")
    other.get("/account")
    assert other.get(page.url.path).status_code == 422
    assert other.post(page.url.path, {"local_id": "x", "line": "x"}).status_code == 422
    owner = clinic.signed_in("viewer")
    owner.get("/account")
    shown = owner.post("/account/tokens", {"label": "mine", "scope": ["read"], "days": "5"})
    token = re.search(r"/account/tokens/(\w+)/revoke", shown.text)
    assert token is not None
    other.post(f"/account/tokens/{token[1]}/revoke")
    assert "mine" in owner.get("/account").text


@pytest.mark.parametrize("outside", [OUTSIDE[0], *(pytest.param(one, marks=pytest.mark.slow) for one in OUTSIDE[1:])])
def test_no_address_reaches_a_file_outside(clinic: Site, outside: str) -> None:
    """Every place in every address that takes a name, as each role that may use it; and the static files."""
    mine, secret = enrolled(clinic, "Mine"), clinic.settings.key.hex()
    people = {role: clinic.signed_in(role) for role in ("coordinator", "clinician", "admin")}
    addresses = [f"/static/{outside}", f"/static/css/{outside}"]
    for route in rights().routes:
        method, _, path = route.partition(" ")
        if method == "GET" and "{" in path and not path.startswith("/api/"):
            last = path.rindex("{")
            start = re.sub(r"{\w+}", lambda found: mine if "patient" in found[0] else "en", path[:last])
            addresses.append(start + outside + path[path.rindex("}") + 1 :])
    for address in addresses:
        for role, visitor in people.items():
            answer = visitor.get(address)
            assert answer.status_code < 500, (role, address)
            assert "root:" not in answer.text, (role, address)
            assert secret not in answer.text, (role, address)


@pytest.mark.parametrize("host", ["evil.test", "clinic.test.evil.test", "clinic.test@evil.test", "evil.test:80"])
def test_no_other_host_is_ever_named_in_an_answer(clinic: Site, host: str) -> None:
    visitor = clinic.visitor()
    assert visitor.get("/login", headers={"host": host}).status_code == 400
    for header in ("x-forwarded-host", "forwarded", "x-host", "x-original-url"):
        answer = visitor.get("/patients", headers={header: host}, follow_redirects=False)
        assert answer.headers["location"].startswith("/login")
        assert "evil.test" not in answer.text + str(answer.headers)


def test_a_session_is_given_by_signing_in_alone(clinic: Site) -> None:
    """A session that somebody else begins, or names in the address, is none."""
    visitor = clinic.visitor()
    for name in ("lupercal", "__Host-lupercal", "session"):
        visitor.client.cookies.set(name, "fixed", domain="clinic.test")
    assert visitor.get("/account?lupercal=fixed").url.path == "/login"
    visitor.sign_in("clinician")
    other = clinic.visitor()
    other.client.cookies.set("lupercal", "fixed", domain="clinic.test")
    assert other.get("/account").url.path == "/login"


def test_a_role_taken_away_is_gone_at_once(clinic: Site) -> None:
    visitor, admin = clinic.signed_in("clinician"), clinic.signed_in("admin")
    admin.get("/accounts")
    admin.post("/accounts/clinician/role", {"role": "viewer"})
    assert visitor.get("/patients/new", follow_redirects=False).status_code in {303, 403}


def test_signing_in_and_what_is_refused_is_on_record(clinic: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Whether the name is known or not the record is the same, and it holds nothing that was typed."""
    head = registry_of(clinic).audit.head()[0]
    for name in ("clinician", "Zebulon-Quux"):
        clinic.visitor().sign_in(name, "not the password")
    visitor = clinic.visitor()
    visitor.sign_in("viewer")
    kept = registry_of(clinic).audit.entries(after=head)
    assert [(one.by, one.action, one.kind) for one in kept] == [
        ("visitor", "refused", "password"), ("visitor", "refused", "password"), ("viewer", "sign in", "password"),
    ]  # fmt: skip
    assert "Quux" not in str(kept)
    patient = enrolled(clinic, "Mine")
    visitor.get(f"/patients/{patient}/visits/new")
    told = [record.getMessage() for record in caplog.records if record.name == "lupercal.web"]
    assert told == ["refused: GET of /patients/{patient}/visits/new to viewer"]


def workbook(sheet: str, head: str = '<?xml version="1.0"?>') -> bytes:
    """Return a workbook with one sheet, given as the inside of its XML."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    base = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="'
        f'application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType='
        f'"{base}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{base}.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{related}/'
        'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="'
        f'{related}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{related}"><sheets><sheet name="s" sheetId="1" '
        'r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'{head}<worksheet xmlns="{main}">{sheet}</worksheet>',
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return content.getvalue()


CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>'
ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'
BOMBS = {
    "entity": lambda: workbook(f"<sheetData>{CELL.format('&e;')}</sheetData>", ENTITY),
    "laughs": lambda: workbook(f"<sheetData>{CELL.format('&b;')}</sheetData>", LAUGHS),
    "unpacks": lambda: workbook(f"<sheetData>{CELL.format(' ' * 4_000_000)}</sheetData>"),
    "far cell": lambda: workbook('<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
    "merged": lambda: workbook(
        f'<sheetData>{CELL.format("a")}</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    ),
    "no workbook": lambda: b"PK\x03\x04" + b"\x00" * 64,
}  # fmt: skip


@pytest.mark.parametrize("kind", BOMBS)
def test_a_workbook_that_is_a_trap_is_refused_in_a_sentence(
    clinic: Site, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_grid, "MOST_UNPACKED", 1 << 20)
    visitor = clinic.signed_in("coordinator")
    visitor.get("/import")
    page = visitor.post("/import", files={"file": ("t.xlsx", BOMBS[kind](), "application/octet-stream")})
    assert page.status_code == 422
    assert "root:" not in page.text
    assert "Traceback" not in page.text
    assert not [one for one in (clinic.settings.folder / "uploads").rglob("*") if one.is_file()]


def test_a_body_that_does_not_come_to_its_end_is_given_up() -> None:
    sent: list[Any] = []

    async def never() -> Any:
        await asyncio.sleep(30)

    async def keep(message: Any) -> None:
        sent.append(message)

    async def reading(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise AssertionError("nothing was sent")

    scope = {"type": "http", "headers": [(b"content-length", b"10")], "path": "/login", "method": "POST"}
    asyncio.run(BodyLimit(reading, most=100, seconds=0.05)(scope, never, keep))
    assert sent[0]["status"] == 408


def test_a_long_answer_is_not_cut_off_by_the_limit_of_the_body() -> None:
    """Once the body has come, waiting for the end of the connection has no limit."""
    told: list[str] = []

    async def receive() -> Any:
        await asyncio.sleep(0.2 if told else 0)
        told.append("x")
        return {"type": "http.request" if len(told) == 1 else "http.disconnect", "body": b"", "more_body": False}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.start", "status": 200, "headers": []})

    sent: list[Any] = []

    async def keep(message: Any) -> None:
        sent.append(message)

    asyncio.run(BodyLimit(app, most=100, seconds=0.1)({"type": "http", "headers": []}, receive, keep))
    assert sent[0]["status"] == 200


def test_a_workbook_that_is_none_of_these_is_read(clinic: Site) -> None:
    visitor = clinic.signed_in("coordinator")
    visitor.get("/import")
    rows = [("patient", "date", "c3"), ("A-1", "2026-03-01", "0.8")]
    cell = '<c r="{}{}" t="inlineStr"><is><t>{}</t></is></c>'
    lines = "".join(
        f'<row r="{n}">{"".join(cell.format("ABC"[place], n, text) for place, text in enumerate(row))}</row>'
        for n, row in enumerate(rows, 1)
    )
    page = visitor.post("/import", files={"file": ("t.xlsx", workbook(f"<sheetData>{lines}</sheetData>"), "x/y")})
    assert page.status_code == 200
    assert page.url.path.startswith("/import/")

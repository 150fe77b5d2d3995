"""The programming interface: tokens with scopes, pseudonyms only, the same answers as the functions."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from lupercal.api.scores import assess
from lupercal.patient.cases import read_case
from lupercal.patient.read import patient_from
from lupercal.registry.records import Identity
from lupercal.web.accounts.tokens import Tokens
from tests.web.site import HOST, Site

BASE = "/api/v1"
ZERO = dt.date(2026, 1, 1)


class Program:
    """A program that calls the interface with a token of somebody."""

    def __init__(self, site: Site, account: str, *scopes: str) -> None:
        self.token = Tokens(site.store).make(account, "test", scopes, 30, site.clock())
        self.client = TestClient(site.app, base_url=f"http://{HOST}", raise_server_exceptions=False)

    def call(self, method: str, address: str, **given: Any) -> Any:
        return self.client.request(method, BASE + address, headers={"Authorization": f"Bearer {self.token}"}, **given)


@pytest.fixture
def served(tmp_path: Path) -> tuple[Site, str]:
    site = Site(tmp_path)
    head = site.app.state.workbench.registry.patients.enrol(
        read_case("example-nephritis"), by="test", identity=Identity(given_name="Ada", family_name="Lovelace-Test")
    )
    return site, head.id


def test_what_is_returned_is_what_the_functions_say_and_holds_no_name(served: tuple[Site, str]) -> None:
    site, patient = served
    program = Program(site, "statistician", "read")
    whole = site.app.state.workbench.registry.patients.whole(patient)
    document = program.call("GET", f"/patients/{patient}").json()
    assert patient_from(document, "test") == whole
    assert program.call("GET", f"/patients/{patient}/scores").json() == assess(whole).record()
    bundle = program.call("GET", f"/patients/{patient}/fhir")
    assert bundle.json()["resourceType"] == "Bundle"
    listed = program.call("GET", "/patients")
    assert [one["id"] for one in listed.json()["patients"]] == [patient]
    for answer in (bundle, listed, program.call("GET", f"/patients/{patient}/eligibility")):
        assert "Lovelace" not in answer.text
    read = [one for one in site.app.state.workbench.registry.audit.entries(patient=patient) if one.action == "read"]
    assert {one.by for one in read} == {"statistician"}


def test_no_token_no_answer(served: tuple[Site, str]) -> None:
    site, patient = served
    program = Program(site, "clinician", "read")
    assert program.call("GET", f"/patients/{patient}").status_code == 200
    for secret in ("", "lup_made-up", program.token[:-1]):
        program.token = secret
        answer = program.call("GET", f"/patients/{patient}")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    signed_in = site.signed_in("clinician")
    assert signed_in.get(f"{BASE}/patients").status_code == 401


@pytest.mark.parametrize(
    ("account", "scope", "status"),
    [("clinician", "read", 403), ("clinician", "write", 201), ("viewer", "write", 403), ("admin", "write", 403)],
)
def test_a_token_covers_its_scope_within_the_role(
    served: tuple[Site, str], account: str, scope: str, status: int
) -> None:
    site, patient = served
    site.app.state.workbench.registry.patients.re_anchor(patient, ZERO, by="t", why="t")
    visit = {"date": "2026-02-01", "values": {"igg": 7.5, "rash": True, "upcr": "<30 mg/g"}}
    program = Program(site, account, scope)
    assert program.call("POST", f"/patients/{patient}/visits", json=visit).status_code == status


def test_a_token_ends(served: tuple[Site, str]) -> None:
    site, _ = served
    program = Program(site, "viewer", "read")
    assert program.call("GET", "/patients").status_code == 200
    site.clock.forward(days=31)
    assert program.call("GET", "/patients").status_code == 401
    again = Program(site, "viewer", "read")
    site.store.change("viewer", active=False)
    assert again.call("GET", "/patients").status_code == 401


def test_refusals_are_json_with_one_sentence(served: tuple[Site, str]) -> None:
    site, patient = served
    program = Program(site, "clinician", "read", "write", "forecast")
    unknown = program.call("GET", "/patients/p-2222222222")
    assert (unknown.status_code, list(unknown.json())) == (404, ["error"])
    bad = {"date": "2026-02-01", "values": {"no_such_thing": 1}}
    assert program.call("POST", f"/patients/{patient}/visits", json=bad).status_code == 409
    assert program.call("POST", f"/patients/{patient}/visits", json={"values": {}}).status_code == 422
    other = program.call("DELETE", f"/patients/{patient}/visits")
    assert (other.status_code, other.headers["allow"]) == (405, "POST")
    asked = program.call("POST", f"/patients/{patient}/forecasts", json={"therapies": ["snake_oil"]})
    assert (asked.status_code, "snake_oil" in asked.json()["error"]) == (409, True)


def test_a_token_is_made_shown_once_and_ended_on_the_page(served: tuple[Site, str]) -> None:
    site, _ = served
    visitor = site.signed_in("viewer")
    visitor.get("/account")
    page = visitor.post("/account/tokens", {"label": "R script", "scope": ["read"], "days": "5"})
    assert "lup_" in page.text
    assert "lup_" not in visitor.get("/account").text
    made = Tokens(site.store).of_account("viewer")
    assert [(one.label, one.scopes) for one in made] == [("R script", ("read",))]
    visitor.post(f"/account/tokens/{made[0].id}/revoke")
    assert Tokens(site.store).of_account("viewer") == ()


@pytest.mark.slow
def test_schemathesis_finds_no_failure(served: tuple[Site, str]) -> None:
    """All checks, 200 examples per operation, against the interface as it describes itself."""
    schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis")
    from hypothesis import HealthCheck, given, settings

    site, patient = served
    site.app.state.workbench.registry.patients.re_anchor(patient, ZERO, by="t", why="t")
    token = Tokens(site.store).make("clinician", "test", ["read", "write", "forecast"], 30, site.clock())
    schema = schemathesis.openapi.from_asgi(f"{BASE}/openapi.json", site.app, headers={"Host": HOST})
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
        def no_failure(case: Any) -> None:
            nonlocal tried
            tried += 1
            case.call_and_validate(
                base_url=f"http://{HOST}", headers={"Authorization": f"Bearer {token}", "Host": HOST}
            )

        no_failure()
    assert tried > 500

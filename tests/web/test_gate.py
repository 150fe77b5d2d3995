"""Roles and routes: every route has a row, every role gets what its row says, and forms come from our own pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import APIRouter

from lupercal.errors import LupercalError
from lupercal.web import app as application
from lupercal.web.accounts.tokens import Tokens
from lupercal.web.app import create_app, listed_routes
from lupercal.web.rights.table import ANYONE, ROLES, rights
from tests.web.site import Site

PASSES = 1000
"""Stands for any status that is no refusal."""


def test_every_route_has_a_row_and_every_row_a_route(site: Site) -> None:
    assert sorted(listed_routes(site.app)) == sorted(rights().routes)


def test_a_route_without_a_row_is_refused_at_start(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()
    router.get("/forgotten")(lambda: {})
    monkeypatch.setattr(application, "_ROUTERS", (router,))
    with pytest.raises(LupercalError, match="GET /forgotten"):
        create_app(site.settings)


def expected(role: str | None, method: str, path: str) -> int:
    if rights().allows(role, method, path):
        return PASSES
    if path.startswith("/api/"):
        return 401 if role is None else 403
    return 303 if role is None else 403


def answer_to(site: Site, role: str | None, method: str, address: str) -> Any:
    """Ask for an address as somebody of a role does: pages with a session, the interface with a token."""
    visitor = site.visitor() if role is None else site.signed_in(role)
    given: dict[str, Any] = {"follow_redirects": False}
    if address.startswith("/api/") and role is not None:
        token = Tokens(site.store).make(role, "test", rights().scopes, 1, site.clock())
        given["headers"] = {"Authorization": f"Bearer {token}"}
    visitor.get("/login")
    return visitor.get(address, **given) if method == "GET" else visitor.post(address, **given)


@pytest.mark.parametrize(
    "role", [None, *(pytest.param(role, marks=() if role == "viewer" else pytest.mark.slow) for role in ROLES)]
)
def test_each_role_reaches_what_its_row_says(site: Site, role: str | None) -> None:
    found = {}
    for route in rights().routes:
        method, _, path = route.partition(" ")
        address = re.sub(r"{\w+}", "p-nobody", re.sub(r"{language}", "en", path))
        answer = answer_to(site, role, method, address)
        wanted = rights().of_route(method, path)
        away = answer.status_code == 303 and answer.headers["location"].startswith("/login?next=")
        of_api = answer.status_code == 401 and path.startswith("/api/")
        refused = answer.status_code == 403 or of_api or (away and wanted != ANYONE)
        found[route] = answer.status_code if refused else PASSES
    wrong = {route: got for route, got in found.items() if got != expected(role, *route.split(" ", 1))}
    assert wrong == {}


def test_a_session_opens_no_address_of_the_interface(site: Site) -> None:
    visitor = site.signed_in("clinician")
    assert visitor.get("/api/v1/patients").status_code == 401


def test_administrators_write_no_clinical_record_and_auditors_write_nothing() -> None:
    held = rights().of_role("admin") | rights().of_role("auditor")
    assert not held & {"write records", "coordinate", "confirm products", "forecast"}
    assert "see people" not in rights().of_role("statistician")


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "", "http://clinic.test.evil.test", "file://"])
def test_a_form_from_elsewhere_is_refused(site: Site, origin: str) -> None:
    visitor = site.visitor()
    visitor.get("/login")
    answer = visitor.post("/login", {"name": "admin"}, headers={"origin": origin})
    assert answer.status_code == 403
    assert "does not come from a page of this workbench" in answer.text


def test_a_form_without_its_token_or_with_anothers_is_refused(site: Site) -> None:
    one, other = site.signed_in("admin"), site.signed_in("admin")
    one.get("/accounts")
    other.get("/accounts")
    assert one.token != other.token
    for token in ("", "x", other.token, one.token[:-1]):
        one.token = token
        assert one.post("/accounts", {"name": "intruder", "role": "admin"}).status_code == 403
    assert site.store.account("intruder") is None

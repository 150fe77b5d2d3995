"""Letting somebody in again: nothing is bypassed, who asks is made sure of, and the audit keeps it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lupercal.registry.trail import done_to
from lupercal.web.accounts.passwords import is_password
from tests.web.site import PASSWORD, Site, Visitor
from tests.web.test_sign_in import SECRET, code_of, with_second_factor

PROOF = "seen in person with the staff card"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    with_second_factor(site)
    return site


def let_in(site: Site, lost: str, **given: str) -> tuple[Visitor, str]:
    admin = site.signed_in("admin")
    admin.get("/accounts/clinician/again")
    answer = admin.post("/accounts/clinician/again", {"lost": lost, "proof": PROOF, **given})
    shown = re.search(r"shown only now: <code>([\w-]+)</code>", answer.text)
    return admin, shown[1] if shown else f"{answer.status_code}"


def test_a_forgotten_password_is_made_anew_and_the_second_factor_is_still_asked_for(site: Site) -> None:
    before = site.signed_in("clinician")
    _, first = let_in(site, "password")
    assert before.get("/account").url.path == "/login"
    assert site.visitor().sign_in("clinician", PASSWORD).status_code == 401
    visitor = site.visitor()
    assert visitor.sign_in("clinician", first).headers["location"] == "/login/code"
    assert visitor.get("/patients").url.path == "/login/code"
    visitor.get("/login/code")
    visitor.post("/login/code", {"code": code_of(SECRET, site)})
    assert visitor.get("/patients").url.path == "/account"
    assert "first password" in visitor.get("/account").text


def test_a_lost_second_factor_is_taken_off_with_the_password_as_on_the_first_day(site: Site) -> None:
    site.store.keep_setting("second factor", "clinician")
    _, first = let_in(site, "second factor")
    assert site.visitor().sign_in("clinician", PASSWORD).status_code == 401
    visitor = site.visitor()
    visitor.sign_in("clinician", first)
    page = visitor.get("/patients")
    assert page.url.path == "/account"
    assert "Your role signs in with a second factor" in page.text
    assert "first password" in page.text


def test_who_asks_is_made_sure_of_and_kept_in_the_audit(site: Site) -> None:
    for wrong in ({"proof": ""}, {"proof": "yes"}, {"lost": "everything"}, {"lost": ""}):
        assert let_in(site, **{"lost": "password", **wrong})[1] == "422"
    account = site.store.account("clinician")
    assert account is not None
    assert is_password(PASSWORD, account.password_hash)
    let_in(site, "second factor")
    registry = site.app.state.workbench.registry
    last = registry.audit.entries(newest=True, limit=1)[0]
    assert (last.by, last.action, last.kind) == ("admin", "let in again", "second factor")
    assert done_to(registry.memory, "second factor", "")[-1].why == f"clinician: {PROOF}"


def test_an_administrator_tells_the_own_password_again_and_lets_nobody_in_as_themselves(site: Site) -> None:
    admin = site.signed_in("admin")
    admin.get("/accounts/clinician/again")
    site.clock.forward(minutes=6)
    given = {"lost": "password", "proof": PROOF}
    assert admin.post("/accounts/clinician/again", given).status_code == 422
    assert admin.post("/accounts/clinician/again", given | {"password": "wrong"}).status_code == 422
    assert "shown only now" in admin.post("/accounts/clinician/again", given | {"password": PASSWORD}).text
    assert admin.get("/accounts/admin/again").status_code == 404
    assert admin.get("/accounts/nobody/again").status_code == 404

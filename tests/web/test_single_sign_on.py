"""The hospital's own desk, a small one of ours standing for it: only what proves who somebody is lets anybody in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from lupercal.errors import InputError
from lupercal.web.accounts.single_sign_on import Desk, DeskSettings, desk_in
from tests.web.site import Site, Visitor
from tests.web.test_sign_in import with_second_factor

ISSUER = "https://desk.test"
SETTINGS = f"""issuer: {ISSUER}
client_id: workbench
client_secret: between us
address: http://localhost:8000
"""
KEY, OTHER = RSAKey.generate_key(2048, {"kid": "one"}), RSAKey.generate_key(2048, {"kid": "one"})


class FakeDesk:
    """A provider: hands out a code, and for it a token that says what a test lets it say."""

    def __init__(self, clock: Any, **claims: Any) -> None:
        self.clock, self.claims, self.key = clock, claims, KEY
        self.asked: Mapping[str, list[str]] = {}
        self.describes: dict[str, Any] = {}

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path.endswith("openid-configuration"):
            ends = {name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            return httpx2.Response(200, json={"issuer": ISSUER, **ends, **self.describes})
        if path == "/jwks_uri":
            return httpx2.Response(200, json={"keys": [KEY.as_dict(private=False)]})
        form = parse_qs(request.content.decode())
        digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.asked["code_challenge"][0]:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        now = int(self.clock().replace(tzinfo=UTC).timestamp())
        told = {
            "iss": ISSUER,
            "aud": "workbench",
            "sub": "7",
            "exp": now + 300,
            "auth_time": now,
            "nonce": self.asked["nonce"][0],
        }
        token = jwt.encode(
            {"alg": "RS256", "kid": "one"}, told | {"preferred_username": "clinician"} | self.claims, self.key
        )
        return httpx2.Response(200, json={"access_token": "x", "token_type": "Bearer", "id_token": token})


@pytest.fixture
def site(tmp_path: Path) -> Site:
    found = Site(tmp_path)
    (tmp_path / "oidc.yaml").write_text(SETTINGS, encoding="utf-8")
    return found


def signing_in(site: Site, desk: FakeDesk, **changed: str) -> tuple[Visitor, Any]:
    """Go to the desk and come back with a code, some parts of the address changed."""
    site.app.state.desk_transport = httpx2.MockTransport(desk)
    visitor = site.visitor()
    away = visitor.get("/login/desk", follow_redirects=False)
    assert away.status_code == 303, away.text
    desk.asked = parse_qs(urlsplit(away.headers["location"]).query)
    back = {"code": "c", "state": desk.asked["state"][0]} | changed
    return visitor, visitor.get("/login/desk/back", params=back, follow_redirects=False)


def test_it_is_off_without_its_file(tmp_path: Path) -> None:
    visitor = Site(tmp_path).visitor()
    assert visitor.get("/login/desk").status_code == 404
    assert "/login/desk" not in visitor.get("/login").text


def test_who_is_proven_and_has_an_account_is_signed_in(site: Site) -> None:
    assert "Sign in with the hospital" in site.visitor().get("/login").text
    desk = FakeDesk(site.clock)
    visitor, answer = signing_in(site, desk)
    assert answer.headers["location"] == "/"
    assert desk.asked["redirect_uri"] == ["http://localhost:8000/login/desk/back"]
    assert desk.asked["code_challenge_method"] == ["S256"]
    assert visitor.get("/account").url.path == "/account"
    assert visitor.get("/login/desk/back", params={"code": "c", "state": desk.asked["state"][0]}).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.test"}, {"aud": "another"}, {"exp": 1}, {"nonce": "guessed"}, {"azp": "another"},
        {"auth_time": 1}, {"auth_time": "now"}, {"auth_time": None}, {"sub": None},
        {"preferred_username": ""}, {"preferred_username": ["clinician"]}, {"preferred_username": None},
    ],
)  # fmt: skip
def test_what_proves_nothing_signs_nobody_in(site: Site, claims: dict[str, Any]) -> None:
    visitor, answer = signing_in(site, FakeDesk(site.clock, **claims))
    assert answer.status_code == 401
    assert visitor.get("/account").url.path == "/login"


def test_a_token_signed_by_another_key_signs_nobody_in(site: Site) -> None:
    desk = FakeDesk(site.clock)
    desk.key = OTHER
    assert signing_in(site, desk)[1].status_code == 401


@pytest.mark.parametrize("changed", [{"state": "guessed"}, {"state": ""}, {"error": "access_denied"}])
def test_what_comes_back_changed_signs_nobody_in(site: Site, changed: dict[str, str]) -> None:
    assert signing_in(site, FakeDesk(site.clock), **changed)[1].status_code == 401
    assert site.visitor().get("/login/desk/back?code=c&state=s").status_code == 401


@pytest.mark.parametrize("name", ["stranger", "closed"])
def test_no_account_is_made_and_a_closed_one_stays_closed(site: Site, name: str) -> None:
    site.store.change("viewer", active=False)
    desk = FakeDesk(site.clock, preferred_username="viewer" if name == "closed" else name)
    assert signing_in(site, desk)[1].status_code == 403
    assert site.store.account("stranger") is None


def test_a_second_factor_is_asked_for_unless_the_desk_has_seen_one(site: Site) -> None:
    with_second_factor(site)
    assert signing_in(site, FakeDesk(site.clock))[1].headers["location"] == "/login/code"
    assert signing_in(site, FakeDesk(site.clock, amr=["pwd", "mfa"]))[1].headers["location"] == "/"


def test_a_desk_that_is_away_or_another_is_told_of_in_words(site: Site) -> None:
    desk = FakeDesk(site.clock)
    desk.describes = {"issuer": "https://evil.test"}
    site.app.state.desk_transport = httpx2.MockTransport(desk)
    answer = site.visitor().get("/login/desk", follow_redirects=False)
    assert answer.status_code == 503
    assert "use your password" in answer.text


@pytest.mark.parametrize("line", ["issuer: http://desk.test", "address: http://far.test", "unknown: 1"])
def test_its_file_is_checked(tmp_path: Path, line: str) -> None:
    kept = [one for one in SETTINGS.splitlines() if one.partition(":")[0] != line.partition(":")[0]]
    (tmp_path / "oidc.yaml").write_text("\n".join([*kept, line]), encoding="utf-8")
    with pytest.raises(InputError):
        desk_in(tmp_path)


def test_the_secret_is_in_no_text_of_the_settings() -> None:
    one = DeskSettings(issuer=ISSUER, client_id="w", client_secret="between us", address="https://w.test")
    assert "between us" not in repr(Desk(one))


def test_an_account_belongs_to_the_person_whom_the_desk_named_first(site: Site) -> None:
    assert signing_in(site, FakeDesk(site.clock, sub="7"))[1].headers["location"] == "/"
    answer = signing_in(site, FakeDesk(site.clock, sub="8"))[1]
    assert answer.status_code == 403
    assert "belongs to another person" in answer.text
    assert signing_in(site, FakeDesk(site.clock, sub="7"))[1].headers["location"] == "/"
    admin = site.signed_in("admin")
    admin.get("/accounts/clinician/again")
    admin.post("/accounts/clinician/again", {"lost": "desk", "proof": "seen in person, new at the desk"})
    assert signing_in(site, FakeDesk(site.clock, sub="8"))[1].headers["location"] == "/"


def test_a_session_from_the_desk_ends_when_the_sign_in_there_is_too_old(site: Site) -> None:
    then = int(site.clock().replace(tzinfo=UTC).timestamp()) - 11 * 3600
    desk = FakeDesk(site.clock, auth_time=then)
    visitor, answer = signing_in(site, desk)
    assert desk.asked["max_age"] == [str(12 * 3600)]
    assert answer.headers["location"] == "/"
    for _ in range(5):
        site.clock.forward(minutes=10)
        assert visitor.get("/account").url.path == "/account"
    site.clock.forward(minutes=11)
    assert visitor.get("/account").url.path == "/login"


def test_a_second_factor_that_the_desk_has_seen_is_enough_for_a_role_that_needs_one(site: Site) -> None:
    site.store.keep_setting("second factor", "clinician")
    visitor, _ = signing_in(site, FakeDesk(site.clock))
    assert visitor.get("/patients").url.path == "/account"
    visitor, _ = signing_in(site, FakeDesk(site.clock, amr=["pwd", "otp"]))
    assert visitor.get("/patients").url.path == "/patients"


def test_a_desk_that_does_not_say_when_somebody_signed_in_is_borne_where_the_clinic_says_so(site: Site) -> None:
    file = site.settings.folder / "oidc.yaml"
    file.write_text(SETTINGS + "longest_hours: 0\n", encoding="utf-8")
    desk = FakeDesk(site.clock, auth_time=None)
    assert signing_in(site, desk)[1].headers["location"] == "/"
    assert "max_age" not in desk.asked


def test_the_secret_of_the_desk_is_handed_over_where_the_file_holds_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("from the vault\n", encoding="utf-8")
    monkeypatch.setenv("LUPERCAL_DESK_SECRET_FILE", str(tmp_path / "secret"))
    (tmp_path / "oidc.yaml").write_text(SETTINGS.replace("client_secret: between us\n", ""), encoding="utf-8")
    desk = desk_in(tmp_path)
    assert desk is not None
    assert desk._client().client_secret == "from the vault"

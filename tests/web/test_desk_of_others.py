"""Signing in at a desk that others have written: pyop, a provider of OpenID Connect on another library than ours.

The workbench talks with it in the words of the protocol; nothing of it is made up here but the accounts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from joserfc.jwk import RSAKey

from tests.web.site import Site, Visitor

pytest.importorskip("pyop", reason="needs pyop, an OpenID Connect provider")

ISSUER, BACK = "https://desk.hospital.test", "http://localhost:8000/login/desk/back"
SETTINGS = f"""issuer: {ISSUER}
client_id: workbench
client_secret: between us
address: http://localhost:8000
"""


class Provider:
    """The provider behind its four addresses; ``changed`` alters what is asked of it on the way."""

    def __init__(self, now: int, **told: Any) -> None:
        from jwkest.jwk import RSAKey as Key  # type: ignore[import-untyped]
        from jwkest.jwk import import_rsa_key
        from pyop.authz_state import AuthorizationState  # type: ignore[import-untyped]
        from pyop.provider import Provider as Pyop  # type: ignore[import-untyped]
        from pyop.subject_identifier import HashBasedSubjectIdentifierFactory  # type: ignore[import-untyped]
        from pyop.userinfo import Userinfo  # type: ignore[import-untyped]

        private = RSAKey.generate_key(2048).as_pem(private=True).decode()
        key = Key(key=import_rsa_key(private), kid="one", alg="RS256")
        ends = {name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        described = {
            "issuer": ISSUER, **ends, "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "profile", "email"], "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }  # fmt: skip
        client = {
            "client_id": "workbench", "client_secret": "between us", "redirect_uris": [BACK],
            "response_types": ["code"], "subject_type": "public",
            "token_endpoint_auth_method": "client_secret_basic",
        }  # fmt: skip
        people = {"u-17": {"preferred_username": "clinician"}}
        state = AuthorizationState(HashBasedSubjectIdentifierFactory("salt"))
        self.provider = Pyop(key, described, state, {"workbench": client}, Userinfo(people))
        self.told = {"auth_time": now, "preferred_username": "clinician", **told}
        self.changed: dict[str, str] = {}

    def signs_in(self, address: str) -> str:
        """Let the person sign in there; return the address to which the browser is sent back."""
        asked = self.provider.parse_authentication_request(urlsplit(address).query)
        return str(self.provider.authorize(asked, "u-17").request(asked["redirect_uri"]))

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path.endswith("openid-configuration"):
            return httpx2.Response(200, json=self.provider.provider_configuration.to_dict())
        if path == "/jwks_uri":
            return httpx2.Response(200, json=self.provider.jwks)
        body = urlencode(dict(parse_qsl(request.content.decode())) | self.changed)
        headers = {"Authorization": request.headers.get("authorization", "")}
        try:
            answer = self.provider.handle_token_request(body, headers, dict(self.told))
        except Exception as error:  # whatever it refuses
            return httpx2.Response(400, json={"error": "invalid_grant", "error_description": str(error)})
        return httpx2.Response(200, json=answer.to_dict())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    import datetime as dt

    site = Site(tmp_path)
    site.clock.now = dt.datetime.now(dt.UTC).replace(tzinfo=None)  # the provider has no other clock
    (tmp_path / "oidc.yaml").write_text(SETTINGS, encoding="utf-8")
    return site


def provider_at(site: Site, **told: Any) -> Provider:
    import datetime as dt

    provider = Provider(int(site.clock().replace(tzinfo=dt.UTC).timestamp()), **told)
    site.app.state.desk_transport = httpx2.MockTransport(provider)
    return provider


def begun(site: Site) -> tuple[Visitor, str]:
    visitor = site.visitor()
    away = visitor.get("/login/desk", follow_redirects=False)
    assert away.status_code == 303, away.text
    return visitor, str(away.headers["location"])


def came_back(visitor: Visitor, address: str) -> Any:
    return visitor.get(f"/login/desk/back?{urlsplit(address).query}", follow_redirects=False)


def test_a_provider_that_others_wrote_signs_somebody_in(site: Site) -> None:
    provider = provider_at(site)
    visitor, address = begun(site)
    asked = parse_qs(urlsplit(address).query)
    assert (asked["code_challenge_method"], asked["redirect_uri"]) == (["S256"], [BACK])
    answer = came_back(visitor, provider.signs_in(address))
    assert answer.status_code == 303, answer.text
    assert visitor.get("/patients").url.path == "/patients"
    account = site.store.account("clinician")
    assert account is not None
    assert account.desk_subject.startswith(f"{ISSUER} ")


def test_a_code_counts_once_and_for_the_browser_that_began(site: Site) -> None:
    provider = provider_at(site)
    visitor, address = begun(site)
    back = provider.signs_in(address)
    assert came_back(begun(site)[0], back).status_code == 401
    assert came_back(visitor, back).status_code == 303
    again, address = begun(site)
    state = parse_qs(urlsplit(address).query)["state"][0]
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert came_back(again, f"/x?{urlencode({'code': code, 'state': state})}").status_code == 401


@pytest.mark.parametrize(
    "changed", [{"code_verifier": "guess" * 9}, {"redirect_uri": "http://evil.test"}, {"code": "x"}]
)
def test_what_the_provider_refuses_signs_nobody_in(site: Site, changed: dict[str, str]) -> None:
    provider = provider_at(site)
    visitor, address = begun(site)
    back = provider.signs_in(address)
    provider.changed = changed
    assert came_back(visitor, back).status_code == 401
    assert visitor.get("/patients").url.path == "/login"


def test_another_secret_signs_nobody_in(site: Site) -> None:
    (site.settings.folder / "oidc.yaml").write_text(SETTINGS.replace("between us", "another"), encoding="utf-8")
    provider = provider_at(site)
    visitor, address = begun(site)
    assert came_back(visitor, provider.signs_in(address)).status_code == 401


@pytest.mark.parametrize("told", [{"auth_time": 1}, {"azp": "another"}, {"preferred_username": "nobody"}])
def test_what_it_says_of_somebody_is_weighed(site: Site, told: dict[str, Any]) -> None:
    provider = provider_at(site, **told)
    visitor, address = begun(site)
    assert came_back(visitor, provider.signs_in(address)).status_code in {401, 403}
    assert visitor.get("/patients").url.path == "/login"

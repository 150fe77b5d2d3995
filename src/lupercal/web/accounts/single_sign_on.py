"""Signing in at the hospital's own desk by OpenID Connect: off unless ``oidc.yaml`` lies in the workbench's folder.

Only accounts that are there may sign in; the desk proves who somebody is and gives nobody a role.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, final
from urllib.parse import urlsplit

from pydantic import ConfigDict

from lupercal.errors import InputError, LupercalError
from lupercal.files.checked import read_as
from lupercal.web.handed_secrets import DESK_SECRET, handed_secret

FILE = "oidc.yaml"
ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
_DESCRIBED = "/.well-known/openid-configuration"
_SECONDS = 10.0
_LEEWAY = 60
Transport = Any
"""How answers are fetched: an ``httpx2`` transport; the network where none is given."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """The file ``oidc.yaml``.

    Parameters
    ----------
    issuer, client_id, client_secret
        Of the hospital's desk, and of this workbench there.
    address
        How browsers reach this workbench, such as ``https://workbench.hospital.example``.
    title
        What the button says.
    claim
        The claim of the identity token that names the account.
    second_factor
        Values of the claim ``amr`` that stand for a second factor shown there; without one of them the workbench asks
        for its own where it needs one.
    longest_hours
        How long ago somebody may have signed in there; the desk is asked to let them do so anew after that, and a
        session ends then. 0 asks for no limit, for desks that do not say when somebody signed in.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    address: str
    title: str = "Sign in with the hospital's account"
    claim: str = "preferred_username"
    second_factor: tuple[str, ...] = ("mfa", "otp", "hwk")
    longest_hours: float = 12.0

    @property
    def redirect(self) -> str:
        """Where the desk sends the browser back to."""
        return f"{self.address.rstrip('/')}/login/desk/back"


@final
@dataclass(frozen=True, slots=True)
class ProvenPerson:
    """Who the desk says it is.

    Parameters
    ----------
    account
        Name of the account.
    subject
        Issuer and subject: how the desk names this person for good, and nobody else ever.
    second_factor
        Whether a second factor was shown there.
    ends
        When the sign-in there grows too old (seconds since 1970); None where nobody asks.
    """

    account: str
    subject: str
    second_factor: bool
    ends: float | None


@final
@dataclass(frozen=True, slots=True)
class Desk:
    """The hospital's desk; ``transport`` stands for the network in tests."""

    settings: DeskSettings
    transport: Transport = None
    clock: Callable[[], float] = time.time

    def begin(self, state: str, nonce: str, verifier: str) -> str:
        """Return the address at the desk to which the browser is sent."""
        with self._client() as client:
            address, _ = client.create_authorization_url(
                self._described(client)["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier,
                **({"max_age": self._longest} if self._longest else {}),
            )  # fmt: skip
        return str(address)

    def proven(self, back: str, state: str, nonce: str, verifier: str) -> ProvenPerson:
        """Return who signed in, from the address with which the browser came back.

        Raises
        ------
        LupercalError
            If the desk refused, or what it says does not prove who it is.
        """
        try:
            with self._client() as client:
                description = self._described(client)
                token = client.fetch_token(
                    description["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier
                )
                keys = client.request("GET", description["jwks_uri"], withhold_token=True).json()
            claims = self._checked(str(token["id_token"]), keys, nonce)
        except LupercalError:
            raise
        except Exception as error:  # whatever the network or the library says, nobody is signed in
            raise LupercalError(f"the hospital's desk did not prove who you are ({type(error).__name__})") from None
        return self._person(claims)

    def _checked(self, token: str, keys: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """Return the claims of an identity token whose signature, issuer, audience, time and nonce are right."""
        from joserfc import jwt  # noqa: PLC0415 - optional, loaded when somebody signs in there
        from joserfc.jwk import KeySet  # noqa: PLC0415

        claims = jwt.decode(token, KeySet.import_key_set(dict(keys)), algorithms=list(ALGORITHMS)).claims  # type: ignore[arg-type]
        rules = jwt.JWTClaimsRegistry(
            now=int(self.clock()), leeway=_LEEWAY, iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id}, exp={"essential": True},
            nonce={"essential": True, "value": nonce}, sub={"essential": True},
        )  # fmt: skip
        rules.validate(claims)
        party = claims.get("azp")
        if party is not None and party != self.settings.client_id:
            raise LupercalError("the hospital's desk answered for another program")
        signed_in = claims.get("auth_time", 0)
        if self._longest and (not isinstance(signed_in, int) or signed_in + self._longest + _LEEWAY < self.clock()):
            raise LupercalError("the sign-in at the hospital's desk is too old; please sign in there anew")
        return dict(claims)

    @property
    def _longest(self) -> int:
        return int(self.settings.longest_hours * 3600)

    def _person(self, claims: Mapping[str, Any]) -> ProvenPerson:
        name = claims.get(self.settings.claim)
        if not isinstance(name, str) or not name:
            raise LupercalError(f"the hospital's desk named no {self.settings.claim}")
        shown = claims.get("amr", ())
        seen = set(map(str, shown)) if isinstance(shown, list) else set()
        ends = float(claims["auth_time"] + self._longest) if self._longest else None
        subject = f"{claims['iss']} {claims['sub']}"
        return ProvenPerson(name, subject, bool(seen & set(self.settings.second_factor)), ends)

    def _described(self, client: Any) -> Mapping[str, Any]:
        """Return how the desk describes itself; what it says of another issuer is refused."""
        issuer = self.settings.issuer.rstrip("/")
        answer = client.request("GET", f"{issuer}{_DESCRIBED}", withhold_token=True)
        description: Mapping[str, Any] = json.loads(answer.text)
        if str(description.get("issuer", "")).rstrip("/") != issuer:
            raise LupercalError("the hospital's desk describes itself as another")
        return description

    def _client(self) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client  # noqa: PLC0415 - optional, loaded when used

        desk = self.settings
        return OAuth2Client(
            desk.client_id, desk.client_secret or handed_secret(DESK_SECRET) or None,
            scope="openid profile email", redirect_uri=desk.redirect,
            code_challenge_method="S256", timeout=_SECONDS, transport=self.transport, trust_env=False,
        )  # fmt: skip


def desk_in(folder: Path, transport: Transport = None, clock: Callable[[], float] = time.time) -> Desk | None:
    """Return the desk that a workbench's folder names; None where there is none.

    Raises
    ------
    InputError
        If the file cannot be used.
    """
    path = folder / FILE
    return Desk(_read(path, path.stat().st_mtime_ns), transport, clock) if path.is_file() else None


@lru_cache(maxsize=4)
def _read(path: Path, _: int) -> DeskSettings:
    desk = read_as(path, DeskSettings)
    for name in ("issuer", "address"):
        given = urlsplit(getattr(desk, name))
        if given.scheme != "https" and given.hostname not in {"localhost", "127.0.0.1"}:
            raise InputError(path, name, getattr(desk, name), "an address that begins with https://")
    return desk

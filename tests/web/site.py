"""A workbench for tests: an application over an empty folder, and visitors who use it as a browser would."""

from __future__ import annotations

import atexit
import datetime as dt
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.testclient import TestClient

from lupercal.registry.making import make_registry
from lupercal.web.accounts import passwords
from lupercal.web.accounts.records import Account
from lupercal.web.accounts.sessions import SignIn
from lupercal.web.accounts.store import accounts_in
from lupercal.web.app import create_app
from lupercal.web.rights.table import ROLES
from lupercal.web.settings import WebSettings, settings_in

HOST = "clinic.test"
PASSWORD = "four words are kept in mind"
passwords._hasher = lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # type: ignore[assignment]
HASH = passwords.hashed(PASSWORD)


class Clock:
    """A clock that tests set forward."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 12, 3, 9, 0)

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


@cache
def _ready() -> Path:
    """Return a folder with an empty registry and one account per role, made once and copied for every site."""
    folder = Path(tempfile.mkdtemp(prefix="lupercal-site-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = settings_in(folder)
    make_registry(settings.registry, by="test").close()
    store = accounts_in(folder)
    for role in ROLES:
        store.add(Account(name=role, full_name=f"The {role}", role=role, password_hash=HASH))
    store.engine.dispose()
    return folder


class Site:
    """An application with one account per role, each named as its role."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        if not (folder / "accounts.sqlite").is_file():
            shutil.copytree(_ready(), folder, dirs_exist_ok=True)
        self.settings: WebSettings = replace(
            settings_in(folder, hosts=(HOST,)), **{"requests_per_minute": 100_000, **settings}
        )
        self.clock = Clock()
        self.store = accounts_in(folder)
        self.app: FastAPI = create_app(self.settings, SignIn(self.store, self.settings, self.clock))

    def visitor(self) -> Visitor:
        """Return a browser without cookies."""
        return Visitor(self.app, "https" if self.settings.secure else "http")

    def signed_in(self, role: str) -> Visitor:
        """Return the browser of somebody of a role who is signed in."""
        visitor = self.visitor()
        account = self.store.account(role)
        assert account is not None
        secret, _ = SignIn(self.store, self.settings, self.clock).begin(account, complete=True)
        visitor.client.cookies.set(self.settings.cookie("lupercal"), secret, domain=HOST)
        return visitor


class Visitor:
    """A browser: sends Origin, keeps cookies, takes the token of a form from the page it stands on."""

    def __init__(self, app: FastAPI, scheme: str) -> None:
        self.origin = f"{scheme}://{HOST}"
        self.client = TestClient(app, base_url=self.origin, raise_server_exceptions=False)
        self.token = ""

    def get(self, address: str, **given: Any) -> Any:
        """Open a page and keep the token of its forms."""
        answer = self.client.get(address, **given)
        self._keep(answer)
        return answer

    def post(self, address: str, data: Mapping[str, str | Sequence[str]] | None = None, **given: Any) -> Any:
        """Send a form with the token of the last page."""
        headers = {"origin": self.origin} | given.pop("headers", {})
        answer = self.client.post(address, data={"form_token": self.token, **(data or {})}, headers=headers, **given)
        self._keep(answer)
        return answer

    def sign_in(self, name: str, password: str = PASSWORD) -> Any:
        """Sign in as a person would."""
        self.get("/login")
        return self.post("/login", {"name": name, "password": password}, follow_redirects=False)

    def _keep(self, answer: Any) -> None:
        shown = re.search(r'name="form_token" value="(\w+)"', answer.text)
        self.token = shown[1] if shown else self.token

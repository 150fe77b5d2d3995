"""Starting the workbench: first accounts, demo clinic, and the server itself."""

from __future__ import annotations

import datetime as dt
import importlib
import logging
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lupercal.errors import LupercalError
from lupercal.registry.listing import count_of
from lupercal.registry.making import make_registry
from lupercal.web.accounts.passwords import hashed
from lupercal.web.accounts.records import Account
from lupercal.web.accounts.store import AccountStore, accounts_in
from lupercal.web.demo import fill_demo
from lupercal.web.rights.table import ROLES, RoleName
from lupercal.web.settings import WebSettings, settings_in
from lupercal.web.worker import SupervisedWorker

if TYPE_CHECKING:
    import uvicorn

SECOND_CLINICIAN = "clinician2"
KEPT_OPEN_SECONDS = 65
"""How long an idle connection is kept: longer than proxies keep theirs (60 s), so that none is used as it closes."""


def prepared(
    folder: Path, *, demo: bool, secure: bool, hosts: tuple[str, ...], database: str, say: Callable[[str], None]
) -> WebSettings:
    """Return the settings of a workbench whose folder holds accounts and registry; both are made at the first start."""
    settings = settings_in(folder, demo=demo, secure=secure, hosts=hosts, database=database)
    with make_registry(settings.registry, by="workbench") as registry:
        if demo and not count_of(registry):
            say(f"Demo clinic with {fill_demo(registry, dt.date.today())} made-up patients.")
    _first_accounts(accounts_in(folder), demo, say)
    return settings


def serve(settings: WebSettings, host: str, port: int) -> None:
    """Serve until stopped.

    Raises
    ------
    LupercalError
        If the address is in use, or plain http would leave this machine.
    """
    import uvicorn  # noqa: PLC0415 - heavy, loaded when the server starts

    from lupercal.web.app import create_app  # noqa: PLC0415

    if not settings.secure and host not in {"127.0.0.1", "::1", "localhost"}:
        raise LupercalError(
            f"--host {host} would send passwords in the clear; use --behind-https with a reverse proxy before it"
        )
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = uvicorn.Config(
        create_app(settings), host=host, port=port, log_level="warning", access_log=False, server_header=False,
        proxy_headers=settings.secure, timeout_graceful_shutdown=5, timeout_keep_alive=KEPT_OPEN_SECONDS,
    )  # fmt: skip
    worker, server = SupervisedWorker(str(settings.registry), settings.forecasts), uvicorn.Server(config)
    threading.Thread(target=_warm, args=(server,), daemon=True).start()
    try:
        server.run()
    except SystemExit:
        if not server.started:
            raise LupercalError(f"port {port} of {host} cannot be used; choose another with --port") from None
        raise
    finally:
        worker.stop()


def _warm(server: uvicorn.Server) -> None:
    """Once pages are served read in what only pages of forecasts need, so that the first of them is as quick."""
    while not server.started and not server.should_exit:
        time.sleep(0.2)
    importlib.import_module("lupercal.web.clinic.kept_forecast")


def _first_accounts(store: AccountStore, demo: bool, say: Callable[[str], None]) -> None:
    """Make the first accounts where there are none, and tell their password once."""
    if store.accounts():
        say("Sign in with the accounts that are there.")
        return
    password = secrets.token_urlsafe(12)
    names: dict[str, RoleName] = {role: role for role in ROLES if role != "candidate"} if demo else {"admin": "admin"}
    if demo:
        names[SECOND_CLINICIAN] = "clinician"
    kept_as = hashed(password)  # once: all first accounts have this password
    for name, role in names.items():
        first_account = Account(name=name, full_name="", role=role, password_hash=kept_as, must_change=not demo)
        store.add(first_account)
    say(f"Sign in as {', '.join(names)} with the password {password}")

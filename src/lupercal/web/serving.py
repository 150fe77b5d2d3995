"""Starting the workbench: first accounts, demo clinic, and the server itself."""

from __future__ import annotations

import datetime as dt
import importlib
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lupercal.errors import LupercalError
from lupercal.registry.listing import count_of
from lupercal.registry.making import make_registry
from lupercal.registry.opened import open_registry
from lupercal.web.accounts.letting_in import first_password, let_in_again
from lupercal.web.accounts.passwords import hashed
from lupercal.web.accounts.records import Account
from lupercal.web.accounts.resealing import reseal
from lupercal.web.accounts.store import AccountStore, accounts_in
from lupercal.web.demo import fill_demo
from lupercal.web.logs import RunningLog
from lupercal.web.reached import Reached, check_way_to
from lupercal.web.rights.table import ROLES, RoleName
from lupercal.web.settings import WebSettings, keep_keys, settings_in
from lupercal.web.tls import tls_context
from lupercal.web.worker import SupervisedWorker

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

SECOND_CLINICIAN = "clinician2"
KEPT_OPEN_SECONDS = 65
"""How long an idle connection is kept: longer than proxies keep theirs (60 s), so that none is used as it closes."""


def prepared(
    folder: Path, *, demo: bool, secure: bool, hosts: tuple[str, ...], database: str, say: Callable[[str], None],
    first: str = "",
) -> WebSettings:  # fmt: skip
    """Return the settings of a workbench whose folder holds accounts and registry; both are made at the first start.

    What an older key or cipher sealed is sealed anew. ``first`` names the first account of a clinic that is no demo.
    """
    settings = settings_in(folder, demo=demo, secure=secure, hosts=hosts, database=database)
    check_way_to(settings.registry)
    with make_registry(settings.registry, by="workbench") as registry:
        if demo and not count_of(registry):
            say(f"Demo clinic with {fill_demo(registry, dt.date.today())} made-up patients.")
    store = accounts_in(folder)
    reseal(store, settings.key, settings.older_keys)
    if settings.older_keys:
        keep_keys(folder, (settings.key,))
    _first_accounts(store, demo, first, say)
    return settings


def let_in_here(settings: WebSettings, name: str, say: Callable[[str], None]) -> None:
    """Let somebody in again who is locked out, on the word of whoever holds the folder; the audit keeps it.

    Raises
    ------
    LupercalError
        If there is no such account.
    """
    store = accounts_in(settings.folder)
    if store.account(name) is None:
        raise LupercalError(f"--let-in: there is no account {name} in {settings.folder}")
    with open_registry(settings.registry) as registry:
        registry.audit.note(by="workbench", action="let in again", what="second factor", why=f"{name}: at the machine")
    say(f"First password of {name}: {let_in_again(store, name, 'second factor')}")


def serve(settings: WebSettings, reached: Reached, log_file: Path | None = None, log_to: str = "") -> None:
    """Serve until stopped; the log goes to the terminal, and to a file and a log system where they are named.

    Raises
    ------
    LupercalError
        If the address is in use, or plain http would leave this machine.
    """
    from lupercal.web.app import create_app  # noqa: PLC0415 - heavy, loaded when the server starts

    log = RunningLog(log_file, log_to)
    server = server_of(create_app(settings), reached)
    worker = SupervisedWorker(str(settings.registry), settings.forecasts)
    threading.Thread(target=_warm, args=(server,), daemon=True).start()
    try:
        server.run()
    except SystemExit:
        if not server.started:
            place = f"port {reached.port} of {reached.host}"
            raise LupercalError(f"{place} cannot be used; choose another with --port") from None
        raise
    finally:
        worker.stop()
        log.stop()


def server_of(app: FastAPI, reached: Reached) -> uvicorn.Server:
    """Return a server of an application, not yet running; with a certificate it speaks TLS and nothing else."""
    import uvicorn  # noqa: PLC0415 - heavy, loaded when the server starts

    certificate = reached.certificate
    config = uvicorn.Config(
        app, host=reached.host, port=reached.port, log_level="warning", log_config=None, access_log=False,
        server_header=False, proxy_headers=reached.behind_https, timeout_graceful_shutdown=5,
        timeout_keep_alive=KEPT_OPEN_SECONDS,
        ssl_certfile=certificate and str(certificate.chain), ssl_keyfile=certificate and str(certificate.key),
    )  # fmt: skip
    config.load()
    config.ssl = tls_context(certificate) if certificate else None
    return uvicorn.Server(config)


def _warm(server: uvicorn.Server) -> None:
    """Once pages are served read in what only pages of forecasts need, so that the first of them is as quick."""
    while not server.started and not server.should_exit:
        time.sleep(0.2)
    importlib.import_module("lupercal.web.clinic.kept_forecast")


def _first_accounts(store: AccountStore, demo: bool, first: str, say: Callable[[str], None]) -> None:
    """Make the first accounts where there are none, and tell their password once.

    A clinic's own has a name that nobody knows beforehand, and every role needs a second factor until the
    administrator says otherwise.
    """
    if store.accounts():
        say("Sign in with the accounts that are there.")
        return
    password = first_password()
    keeper = first or f"keeper-{secrets.token_hex(3)}"
    names: dict[str, RoleName] = {role: role for role in ROLES if role != "candidate"} if demo else {keeper: "admin"}
    if demo:
        names[SECOND_CLINICIAN] = "clinician"
    else:
        store.keep_setting("second factor", " ".join(ROLES))
    kept_as = hashed(password)  # once: all first accounts have this password
    for name, role in names.items():
        first_account = Account(name=name, full_name="", role=role, password_hash=kept_as, must_change=not demo)
        store.add(first_account)
    say(f"Sign in as {', '.join(names)} with the password {password}")

"""How a workbench is run: where it keeps its files, which hosts it answers to, whether HTTPS stands before it."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import final

KEY_BYTES = 32
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Settings of one workbench.

    Parameters
    ----------
    folder
        Where accounts, the registry and the key are kept.
    key
        Secret of this workbench: seals cookies and second factors.
    database
        URL of the registry where it is no file in the folder.
    secure
        Whether HTTPS stands before it; cookies are then ``Secure`` and bear the prefix ``__Host-``.
    demo
        Whether it holds made-up patients, which every page then says.
    hosts
        Names under which it may be addressed.
    idle, absolute
        How long a session lives without use, and at most.
    upload_bytes
        The largest body of a request.
    requests_per_minute
        What one address may ask for before it is told to wait.
    """

    folder: Path
    key: bytes = field(repr=False)
    database: str = ""
    secure: bool = False
    demo: bool = False
    hosts: tuple[str, ...] = LOOPBACK
    idle: timedelta = timedelta(minutes=15)
    absolute: timedelta = timedelta(hours=12)
    upload_bytes: int = 10_000_000
    requests_per_minute: int = 600

    @property
    def registry(self) -> str | Path:
        """Where the registry is: a URL that was given, else a file in the folder."""
        return self.database or self.folder / "registry.db"

    @property
    def forecasts(self) -> Path:
        """Where the run folders of forecasts are kept."""
        return self.folder / "forecasts"

    def cookie(self, name: str) -> str:
        """Return the name of a cookie as browsers must see it."""
        return f"__Host-{name}" if self.secure else name


def settings_in(
    folder: Path, *, demo: bool = False, secure: bool = False, hosts: tuple[str, ...] = (), database: str = ""
) -> WebSettings:
    """Return the settings of the workbench in a folder; its key is made at the first start."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key, names = _key(folder / "web.key"), (*LOOPBACK, *hosts)
    return WebSettings(folder=folder, key=key, database=database, demo=demo, secure=secure, hosts=names)


def _key(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return bytes.fromhex(path.read_text(encoding="ascii"))
    with os.fdopen(handle, "w", encoding="ascii") as file:
        key = secrets.token_bytes(KEY_BYTES)
        file.write(key.hex())
    return key

"""How a workbench is run: where it keeps its files, which hosts it answers to, whether HTTPS stands before it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import final

from lupercal.errors import InputError
from lupercal.files.writing import write_private
from lupercal.web.handed_secrets import DATABASE, WEB_KEYS, handed_secret

KEY_BYTES = 32
KEY_FILE = "web.key"
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
    older_keys
        Secrets that sealed before; what they sealed is sealed anew at the start.
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
    older_keys: tuple[bytes, ...] = field(default=(), repr=False)
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
    """Return the settings of the workbench in a folder; its key is made at the first start unless one is handed over.

    Raises
    ------
    InputError
        If keys that are handed over, or lie in the folder, are none.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handed = handed_secret(WEB_KEYS)
    first, *older = _read_keys(handed, WEB_KEYS) if handed else _kept_keys(folder / KEY_FILE)
    return WebSettings(
        folder=folder, key=first, older_keys=tuple(older), database=database or handed_secret(DATABASE), demo=demo,
        secure=secure, hosts=(*LOOPBACK, *hosts),
    )  # fmt: skip


def put_new_key(folder: Path) -> None:
    """Put a new key in front of those that lie in a folder; the others open until the next start has sealed anew."""
    path = folder / KEY_FILE
    keep_keys(folder, (secrets.token_bytes(KEY_BYTES), *_kept_keys(path)))


def keep_keys(folder: Path, keys: tuple[bytes, ...]) -> None:
    """Write the keys into a folder, readable by its owner alone; nothing where they are handed over."""
    if not handed_secret(WEB_KEYS):
        write_private(folder / KEY_FILE, "\n".join(key.hex() for key in keys))


def _kept_keys(path: Path) -> tuple[bytes, ...]:
    if not path.is_file():
        write_private(path, secrets.token_bytes(KEY_BYTES).hex())
    return _read_keys(path.read_text(encoding="ascii", errors="replace"), path)


def _read_keys(text: str, origin: object) -> tuple[bytes, ...]:
    try:
        keys = tuple(bytes.fromhex(line) for line in text.split())
    except ValueError:
        keys = ()
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise InputError(origin, "", "no usable key", f"{2 * KEY_BYTES} hexadecimal signs on each line")
    return keys

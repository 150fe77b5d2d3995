"""Backups of the workbench's registry, and putting one back in its place while the workbench runs."""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import final

from lupercal.errors import LupercalError
from lupercal.registry.backup import BackedUp, backup, restore
from lupercal.registry.opened import Registry
from lupercal.web.settings import WebSettings

_NAME = re.compile(r"registry-\d{8}-\d{6}-[0-9a-f]{4}\.backup")
_LOGS = ("-wal", "-shm")


@final
@dataclass(frozen=True, slots=True)
class KeptBackup:
    """A backup that lies in the workbench's folder: its name, when it was made (UTC), how many bytes it has."""

    name: str
    at: dt.datetime
    size: int


def kept_backups(settings: WebSettings) -> tuple[KeptBackup, ...]:
    """Return the backups, the newest first."""
    paths = sorted((one for one in _folder(settings).glob("*.backup") if _NAME.fullmatch(one.name)), reverse=True)
    return tuple(
        KeptBackup(one.name, dt.datetime.strptime(one.name[9:24], "%Y%m%d-%H%M%S"), one.stat().st_size) for one in paths
    )


def backup_path(settings: WebSettings, name: str) -> Path:
    """Return where a backup lies.

    Raises
    ------
    LupercalError
        If there is none of that name.
    """
    path = _folder(settings) / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise LupercalError("there is no such backup")
    return path


def backup_now(registry: Registry, settings: WebSettings, *, by: str) -> BackedUp:
    """Write a backup into the workbench's folder and return what it holds."""
    folder = _folder(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = dt.datetime.now(dt.UTC)
    return backup(registry, folder / f"registry-{stamp:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}.backup", by=by)


def restored_in_place(registry: Registry, settings: WebSettings, path: Path, *, by: str) -> tuple[BackedUp, Path]:
    """Put a backup in the place of a registry; return what was restored and where the registry before it lies now.

    The backup is restored beside the registry and checked, its audit too, before anything is touched. Whoever was
    erased since is forgotten again.

    Raises
    ------
    LupercalError
        If the registry is a server's, or the backup is none or not whole; then nothing was changed.
    """
    place = settings.registry
    if not isinstance(place, Path):
        raise LupercalError("a registry on a database server is restored with: lupercal registry restore")
    room = place.with_name(f"restored-{secrets.token_hex(4)}.db")
    keys = registry.address.keys
    try:
        done = restore(path, room, keys, by=by)
        before = place.with_name(f"registry-before-{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}.db")
        with registry.writing():
            os.link(place, before)
            for log in _LOGS:
                _moved(place.with_name(place.name + log), before.with_name(before.name + log))
            room.replace(place)
    finally:
        for left in (room, *(room.with_name(room.name + log) for log in _LOGS)):
            left.unlink(missing_ok=True)
    return done, before


def _moved(one: Path, other: Path) -> None:
    if one.exists():
        one.rename(other)


def _folder(settings: WebSettings) -> Path:
    return settings.folder / "backups"

"""Where a registry is: a file for SQLite, a URL for PostgreSQL, and the key ring that belongs to it.

``LUPERCAL_REGISTRY`` names the registry and ``LUPERCAL_REGISTRY_KEYS`` its key ring where no option does; without
either the registry is `DEFAULT_NAME` in the working folder.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import final

from lupercal.errors import InputError
from lupercal.files.hashing import bytes_hash

VARIABLE = "LUPERCAL_REGISTRY"
KEYS_VARIABLE = "LUPERCAL_REGISTRY_KEYS"
DEFAULT_NAME = "registry.db"
PREFIX = "reg:"
"""How the id of a registered patient begins where a case is asked for: ``reg:p-8f3k2m9qd4``."""
_EXPECTED = "a path of a file, or a URL such as postgresql://user@host/name"


@final
@dataclass(frozen=True, slots=True)
class Address:
    """A database and its key ring: ``file`` is None where it is a server's; ``shown`` holds no password."""

    url: str
    file: Path | None
    keys: Path
    shown: str

    @property
    def is_file(self) -> bool:
        """Whether the registry is one SQLite file."""
        return self.file is not None


def address_of(place: str | Path | None = None, keys: str | Path | None = None) -> Address:
    """Return the address of a registry.

    Parameters
    ----------
    place
        A path or ``sqlite:///`` URL of a file, or a ``postgresql://`` URL; by default that of ``LUPERCAL_REGISTRY``.
    keys
        File of the key ring; by default that of ``LUPERCAL_REGISTRY_KEYS``, or beside the file as ``NAME.keys``; for a
        server ``lupercal-HASH.keys`` in the folder of the user's settings.

    Raises
    ------
    InputError
        If the URL is of another kind of database.
    """
    text = str(place if place is not None else os.environ.get(VARIABLE) or DEFAULT_NAME)
    given = keys if keys is not None else os.environ.get(KEYS_VARIABLE)
    scheme, there, rest = text.partition("://")
    if not there:
        return _of_file(Path(text), given)
    if scheme == "sqlite":
        return _of_file(Path(rest.removeprefix("/")), given)
    if scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise InputError("registry", "", _without_password(text), _EXPECTED)
    shown = _without_password(text)
    ring = Path(given) if given is not None else _settings_folder() / f"lupercal-{_digest(shown)}.keys"
    return Address(f"postgresql+psycopg://{rest}", None, ring, shown)


def is_named() -> bool:
    """Return whether the environment or the working folder names a registry."""
    return bool(os.environ.get(VARIABLE)) or Path(DEFAULT_NAME).is_file()


def _of_file(path: Path, keys: str | Path | None) -> Address:
    if not path.name:
        raise InputError("registry", "", str(path), _EXPECTED)
    ring = Path(keys) if keys is not None else path.with_name(f"{path.name}.keys")
    return Address(f"sqlite:///{path}", path, ring, str(path))


def _without_password(url: str) -> str:
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1@", url)


def _settings_folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "lupercal"


def _digest(text: str) -> str:
    return bytes_hash(text.encode(), 6)

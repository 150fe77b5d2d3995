"""Secrets that the system hands over: from a vault, a container's secrets, or systemd's credentials.

What is handed over is read at start and written nowhere. A secret NAME is looked for, in this order, in the file that
``LUPERCAL_NAME_FILE`` names, as ``lupercal-name`` in the folder of systemd's credentials (``CREDENTIALS_DIRECTORY``),
and as ``lupercal-name`` in ``/run/secrets``.
"""

from __future__ import annotations

import os
from pathlib import Path

from lupercal.errors import InputError

WEB_KEYS = "web-keys"
"""Keys of the workbench in hexadecimal, one a line: the first seals, all open."""
DATABASE = "database"
"""URL of a PostgreSQL registry, with its password."""
DESK_SECRET = "desk-secret"
"""The workbench's secret at the hospital's desk."""
CONTAINER = Path("/run/secrets")


def handed_secret(name: str, container: Path = CONTAINER) -> str:
    """Return a secret that is handed over; empty where none is.

    Raises
    ------
    InputError
        If the environment names a file that cannot be read, or the secret is empty.
    """
    path = _path(name, container)
    if path is None:
        return ""
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise InputError(path, "", "what cannot be read", f"the secret {name}") from None
    if not secret:
        raise InputError(path, "", "nothing", f"the secret {name}")
    return secret


def _path(name: str, container: Path) -> Path | None:
    named = os.environ.get(f"LUPERCAL_{name.upper().replace('-', '_')}_FILE")
    if named:
        return Path(named)
    folders = (os.environ.get("CREDENTIALS_DIRECTORY"), str(container))
    paths = (Path(folder) / f"lupercal-{name}" for folder in folders if folder)
    return next((path for path in paths if path.is_file()), None)

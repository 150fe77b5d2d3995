"""What can be made again, kept on disk under a name that is a hash of everything it follows from.

A file that was cut short or changed is noticed by its checksum and made anew; a folder that cannot be written to is no
obstacle.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lupercal.errors import LupercalError
from lupercal.files.hashing import bytes_hash
from lupercal.files.writing import write_bytes

_CHECK = 16  # bytes of checksum before the content


def kept(name: str, make: Callable[[], bytes]) -> bytes:
    """Return what is kept under a name; it is made and kept where it is not there."""
    content = kept_before(name)
    return keep_bytes(name, make()) if content is None else content


def kept_before(name: str) -> bytes | None:
    """Return what is kept under a name; None where nothing whole is."""
    place = folder()
    return _read(place / f"{name}.bin") if place else None


def keep_bytes(name: str, content: bytes) -> bytes:
    """Keep something under a name where there is a folder for it, and return it."""
    place = folder()
    if place:
        _write(place / f"{name}.bin", content)
    return content


def folder() -> Path | None:
    """Return where things are kept: LUPERCAL_CACHE_DIR, or ``lupercal`` in the user's cache folder.

    None for a user without a home, as in many containers: a shared folder is no place for code that will be run.
    """
    given = os.environ.get("LUPERCAL_CACHE_DIR")
    if given:
        return Path(given)
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lupercal"
    except RuntimeError:
        return None


def _read(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    check, content = data[:_CHECK], data[_CHECK:]
    return content if content and _check(content) == check else None


def _write(path: Path, content: bytes) -> None:
    """Write the file whole or not at all; do without if the folder does not allow it."""
    with suppress(LupercalError):
        write_bytes(path, _check(content) + content)


def _check(content: bytes) -> bytes:
    return bytes.fromhex(bytes_hash(content, _CHECK))

"""One hash of content: of plain values, of files, and of all that this package computes with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path

_CODE_AND_DATA = (".py", ".c", ".yaml", ".csv")
_BLOCK = 1 << 20


def content_hash(*parts: object, size: int = 8) -> str:
    """Return 2 ``size`` hexadecimal digits that change when any part changes; parts are plain values."""
    return bytes_hash(json.dumps(parts, sort_keys=True, default=str).encode(), size)


def bytes_hash(content: bytes, size: int = 8) -> str:
    """Return 2 ``size`` hexadecimal digits that change with any byte."""
    return blake2b(content, digest_size=size).hexdigest()


def file_hash(path: Path, size: int = 16) -> str:
    """Return `bytes_hash` of a file, read in blocks."""
    digest = blake2b(digest_size=size)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


@cache
def package_hash(folders: Sequence[str] = ("",), left_out: Sequence[str] = ()) -> str:
    """Return a hash of the package's code and data.

    Parameters
    ----------
    folders
        Folders of the package that count; all of it if not given.
    left_out
        Beginnings of paths within the package that do not count.
    """
    root, digest = Path(str(files("lupercal"))), blake2b(digest_size=8)
    for path in sorted(path for name in folders for path in (root / name).rglob("*") if path.suffix in _CODE_AND_DATA):
        name = path.relative_to(root).as_posix()
        if not name.startswith(tuple(left_out)):
            digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()

"""One run at a time in a folder. The system holds the lock, so that it ends with its process and leaves no file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lupercal.errors import InputError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for this process; where the system has no such locks do without.

    Raises
    ------
    InputError
        If another process holds it.
    """
    try:
        import fcntl  # noqa: PLC0415 - not on every system
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _in_use(folder) from None
        except OSError:  # a file system without locks
            pass
        if not _is_still(folder, handle):
            raise _in_use(folder)
        yield
    finally:
        os.close(handle)


def _in_use(folder: Path) -> InputError:
    return InputError(folder, "", "another run at work in it", "a folder for each run, or the end of that run")


def _is_still(folder: Path, handle: int) -> bool:
    """Return whether the folder was not removed, and perhaps made anew, since it was opened."""
    try:
        return os.path.samestat(folder.stat(), os.fstat(handle))
    except OSError:
        return False

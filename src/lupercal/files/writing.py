"""Writing files whole or not at all: into a temporary file beside the target, which then takes its place.

Links are followed and stay, an earlier file keeps its mode and a new one follows the umask, and a write-protected file
is not replaced. Devices and pipes are written to as they are.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lupercal.errors import InputError, LupercalError

PLACE = "a place where files can be written"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}  # the place was right, but it holds no more
_CODE_IN_TEXT = re.compile(r"\(os error (\d+)\)")  # as libraries written in Rust tell it
UNFINISHED = re.compile(r"\.[0-9a-f]{16}\.part")  # names of what is being written


def write_text(path: Path, text: str) -> None:
    """Write a text file, UTF-8, whole or not at all."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; raise `LupercalError` naming the path where it cannot be written."""
    with written(path) as temporary:
        temporary.write_bytes(content)


def write_in_room(path: Path, text: str) -> None:
    """Write a text file into a folder that nobody else sees before it takes its place (`room_beside`)."""
    content = text.encode("utf-8", "backslashreplace")
    try:
        path.write_bytes(content)
    except FileNotFoundError:
        path.parent.mkdir(parents=True)
        path.write_bytes(content)


def write_private(path: Path, text: str) -> None:
    """Write a text file that its owner alone can read, whole or not at all."""
    with written(path) as temporary:
        temporary.chmod(0o600)  # before a byte is in it
        temporary.write_bytes(text.encode("utf-8"))


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Yield an empty file to write into; it becomes ``path`` at the end, and nothing is left on failure.

    Raises
    ------
    InputError
        If nothing can be written there.
    LupercalError
        If the disk is full.
    """
    path = Path(path)
    made: list[Path] = []
    temporary: Path | None = None
    try:
        target, mode = _target(path)
        made = make_folder(target.parent)
        temporary = _beside(target)
        yield temporary
        _into_place(temporary, target, mode)
        made = []
    except Exception as error:
        raise told_failure(path, error, temporary) from None
    finally:
        if temporary is not None:
            discard(temporary)
        remove_folders(made)


@contextmanager
def room_beside(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside a file for what goes into it; nothing of it is left."""
    folder = path.parent / f".{secrets.token_hex(8)}.part"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_place(path: Path) -> None:
    """Try whether a file can be written, and leave everything as it was; raise as `written` does."""
    with suppress(_TriedError), written(path):
        raise _TriedError


def make_folder(folder: Path) -> list[Path]:
    """Make a folder with its parents; return those that were missing, innermost first."""
    if ".." in folder.parts and not folder.exists():  # as the shell: a way through a folder that is not there is none
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
    missing = []
    for place in (folder, *folder.parents):
        if place.exists() or place.is_symlink():
            break
        missing.append(place)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError):
        remove_folders(missing)
        raise
    return missing


def remove_folders(folders: list[Path]) -> None:
    """Remove folders as far as they are empty."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def discard(path: Path) -> None:
    """Remove a file if it is there and can be removed."""
    with suppress(OSError, ValueError):
        path.unlink(missing_ok=True)


def told_failure(path: Path, error: Exception, temporary: Path | None = None) -> Exception:
    """Return a failure to write as a sentence that names the target; any other failure as it is."""
    if isinstance(error, LupercalError | _TriedError):
        return error
    place, code = _without_unfinished(path), _code(error)
    if code in _FULL:
        return LupercalError(f"{place}: {os.strerror(code).lower()}; nothing was written there")
    if isinstance(error, OSError) and not _is_ours(error.filename, path, temporary):
        return error
    if isinstance(error, OSError | UnicodeError) or "null byte" in str(error):
        return InputError(place, "", getattr(error, "strerror", None) or str(error), PLACE)
    return error


def _without_unfinished(path: Path) -> Path:
    """Return where a file will be once the folder it is written in takes its place."""
    return Path(*(part for part in path.parts if not UNFINISHED.fullmatch(part)))


def _is_ours(name: object, path: Path, temporary: Path | None) -> bool:
    hidden = isinstance(name, str | Path) and UNFINISHED.fullmatch(Path(name).name) is not None
    return hidden or name in _ours(path, temporary)


def _ours(path: Path, temporary: Path | None) -> set[object]:
    """Return the names that the system gives to failures of writing, beside none at all."""
    places = (path, *path.parents, *((temporary, *temporary.parents) if temporary else ()))
    return {None, *places, *map(str, places), *map(str, path.absolute().parents), os.path.realpath(path)}


def _code(error: Exception) -> int:
    match = _CODE_IN_TEXT.search(str(error))
    return int(match[1]) if match else getattr(error, "errno", None) or 0


def _target(path: Path) -> tuple[Path, int | None]:
    """Return the file that a path means, links followed, and the mode of an earlier one."""
    device = path.exists() and not path.is_file() and not path.is_dir()  # a link such as /dev/stdout leads to no name
    target = Path(os.path.realpath(path)) if path.is_symlink() and not device else path
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        if not target.name:
            raise InputError(path, "", "a folder", f"{PLACE}: the name of a file") from None
        return target, None
    if stat.S_ISDIR(mode):
        raise InputError(path, "", "a folder", f"{PLACE}: the name of a file")
    if not os.access(target, os.W_OK):
        raise InputError(path, "", "a write-protected file", PLACE)
    return target, mode


def _beside(target: Path) -> Path:
    """Make an empty file for what is being written: beside a file, elsewhere for a device or pipe."""
    beside = target.parent if target.is_file() or not target.exists() else Path(tempfile.gettempdir())
    temporary = beside / f".{secrets.token_hex(8)}.part"
    temporary.open("xb").close()
    return temporary


def _into_place(temporary: Path, target: Path, mode: int | None) -> None:
    if mode is not None and not stat.S_ISREG(mode):
        target.write_bytes(temporary.read_bytes())
        return
    if mode is not None:
        temporary.chmod(stat.S_IMODE(mode))
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(target)


class _TriedError(Exception):
    """The place was tried; nothing is to be written."""

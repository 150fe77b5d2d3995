"""A run whose files come into their folder together when all are made.

While it is at work the folder holds one hidden folder, which is gone at the end however the run ends. An earlier run of
the same command is replaced if that is wished for and every file in the folder is one of its own and unchanged;
otherwise the folder is refused before any work is done.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from lupercal.errors import InputError, OutputExistsError
from lupercal.files.lock import locked
from lupercal.files.run_record import RECORD, KeptFile, RunRecord, holds_run, read_run, write_run
from lupercal.files.writing import UNFINISHED, check_place, make_folder, remove_folders, told_failure

_FILES = {".csv", ".html", ".json", ".parquet", ".pdf", ".png", ".svg", ".xlsx", ".yaml"}
_NEW = "a new folder, or an earlier run with no other files in it"


@contextmanager
def whole_run(folder: Path, asked: RunRecord, *, force: bool = True) -> Iterator[Path]:
    """Yield an empty folder to write into; at the end its files and their record are in ``folder``.

    Parameters
    ----------
    folder
        Where the run comes to stand.
    asked
        What the run is.
    force
        Replace an earlier run of the same command.

    Raises
    ------
    InputError
        If ``folder`` is a file, is in use, holds anything that is not the run's own, or cannot be written.
    OutputExistsError
        If ``folder`` holds an earlier run, which nobody wishes to replace.
    LupercalError
        If the disk is full.
    """
    made: list[Path] = []
    room: Path | None = None
    try:
        made = make_folder(folder)
        with locked(folder):
            earlier = _earlier(folder, asked.command)
            if earlier is not None and not force:
                raise OutputExistsError(folder)
            room = folder / f".{secrets.token_hex(8)}.part"
            room.mkdir()
            yield room
            _into_place(room, folder, asked, earlier)
    except OSError as error:
        raise told_failure(folder, error, room) from None
    finally:
        if room is not None:
            shutil.rmtree(room, ignore_errors=True)
        remove_folders(made)


@contextmanager
def file_or_run(place: Path, ending: str, asked: RunRecord) -> Iterator[Path]:
    """Yield where to write: ``place`` itself if it is a file by its ending, and else the room of a `whole_run`.

    Raises
    ------
    InputError
        If the name ends as that of another kind of file does.
    """
    if place.suffix.lower() in _FILES - {ending} and not place.is_dir():
        raise InputError(place, "", place.suffix, f"a name that ends in {ending}, or that of a folder")
    if place.suffix.lower() == ending:
        check_place(place)
        yield place
        return
    with whole_run(place, asked) as room:
        yield room


@contextmanager
def adding_to(folder: Path) -> Iterator[list[Path]]:
    """Yield a list for the files that are written into the folder of a finished run; they become the run's own.

    Where the folder holds no run nothing is noted.

    Raises
    ------
    InputError
        If the record is damaged, or a file of the run was changed since, which could be overwritten.
    """
    added: list[Path] = []
    if not holds_run(folder):
        yield added
        return
    with locked(folder):
        record = read_run(folder)
        for name, file in record.files.items():
            if (folder / name).exists() and not file.is_in(folder / name):
                raise InputError(folder, name, "a file changed since the run", "another folder for the output")
        yield added
        new = {path.relative_to(folder).as_posix(): KeptFile.of(path) for path in added}
        write_run(folder, replace(record, files=record.files | new))


def files_in(folder: Path) -> list[str]:
    """Return the paths of all files in a folder and below, as they stand in a record."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def _earlier(folder: Path, command: str) -> RunRecord | None:
    """Return the record of the run in a folder that may be replaced, None for an empty folder."""
    for rest in folder.iterdir():
        if UNFINISHED.fullmatch(rest.name) and rest.is_dir():  # what a killed run was writing
            shutil.rmtree(rest, ignore_errors=True)
    names = files_in(folder)
    if not names and not any(folder.iterdir()):
        return None
    if RECORD not in names:
        raise InputError(folder, "", _found_in(folder), _NEW)
    earlier = read_run(folder)
    if earlier.command != command:
        raise InputError(folder, "", f"a run of lupercal {earlier.command}", _NEW)
    for name in names:
        if name != RECORD and name not in earlier.files:
            raise InputError(folder, name, "a file that is not of the run", _NEW)
        if name != RECORD and not earlier.files[name].is_in(folder / name):
            raise InputError(folder, name, "a file changed since the run", _NEW)
    return earlier


def _found_in(folder: Path) -> str:
    earlier = (folder / "forecast.json").is_file()
    return "a forecast of an earlier version of Lupercal" if earlier else "a folder that holds something else"


def _into_place(room: Path, folder: Path, asked: RunRecord, earlier: RunRecord | None) -> None:
    """Move the files into the folder, the record last; what only the earlier run had goes."""
    names = files_in(room)
    write_run(room, replace(asked, state="done", files={name: KeptFile.of(room / name) for name in names}))
    for name in (*names, RECORD):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (room / name).replace(folder / name)
    for name in set(earlier.files if earlier else ()) - set(names):
        (folder / name).unlink(missing_ok=True)

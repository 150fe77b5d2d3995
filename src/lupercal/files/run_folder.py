"""A run is a folder: its record (`lupercal.files.run_record`) and its files, each written whole or not at all.

Two kinds. A run in parts (`run_in_folder`) keeps one Parquet file per chunk: the parts are checkpoints, a run that was
stopped or killed goes on with those that are missing, and ends with the same bytes as one that was not. The folder
``parts`` is a partitioned Parquet data set that Polars, DuckDB and Spark read as it is. A whole run (`whole_run`) puts
its files into the folder when all are made. Whatever else is in a folder is never touched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

from lupercal import __version__
from lupercal.errors import InputError, LupercalError
from lupercal.files.hashing import bytes_hash, content_hash
from lupercal.files.lock import locked
from lupercal.files.run_record import RECORD, KeptFile, RunRecord, difference, holds_run, read_run, write_run
from lupercal.files.runner import RunnerName, results_in_order
from lupercal.files.writing import PLACE, UNFINISHED, discard, make_folder, remove_folders, told_failure, write_bytes

PARTS = "parts"
_SHARE_OF_RECORD = 0.05  # of the time of a run at most for writing its record


@final
@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: chunks done of all, and of this sitting its chunks, patients and seconds.

    ``again`` counts the parts that were kept but are missing or damaged now.
    """

    done: int
    total: int
    fresh: int = 0
    patients: int = 0
    seconds: float = 0.0
    again: int = 0

    @property
    def patients_per_second(self) -> float:
        """Speed of this sitting."""
        return self.patients / max(self.seconds, 1e-9)

    @property
    def seconds_left(self) -> float:
        """Time left at this sitting's speed."""
        return self.seconds * (self.total - self.done) / max(self.fresh, 1)


@final
@dataclass(frozen=True, slots=True)
class Sitting:
    """How to work on a run: where, with how many workers, and whether to go on with an earlier one."""

    runner: RunnerName = "serial"
    workers: int | None = None
    scheduler: str | None = None
    resume: bool = False


@final
class RunFolder:
    """An open run: keeps files with their checksums, and its record not far behind them."""

    def __init__(self, path: Path, record: RunRecord) -> None:
        self.path, self.record = path, record
        self._next_record = 0.0

    def holds(self, name: str) -> bool:
        """Return whether a file was kept and is still what it was."""
        return name in self.record.files and self.record.files[name].is_in(self.path / name)

    def keep(self, name: str, content: bytes) -> None:
        """Write a file whole and note its checksum; the record follows within a moment, at the latest at the end."""
        write_bytes(self.path / name, content)
        files = self.record.files
        files[name] = KeptFile(len(content), bytes_hash(content, 16))
        if time.monotonic() >= self._next_record:
            self.save()

    def forget(self, name: str) -> None:
        """Note that a file is to be made again; refuse to write through a link or into a pipe to something else."""
        path = self.path / name
        if path.is_symlink():
            raise InputError(path, "", "a link to something else", "the part itself; remove the link")
        if path.exists() and not path.is_file():
            raise InputError(path, "", "no regular file", "the part itself; remove what bears its name")
        self.record.files.pop(name, None)

    def note(self, *names: str) -> None:
        """Note the checksums of files that were written into the folder."""
        self.record.files.update({name: KeptFile.of(self.path / name) for name in names})

    def undo(self) -> None:
        """Remove the record of a run that has kept nothing."""
        discard(self.path / RECORD)
        remove_folders([self.path / PARTS])

    def save(self, **changed: Any) -> None:
        """Write the record, with other values for some of its fields."""
        self.record = replace(self.record, **changed)
        begun = time.monotonic()
        write_run(self.path, self.record)
        now = time.monotonic()
        self._next_record = now + (now - begun) / _SHARE_OF_RECORD


@contextmanager
def opened(folder: Path, asked: RunRecord, resume: bool) -> Iterator[RunFolder]:
    """Make the folder of a run, or go on with the run in it, and hold it against others.

    Raises
    ------
    InputError
        If the folder cannot be written, is in use, holds another run or something else, or a run that ``resume`` was
        not asked for; or if its record is damaged.
    """
    with _made(folder), locked(folder):
        run = RunFolder(folder, _earlier(folder, asked, resume) or asked)
        run.save(state="unfinished")
        try:
            yield run
        finally:
            if run.record.files:
                run.save()
            else:
                run.undo()


@contextmanager
def continued(folder: Path, asked: RunRecord) -> Iterator[RunFolder]:
    """Hold a folder in which runs of one command follow each other, each taking up what still fits of those before.

    Raises
    ------
    InputError
        As `opened`; a run of another command is refused.
    """
    with _made(folder), locked(folder):
        earlier = read_run(folder) if holds_run(folder) else asked
        if earlier.command != asked.command:
            raise InputError(folder, RECORD, f"a run of lupercal {earlier.command}", f"a folder of {asked.command}")
        run = RunFolder(folder, replace(asked, files=earlier.files))
        run.save(state="unfinished")
        yield run
        run.save(state="done")


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder; it goes again if no run began in it."""
    try:
        made = make_folder(folder)
    except OSError as error:
        raise told_failure(folder, error) from None
    try:
        yield
    finally:
        if not holds_run(folder):
            remove_folders(made)


def _earlier(folder: Path, asked: RunRecord, resume: bool) -> RunRecord | None:
    """Return the record of the run in a folder, None in an empty one."""
    if not holds_run(folder):
        if folder.absolute().name == PARTS and holds_run(folder.absolute().parent):
            raise InputError(folder, "", "the parts of another run", "a folder of its own for each run")
        _check_empty(folder / PARTS, "files of something else", "an empty folder")
        return None
    if not resume:
        raise InputError(folder, "", "a run that was begun before", "a new folder, or --resume to go on with it")
    earlier = read_run(folder)
    other = difference(earlier, asked)
    if other:
        raise InputError(folder, RECORD, other, "the run that was asked for, or a new folder")
    return earlier


def run_in_folder(
    folder: Path,
    asked: Mapping[str, Any],
    work: Callable[[int], bytes],
    sizes: list[int],
    sitting: Sitting,
    tell: Callable[[Progress], None],
) -> None:
    """Do all chunks of a simulation that are not yet in its folder.

    Parameters
    ----------
    folder
        Where the run is kept.
    asked
        All that the results follow from; two runs with equal ``asked`` have equal results.
    work
        Returns the Parquet file of a chunk.
    sizes
        Number of patients in each chunk.
    sitting
        How to work.
    tell
        Called after each chunk.

    Raises
    ------
    InputError
        See `opened`. Chunks written before stay.
    """
    names = [part_name(chunk) for chunk in range(len(sizes))]
    with opened(folder, RunRecord("simulate", dict(asked), asked.get("seed")), sitting.resume) as run:
        _check_parts(folder, set(names))
        missing = [chunk for chunk, name in enumerate(names) if not run.holds(name)]
        again = sum(names[chunk] in run.record.files for chunk in missing)
        for chunk in missing:
            run.forget(names[chunk])
        finished, begun, patients = len(sizes) - len(missing), time.monotonic(), 0
        tell(Progress(finished, len(sizes), again=again))
        pieces = results_in_order(work, missing, sitting.runner, sitting.workers, sitting.scheduler)
        for fresh, (chunk, content) in enumerate(pieces, 1):
            _keep(run, names[chunk], content, finished + fresh - 1)
            patients += sizes[chunk]
            tell(Progress(finished + fresh, len(sizes), fresh, patients, time.monotonic() - begun, again))
        run.save(state="done")


def digest(asked: Mapping[str, Any]) -> str:
    """Return the hash of what was asked and of the version that answers."""
    return content_hash(__version__, asked, size=16)


def part_name(chunk: int) -> str:
    """Return the file of a chunk's results, as a path in the run folder."""
    return f"{PARTS}/part-{chunk:06d}.parquet"


def clear_unfinished(folder: Path) -> None:
    """Remove what a killed run was writing."""
    for path in folder.iterdir():
        if UNFINISHED.fullmatch(path.name) and path.is_file():
            discard(path)


def _check_empty(folder: Path, shown: str, expected: str) -> None:
    if folder.is_dir() and any(not UNFINISHED.fullmatch(path.name) for path in folder.iterdir()):
        raise InputError(folder, "", shown, expected)


def _check_parts(folder: Path, names: set[str]) -> None:
    """Make the folder of the parts; refuse what is no part of this run, for readers would take it for one."""
    parts = folder / PARTS
    try:
        parts.mkdir(exist_ok=True)
        clear_unfinished(parts)
        clear_unfinished(folder)
        strange = sorted(path.name for path in parts.iterdir() if f"{PARTS}/{path.name}" not in names)
        strange += [path.name for path in parts.iterdir() if path.is_dir()]
    except FileExistsError:
        raise InputError(parts, "", "a file", "a folder; remove the file to make the parts again") from None
    except OSError as error:
        raise InputError(parts, "", error.strerror or str(error), PLACE) from None
    if strange:
        raise InputError(parts, "", strange[0], "only the parts of this run; move it to another place")


def _keep(run: RunFolder, name: str, content: bytes, done: int) -> None:
    try:
        run.keep(name, content)
    except LupercalError as error:
        raise LupercalError(f"{error}; {done} chunks are kept") from None

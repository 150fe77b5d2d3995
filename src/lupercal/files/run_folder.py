"""A run is a folder: what was asked, and one Parquet file per chunk, each written whole or not at all.

The files are the checkpoints: a run that was stopped, or killed, goes on with the chunks that are missing, and ends
with the same bytes as one that was not. The folder ``parts`` is a partitioned Parquet data set that Polars, DuckDB
and Spark read as it is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, final

from lupercal import __version__
from lupercal.errors import InputError, LupercalError
from lupercal.files.documents import write_bytes
from lupercal.files.runner import RunnerName, results_in_order

RECORD, PARTS = "run.json", "parts"
_MARK = b"PAR1"  # a Parquet file begins and ends with it


@final
@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: chunks done of all, and of this sitting its chunks, patients and seconds."""

    done: int
    total: int
    fresh: int = 0
    patients: int = 0
    seconds: float = 0.0

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


def run_in_folder(
    folder: Path,
    asked: dict[str, Any],
    work: Callable[[int], bytes],
    sizes: list[int],
    sitting: Sitting,
    tell: Callable[[Progress], None],
) -> None:
    """Do all chunks of a run that are not yet in its folder.

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
        If the folder holds another run, or this one and ``resume`` was not asked for, or cannot be written to. Chunks
        written before stay.
    """
    prepare(folder, asked, sitting.resume)
    missing = [chunk for chunk in range(len(sizes)) if not _is_whole(part(folder, chunk))]
    kept = len(sizes) - len(missing)
    begun, patients = time.monotonic(), 0
    tell(Progress(kept, len(sizes)))
    pieces = results_in_order(work, missing, sitting.runner, sitting.workers, sitting.scheduler)
    for fresh, (chunk, content) in enumerate(pieces, 1):
        _keep(part(folder, chunk), content, kept + fresh - 1)
        patients += sizes[chunk]
        tell(Progress(kept + fresh, len(sizes), fresh, patients, time.monotonic() - begun))


def prepare(folder: Path, asked: dict[str, Any], resume: bool) -> None:
    """Make the folder and its record, or check that the run in it is the one asked for."""
    record = {"lupercal": __version__, "asked": asked, "digest": digest(asked)}
    if (folder / RECORD).exists():
        if not resume:
            raise InputError(folder, "", "a run that was begun before", "a new folder, or --resume to go on with it")
        if json.loads((folder / RECORD).read_text("utf-8")).get("digest") != record["digest"]:
            raise InputError(folder, RECORD, "another run", "the run that was asked for")
        for rest in (folder / PARTS).glob(".*.part"):  # what a killed run was writing
            rest.unlink()
        return
    try:
        (folder / PARTS).mkdir(parents=True, exist_ok=True)
        if any((folder / PARTS).iterdir()):
            raise InputError(folder, PARTS, "files of something else", "an empty folder")
    except OSError as error:
        raise InputError(folder, "", error.strerror or str(error), "a place where files can be written") from None
    write_bytes(folder / RECORD, (json.dumps(record, indent=2, sort_keys=True) + "\n").encode())


def digest(asked: dict[str, Any]) -> str:
    """Return the hash of what was asked and of the version that answers."""
    return blake2b(json.dumps([__version__, asked], sort_keys=True).encode(), digest_size=16).hexdigest()


def part(folder: Path, chunk: int) -> Path:
    """Return where a chunk's results are kept."""
    return folder / PARTS / f"part-{chunk:06d}.parquet"


def _is_whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            begins = file.read(4)
            file.seek(-4, 2)
            return begins == file.read(4) == _MARK
    except OSError:
        return False


def _keep(path: Path, content: bytes, done: int) -> None:
    try:
        write_bytes(path, content)
    except (OSError, LupercalError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(path, "", reason, f"a place where files can be written; {done} chunks are kept") from None

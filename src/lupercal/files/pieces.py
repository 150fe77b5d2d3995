"""A run that ends with a few files and takes long: what is done of it waits beside its folder until all is.

`whole_run` and `file_or_run` put files into place together. The pieces of work that they are made from are kept in a
run folder of their own, ``NAME.unfinished``, each with its checksum; a run that was stopped or killed goes on from
there with ``resume``, and the folder goes when the run is done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, final

from lupercal.files.cores import available_cores
from lupercal.files.run_folder import RunFolder, opened
from lupercal.files.run_record import RECORD, RunRecord
from lupercal.files.runner import RunnerName, results_in_order
from lupercal.files.writing import discard, remove_folders

T = TypeVar("T")
ENDING = ".unfinished"


@final
class Pieces:
    """What is done of a run, by name, or nothing kept at all (``Pieces()``)."""

    def __init__(self, run: RunFolder | None = None) -> None:
        self._run = run

    @property
    def folder(self) -> Path | None:
        """Where pieces are kept; None where they are not."""
        return self._run.path if self._run else None

    def of(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return a piece, as it was kept or made now."""
        return self.kept(name) or self.keep(name, make())

    def kept(self, name: str) -> bytes | None:
        """Return a piece that was kept and is still what it was."""
        if self._run is None or not self._run.holds(name):
            return None
        return (self._run.path / name).read_bytes()

    def keep(self, name: str, content: bytes) -> bytes:
        """Keep a piece, and return it."""
        if self._run is not None:
            self._run.forget(name)
            self._run.keep(name, content)
        return content


@contextmanager
def resumable(place: Path | None, asked: RunRecord, resume: bool) -> Iterator[Pieces]:
    """Yield the pieces of a run that will stand at ``place``; they go when it is done, and stay when it is stopped.

    Parameters
    ----------
    place
        Run folder or file of the run; without one nothing is kept.
    asked
        What the run is; pieces of any other run are refused.
    resume
        Go on with what is there; without it pieces of an earlier run are refused.

    Raises
    ------
    InputError
        As `lupercal.files.run_folder.opened`.
    """
    if place is None:
        yield Pieces()
        return
    folder = place.with_name(f"{place.name}{ENDING}")
    with opened(folder, replace(asked, command=f"{asked.command}, unfinished", files={}), resume) as run:
        yield Pieces(run)
        for name in [*run.record.files]:
            discard(folder / name)
        run.record.files.clear()
    discard(folder / RECORD)
    remove_folders([folder])


def each_kept(
    pieces: Pieces,
    name: str,
    work: Callable[[int], T],
    count: int,
    as_plain: Callable[[T], Any],
    from_plain: Callable[[Any], T],
    runner: RunnerName = "serial",
    workers: int | None = None,
    progress: Callable[[int], None] = lambda done: None,
    scheduler: str | None = None,
) -> list[T]:
    """Return the results of pieces 0 to ``count`` - 1, those that were kept read and the others made and kept.

    Parameters
    ----------
    pieces, name
        Where they are kept, and the first part of their files' names.
    work, count, runner, workers, scheduler
        As for `lupercal.files.runner.results_in_order`.
    as_plain, from_plain
        Turn a result into plain data and back; both ways it is the same result.
    progress
        Called with the number of results that are there.
    """
    results = dict[int, T]()
    for index in range(count):
        content = pieces.kept(f"{name}-{index:06d}.json")
        if content is not None:
            results[index] = from_plain(json.loads(content))
    if results:
        progress(len(results))
    missing = [index for index in range(count) if index not in results]
    if runner == "processes" and (workers or available_cores()) == 1:
        runner = "serial"  # a process of its own would only load everything once more
    for index, result in results_in_order(work, missing, runner, workers, scheduler):
        pieces.keep(f"{name}-{index:06d}.json", json.dumps(as_plain(result)).encode())
        results[index] = result
        progress(len(results))
    return [results[index] for index in range(count)]

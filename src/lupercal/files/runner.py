"""Doing many pieces of work: one after another, in threads, in processes, or on a Dask cluster. The results are the
same.

A piece of work is a function of a chunk's number; it must not depend on anything else, so a piece that was lost with
its worker is simply done again. No more pieces are under way than workers can hold, so memory does not grow with
their number.

On a cluster with SLURM::

    from dask_jobqueue import SLURMCluster
    cluster = SLURMCluster(cores=8, memory="16GB", walltime="02:00:00")
    cluster.scale(jobs=10)
    lupercal simulate SPEC.yaml -o RUN --runner dask --scheduler tcp://...   # cluster.scheduler_address
"""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Literal, TypeVar

from lupercal.errors import InputError, LupercalError
from lupercal.files.cores import available_cores
from lupercal.files.workers import end_with_parent

RunnerName = Literal["serial", "threads", "processes", "dask"]
Result = TypeVar("Result")
PIECES_PER_WORKER = 2  # handed out ahead, so that no worker waits


def results_in_order(
    work: Callable[[int], Result],
    pieces: Iterable[int],
    runner: RunnerName = "serial",
    workers: int | None = None,
    scheduler: str | None = None,
) -> Iterator[tuple[int, Result]]:
    """Yield each piece's number and result as it is done.

    Parameters
    ----------
    work
        Function of a piece's number; for processes and Dask it and its results must be picklable.
    pieces
        Numbers of the pieces.
    runner
        Where the work is done.
    workers
        How many at a time; as many as there are cores if not given.
    scheduler
        Address of a Dask scheduler; without it Dask works with processes of this machine.

    Raises
    ------
    InputError
        If a scheduler is named that the runner would not ask.
    LupercalError
        If Dask is asked for and not installed.
    """
    count = workers or available_cores()
    if scheduler is not None and runner != "dask":
        raise InputError("--scheduler", "", scheduler, "no scheduler, or --runner dask that asks it")
    if runner == "serial":
        return ((piece, work(piece)) for piece in pieces)
    if runner == "threads":
        return _pooled(ThreadPoolExecutor(count), work, pieces, count)
    if runner == "processes":
        spawned = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=end_with_parent)
        return _pooled(spawned, work, pieces, count)
    return _on_dask(work, pieces, count, scheduler)


def in_order(
    work: Callable[[int], Result],
    count: int,
    runner: RunnerName = "serial",
    workers: int | None = None,
    progress: Callable[[int], None] = lambda done: None,
    scheduler: str | None = None,
) -> list[Result]:
    """Return the results of pieces 0 to ``count`` - 1 in this order, wherever they are made; see `results_in_order`.

    ``progress`` is called with the number of pieces done.
    """
    results = dict[int, Result]()
    for piece, result in results_in_order(work, range(count), runner, workers, scheduler):
        results[piece] = result
        progress(len(results))
    return [results[piece] for piece in range(count)]


def _pooled(
    pool: Executor, work: Callable[[int], Result], pieces: Iterable[int], count: int
) -> Iterator[tuple[int, Result]]:
    waiting, running = iter(pieces), dict[Future[Result], int]()
    others = set(multiprocessing.active_children())
    try:
        while True:
            for piece in _some(waiting, PIECES_PER_WORKER * count - len(running)):
                running[pool.submit(work, piece)] = piece
            if not running:
                return
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(done), done.result()
    except BrokenExecutor:
        raise LupercalError("a worker process ended before its work was done; what is done is kept") from None
    finally:
        if running:  # nobody will ask for these results
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()
        pool.shutdown(cancel_futures=True)


def _on_dask(
    work: Callable[[int], Result], pieces: Iterable[int], count: int, scheduler: str | None
) -> Iterator[tuple[int, Result]]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise LupercalError("the runner dask needs dask: pip install 'lupercal[cluster]'") from None
    with _client(distributed, count, scheduler) as client, _lost_in_words(distributed):
        ahead = PIECES_PER_WORKER * max(count, len(client.scheduler_info(n_workers=-1)["workers"]))
        waiting, running = iter(pieces), distributed.as_completed()
        numbers: dict[str, int] = {}
        while True:
            for piece in _some(waiting, ahead - len(numbers)):
                future = client.submit(work, piece, pure=False)
                numbers[future.key] = piece
                running.add(future)
            if not numbers:
                return
            done = next(running)
            yield numbers.pop(done.key), done.result()


@contextmanager
def _lost_in_words(distributed: Any) -> Iterator[None]:
    """Tell in one sentence that the scheduler or all who tried a piece were lost."""
    try:
        yield
    except (OSError, CancelledError, distributed.KilledWorker) as error:
        raise LupercalError(f"the Dask cluster was lost ({type(error).__name__}); what is done is kept") from None


def _client(distributed: Any, count: int, scheduler: str | None) -> Any:
    """Return a client of the scheduler, or of one with workers of its own on this machine."""
    local = {} if scheduler else {"n_workers": count, "threads_per_worker": 1, "dashboard_address": None}
    logging.getLogger("distributed").setLevel(logging.ERROR)
    try:
        return distributed.Client(scheduler, **local)
    except (OSError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if scheduler is None:
            raise LupercalError(f"Dask could not start its workers: {reason}") from None
        raise InputError(
            "--scheduler", "", scheduler, f"the address of a Dask scheduler that answers ({reason})"
        ) from None


def _some(pieces: Iterator[int], count: int) -> Iterator[int]:
    for _ in range(count):
        try:
            yield next(pieces)
        except StopIteration:
            return

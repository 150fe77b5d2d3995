"""One database, SQLite or PostgreSQL: reading in a consistent state, writing one after the other, whole or not at all.

Every writer takes the same lock before anything else (SQLite's own, an advisory lock on PostgreSQL), because every
write appends to one audit chain. So two writers cannot wait for each other, and none works on what another changes.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from lupercal.errors import LupercalError
from lupercal.registry.address import Address

BUSY_SECONDS = 120
"""How long a writer waits for the others before it gives up in words."""
LOCK = 0x6C757065
"""Number of the advisory lock that writers take on PostgreSQL."""
PRAGMAS: tuple[str, ...] = (
    "journal_mode = WAL",
    "synchronous = FULL",  # a commit that was told of survives a power cut
    "foreign_keys = ON",
    "secure_delete = ON",  # what is erased is overwritten, not only forgotten
    f"busy_timeout = {BUSY_SECONDS * 1000}",
)
"""What every connection to a file is set to."""


@final
@dataclass(frozen=True, slots=True)
class Database:
    """An engine and what of it is open in each thread."""

    address: Address
    engine: Engine
    open_here: threading.local = field(default_factory=threading.local)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is one file and no server."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database; within a writing one, what it wrote so far."""
        current: Connection | None = getattr(self.open_here, "connection", None)
        if current is not None:
            yield current
            return
        with self._read() as connection:
            yield connection

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let all reading within this block see one state of the database."""
        if getattr(self.open_here, "connection", None) is not None:
            yield
            return
        with self._read() as connection:
            self.open_here.connection = connection
            try:
                yield
            finally:
                self.open_here.connection = None

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with failures_in_words(self.address), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection
            connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection that writes alone; what was written is kept at the end, or nothing of it."""
        with failures_in_words(self.address), self.engine.connect() as connection:
            _begin(connection, self.is_sqlite, self.address)
            outer: Connection | None = getattr(self.open_here, "connection", None)
            self.open_here.connection = connection
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            finally:
                self.open_here.connection = outer

    def dispose(self) -> None:
        """Close what is open."""
        self.engine.dispose()


def connect(address: Address) -> Database:
    """Return the database of an address; nothing is opened yet."""
    if not address.is_file:
        return Database(address, create_engine(address.url, pool_pre_ping=True, pool_size=10, max_overflow=20))
    given = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(address.url, poolclass=QueuePool, pool_size=10, max_overflow=-1, connect_args=given)
    event.listen(engine, "connect", _prepare_sqlite)
    _watch_file(engine, address)
    return Database(address, engine)


@contextmanager
def failures_in_words(address: Address) -> Iterator[None]:
    """Turn failures of the database into one sentence that names it."""
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
        raise LupercalError(f"{address.shown}: the database says: {said}") from error
    except UnicodeDecodeError as error:  # SQLite says so where bytes of its own tables are no text
        raise LupercalError(f"{address.shown}: the database is damaged: a text in it is none") from error


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # transactions are begun in words, with their lock
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _watch_file(engine: Engine, address: Address) -> None:
    """Use a connection again only in the process and for the file that it was opened for.

    A backup that is restored takes the file's place, and a forked process must not share what is open.
    """

    def opened(_: Any, entry: ConnectionPoolEntry) -> None:
        entry.info["opened for"] = _identity(address)

    def taken(_: Any, entry: ConnectionPoolEntry, __: Any) -> None:
        if entry.info.get("opened for") != _identity(address):
            raise DisconnectionError

    event.listen(engine, "connect", opened)
    event.listen(engine, "checkout", taken)


def _identity(address: Address) -> tuple[int, int, int]:
    """Return process, device and number of the file."""
    try:
        status = Path(address.file or "").stat()
    except OSError:
        return os.getpid(), 0, 0
    return os.getpid(), status.st_dev, status.st_ino


def _begin(connection: Connection, is_sqlite: bool, address: Address) -> None:
    """Begin a writing transaction with its lock; raise `LupercalError` after `BUSY_SECONDS`."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            if is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        except OperationalError as error:
            connection.rollback()
            if not _is_busy(error) or time.monotonic() > give_up:
                raise LupercalError(f"{address.shown}: others are writing; try again") from error
        else:
            return


def _is_busy(error: OperationalError) -> bool:
    return any(word in str(error.orig) for word in ("locked", "busy", "lock timeout"))

"""Backup and restore: always one SQLite file, whatever the registry lies in, compared by a digest of every row.

What is encrypted stays encrypted; the key ring is not in it and has to be kept elsewhere.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from sqlalchemy import Connection, Table, insert, inspect, null, select, text

from lupercal.errors import InputError, LupercalError, OutputExistsError
from lupercal.files.writing import written
from lupercal.registry import tables
from lupercal.registry.address import Address, address_of
from lupercal.registry.columns import metadata
from lupercal.registry.database import Database, connect
from lupercal.registry.digests import chain_digest
from lupercal.registry.erasure import forget_again
from lupercal.registry.keys import KeyRing, read_ring
from lupercal.registry.making import migrate
from lupercal.registry.opened import Registry, open_registry

PART = 1000
"""Rows that are copied at a time."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """A backup or what was restored from one: rows in all, digest over every row, and who was forgotten again."""

    path: str
    rows: int
    digest: str
    forgotten: tuple[str, ...] = ()


def backup(registry: Registry, path: Path, *, by: str, force: bool = False) -> BackedUp:
    """Write a backup of one state of the registry, whole or not at all, while others go on working.

    Raises
    ------
    OutputExistsError
        If the file is there already and nobody said to replace it.
    LupercalError
        If what was written is not what was read.
    """
    if path.exists() and not force:
        raise OutputExistsError(path)
    registry.audit.note(by=by, action="backup", what="registry")
    with written(path) as room, registry.memory.reading() as source:
        room.unlink()
        target = connect(_file(room))
        try:
            with target.writing() as connection:
                migrate(connection)
                rows, digest = _copied(source, connection)
                _check(connection, digest)
            _without_log(target)
        finally:
            target.dispose()
        os.chmod(room, 0o600)  # noqa: PTH101 - the temporary file, before it takes its name
    return BackedUp(path=str(path), rows=rows, digest=digest)


def restore(
    path: Path, place: str | Path, keys: str | Path | None = None, *, ring: Path | None = None, by: str
) -> BackedUp:
    """Make a registry from a backup in a new place; whom the key ring says was erased is forgotten again.

    Parameters
    ----------
    path
        The backup.
    place
        A path where nothing is, or the URL of an empty database.
    keys
        Where the registry's key ring is to be; by default beside it.
    ring
        The key ring to take, where there is none in that place.

    Raises
    ------
    InputError
        If the file is no backup, something lies in the new place, or there is no key ring.
    LupercalError
        If what was restored is not what the backup holds, or its audit is not whole.
    """
    address = address_of(place, keys)
    if address.file is not None and address.file.exists():
        raise InputError(address.file, "", "a file that is there already", "a path where nothing is")
    if not path.is_file():
        raise InputError(path, "", "no such file", "a backup, as lupercal registry backup writes it")
    used = _ring_for(address, ring)
    if address.file is None:
        rows, digest = _into(path, address)
    else:
        with written(address.file) as room:
            os.chmod(room, 0o600)  # noqa: PTH101 - before anything is in it
            rows, digest = _into(path, Address(f"sqlite:///{room}", room, used.path, address.shown))
    with open_registry(place, keys) as registry:
        verified = registry.verify()
        if not verified.whole:
            raise LupercalError(f"{path}: audit row {verified.bad_row}: {verified.reason}")
        registry.audit.note(by=by, action="restore", what="registry")
        forgotten = forget_again(registry)
    return BackedUp(path=address.shown, rows=rows, digest=digest, forgotten=forgotten)


def content_digest(connection: Connection) -> str:
    """Return a digest over every row of every table, the same on both databases."""
    return chain_digest(
        one for table in metadata.sorted_tables for part in _parts(connection, table) for one in _row_bytes(table, part)
    )


def _into(path: Path, address: Address) -> tuple[int, str]:
    source, target = connect(_file(path)), connect(address)
    try:
        with source.reading() as read, target.writing() as write:
            migrate(write)
            if write.execute(select(tables.audit.c.seq).limit(1)).first() is not None:
                raise InputError(address.shown, "", "a registry with content", "an empty database")
            rows, digest = _copied(read, write)
            _check(write, digest)
            if not target.is_sqlite:
                _set_counters(write)
        if target.is_sqlite:
            _without_log(target)
    finally:
        source.dispose()
        target.dispose()
    return rows, digest


def _copied(source: Connection, target: Connection) -> tuple[int, str]:
    """Copy every row of every table and return how many, with the digest of what was read."""
    counts: list[int] = []

    def copied() -> Iterator[bytes]:
        there = set(inspect(source).get_table_names())  # an older backup lacks the tables that came later
        for table in metadata.sorted_tables:
            for part in _parts(source, table) if table.name in there else ():
                yield from _row_bytes(table, part)
                target.execute(insert(table), part)
                counts.append(len(part))

    digest = chain_digest(copied())
    return sum(counts), digest


def _parts(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    there = {one["name"] for one in inspect(connection).get_columns(table.name)}  # as with tables, so with columns
    columns = (one if one.name in there else null().label(one.name) for one in table.c)
    query = select(*columns).select_from(table).order_by(*table.primary_key.columns)
    for part in connection.execute(query).mappings().partitions(PART):
        yield [dict(row) for row in part]


def _row_bytes(table: Table, rows: list[dict[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield f"|{table.name}".encode()
        for name in sorted(row):
            yield f"|{name}=".encode() + _as_bytes(row[name])


def _as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex().encode()
    return str(value.isoformat() if isinstance(value, dt.date) else value).encode("utf-8", "surrogateescape")


def _check(connection: Connection, digest: str) -> None:
    if content_digest(connection) != digest:
        raise LupercalError("registry: what was written is not what was read; nothing was kept")


def _set_counters(connection: Connection) -> None:
    """Let the numbers that PostgreSQL gives go on after those that were copied."""
    for table in (tables.value, tables.move):
        counter = f"pg_get_serial_sequence('{table.name}', 'number')"
        connection.execute(text(f"SELECT setval({counter}, COALESCE((SELECT MAX(number) FROM {table.name}), 1))"))


def _without_log(database: Database) -> None:
    with database.engine.connect() as connection:
        plain = connection.execution_options(isolation_level="AUTOCOMMIT")
        plain.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        plain.exec_driver_sql("PRAGMA journal_mode = DELETE")


def _file(path: Path) -> Address:
    return Address(f"sqlite:///{path}", path, path, str(path))


def _ring_for(address: Address, ring: Path | None) -> KeyRing:
    """Return the key ring of the new place: what lies there, or a copy of the one that is given."""
    if address.keys.is_file() or ring is None:
        return read_ring(address.keys)
    given = read_ring(ring)
    made = KeyRing(address.keys, given.keys, given.erased)
    made.write()
    return made

"""Making a registry, and bringing an older one up to date."""

from __future__ import annotations

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect

from lupercal.errors import InputError
from lupercal.files.writing import make_folder, written
from lupercal.registry.address import Address, address_of
from lupercal.registry.database import connect
from lupercal.registry.keys import KeyRing, new_ring, read_ring
from lupercal.registry.memory import Memory
from lupercal.registry.opened import Registry, open_registry

_MIGRATIONS = Path(__file__).with_name("migrations")


def make_registry(place: str | Path | None = None, keys: str | Path | None = None, *, by: str = "init") -> Registry:
    """Make a registry with its key ring, or bring one that is there up to date; return it opened.

    Parameters
    ----------
    place, keys
        A path or URL, and the file of the key ring, as for `open_registry`.
    by
        Who does this, for the audit.

    Raises
    ------
    InputError
        If something else lies there.
    LupercalError
        If the database cannot be reached or written.
    """
    address = address_of(place, keys)
    if address.file is not None and not address.file.exists():
        _make_file(address, by)
    else:
        _make_or_migrate(address, by)
    return open_registry(place, keys)


def _make_file(address: Address, by: str) -> None:
    """Make a file, whole or not at all: in another place, which then takes its name."""
    file = address.file
    if file is None:
        raise InputError("registry", "", address.shown, "a path")
    ring = _ring(address)
    with written(file) as room:
        os.chmod(room, 0o600)  # noqa: PTH101 - before anything is in it
        _filled(Address(f"sqlite:///{room}", room, address.keys, address.shown), ring, by)


def _make_or_migrate(address: Address, by: str) -> None:
    database = connect(address)
    try:
        with database.reading() as connection:
            there = set(inspect(connection).get_table_names())
    finally:
        database.dispose()
    if there and "alembic_version" not in there:
        raise InputError(address.shown, "", "another database", "an empty one, or a registry")
    if address.file is None:
        make_folder(address.keys.parent)
    _filled(address, _ring(address) if not there else read_ring(address.keys), by)


def _ring(address: Address) -> KeyRing:
    """Return the key ring: one that is there, or a new one, written."""
    if address.keys.exists():
        return read_ring(address.keys)
    ring = new_ring(address.keys)
    ring.write()
    return ring


def _filled(address: Address, ring: KeyRing, by: str) -> None:
    """Bring tables and triggers to the newest version and note it as one line of the audit, all or nothing."""
    memory = Memory(connect(address), ring)
    try:
        with memory.writing() as connection:
            before = _version(connection)
            migrate(connection)
            after = _version(connection)
            if before != after:
                memory.append(connection, by=by, action="init", kind="registry", row=str(after), patient="")
        if address.file is not None:
            with memory.database.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        memory.database.dispose()


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the tables of a database to a version."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _version(connection: Connection) -> str | None:
    if "alembic_version" not in inspect(connection).get_table_names():
        return None
    version: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return version

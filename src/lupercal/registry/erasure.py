"""Forgetting a person: the key is destroyed, the rows are gone, and the audit still holds.

What stays: the lines of the audit under the random pseudonym (who did what when, no values), and the chain of identity
of products, which has to be kept for 30 years (Regulation (EC) No 1394/2007, article 15), without free text. The key
ring remembers the pseudonym, so that a backup made before forgets again when it is restored.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

from sqlalchemy import Connection, delete, select, update

from lupercal.registry import tables
from lupercal.registry.database import failures_in_words
from lupercal.registry.keys import read_ring
from lupercal.registry.memory import NOBODY, Memory
from lupercal.registry.opened import Registry
from lupercal.registry.refusals import RefusedError
from lupercal.registry.rows import moment
from lupercal.registry.verify import ERASED

PATIENCE_SECONDS = 5
"""How long others who read may keep the log from being emptied."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was forgotten: rows by table, run folders that were ``removed``, and ``folders`` to be deleted by hand.

    ``scrubbed`` is false where others kept an older state open, so that encrypted bytes of it are left in SQLite's log
    until it is emptied next; the key that would read them is gone.
    """

    patient: str
    rows: dict[str, int]
    folders: tuple[str, ...]
    scrubbed: bool
    removed: tuple[str, ...] = ()


def erase(registry: Registry, patient: str, *, by: str, why: str, runs: Path | None = None) -> Erased:
    """Forget a person: names, contacts, visits, treatments, plans, forecasts, and what the audit kept of their values.

    Parameters
    ----------
    patient
        Id or local id.
    why
        The reason, such as the date of the request; it is kept, so it must name nobody.
    runs
        Folder of the run folders of forecasts; those of the person are removed, also of jobs that came to no end. By
        default ``forecasts`` beside a registry that is a file, where the workbench keeps them.

    Raises
    ------
    UnknownError
        If there is no such patient.
    RefusedError
        If no reason is given, or the reason names the person.
    """
    memory = registry.memory
    with memory.writing() as connection:
        head = registry.patients.find(patient)
        _check_reason(registry, head.id, why)
        named = _run_folders(registry, head.id)
        rows = forget_person(memory, connection, head.id, by=by, why=why)
    _remember(memory, head.id)
    file = memory.database.address.file
    removed, left = _without_runs(runs or (file.parent / "forecasts" if file is not None else None), named)
    return Erased(patient=head.id, rows=rows, folders=left, scrubbed=scrub(memory), removed=removed)


def forget_person(memory: Memory, connection: Connection, patient: str, *, by: str, why: str) -> dict[str, int]:
    """Delete what belongs to a person, note it in the audit, and return how many rows of each table went."""
    visits = select(tables.visit.c.id).where(tables.visit.c.patient == patient)
    rows = {"value": connection.execute(delete(tables.value).where(tables.value.c.visit.in_(visits))).rowcount}
    for table in tables.PERSONAL[1:]:
        rows[table.name] = connection.execute(delete(table).where(table.c.patient == patient)).rowcount
    side, key = tables.audit_payload, tables.person_key
    rows[side.name] = connection.execute(delete(side).where(side.c.person == patient)).rowcount
    connection.execute(delete(key).where(key.c.person == patient))
    products = tables.product
    connection.execute(update(products).where(products.c.patient == patient).values(note=None))
    _empty_head(connection, patient)
    memory.append(
        connection, by=by, action=ERASED, kind="patient", row=patient, patient=patient, why=why, person=NOBODY
    )
    return rows


def forget_again(registry: Registry) -> tuple[str, ...]:
    """Forget whom the key ring says was erased, such as after an older backup was restored; return their ids."""
    memory, table = registry.memory, tables.patient.c
    with memory.writing() as connection:
        wanted = select(table.id).where(table.id.in_(memory.ring.erased), table.erased_at.is_(None))
        there = tuple(connection.execute(wanted).scalars())
        for patient in there:
            forget_person(memory, connection, patient, by="restore", why="erased before; the backup was older")
    if there:
        scrub(memory)
    return there


def scrub(memory: Memory) -> bool:
    """Rewrite the database without the bytes of deleted rows, and empty the log that is written ahead.

    Returns
    -------
    bool
        Whether that was done to the end; false where others kept an older state open beyond `PATIENCE_SECONDS`.
    """
    database = memory.database
    with failures_in_words(database.address), database.engine.connect() as connection:
        plain = connection.execution_options(isolation_level="AUTOCOMMIT")
        if database.is_sqlite:
            plain.exec_driver_sql("VACUUM")
            return _is_empty(plain)
        for table in (*tables.PERSONAL, tables.audit_payload, tables.person_key, tables.patient, tables.product):
            plain.exec_driver_sql(f"VACUUM FULL {table.name}")
        plain.exec_driver_sql("CHECKPOINT")
        return True


def _is_empty(connection: Connection) -> bool:
    """Empty SQLite's log; return whether nobody kept it from being emptied."""
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000}")
    row = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return int(row[0]) == 0


def _run_folders(registry: Registry, patient: str) -> dict[str, bool]:
    """Return the names of the run folders of a person, and whether each is known to have been kept."""
    begun = dict.fromkeys((one.id for one in registry.jobs.of_patient(patient)), False)
    return begun | {one.folder: True for one in registry.forecasts.of_patient(patient) if one.folder}


def _without_runs(runs: Path | None, named: Mapping[str, bool]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove run folders; return those that are gone now, and those of kept forecasts that lie elsewhere."""
    removed = []
    for name in named:
        # only a plain name is one of this folder: a record may hold a path, and nothing outside is touched
        folder = runs / name if runs is not None and Path(name).name == name else None
        if folder is not None and folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
            removed += [] if folder.exists() else [name]
    return tuple(removed), tuple(name for name, kept in named.items() if kept and name not in removed)


def _check_reason(registry: Registry, patient: str, why: str) -> None:
    if not why.strip():
        raise RefusedError(f"erasing {patient}", "a reason is needed")
    for one in registry.patients.identities(patient):
        parts = (one.given_name, one.family_name, one.local_id, one.phone, one.email)
        if any(len(part) > 2 and part.casefold() in why.casefold() for part in parts):
            raise RefusedError(f"erasing {patient}", "the reason is kept, so it must not name the person")


def _empty_head(connection: Connection, patient: str) -> None:
    """Empty the head: what stays is that there was somebody of this pseudonym."""
    table = tables.patient
    empty = {column.name: None for column in table.c if column.nullable}
    values = empty | {"erased_at": moment().isoformat(timespec="microseconds"), "organs_involved": "[]"}
    connection.execute(update(table).where(table.c.id == patient).values(**values, state="closed"))


def _remember(memory: Memory, patient: str) -> None:
    """Keep the pseudonym in the ring as it lies on the disk now; another process may have added one since."""
    read_ring(memory.ring.path).forgetting(patient).write()

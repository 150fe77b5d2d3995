"""Checking the records themselves: does each say what its last line in the audit says was written?

The audit alone shows whether it was bent. This shows whether somebody changed a value, a visit or a product past it.
Progress of jobs is left out: it is no part of the audit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

from lupercal.files.plain import plain
from lupercal.registry import tables
from lupercal.registry.memory import NOBODY, Memory
from lupercal.registry.rows import open_json
from lupercal.registry.shelf import Shelf

Written = Mapping[str, tuple[int, Any]]
"""By id: number of the audit row that wrote a record last, and what it wrote; None where it was struck out."""
_NOT_KEPT = {"plan": ("plan",)}
"""Fields of a kind that the audit leaves out."""


def first_changed(memory: Memory, shelves: tuple[Shelf[Any], ...]) -> tuple[int, str] | None:
    """Return number and reason of the first record that was changed, added or removed past the audit, or None."""
    with memory.reading() as connection:
        written = _written(memory, connection)
        table = tables.patient.c
        erased = set(connection.execute(select(table.id).where(table.erased_at.is_not(None))).scalars())
        faults = [fault for shelf in shelves for fault in _of_shelf(shelf, written.get(shelf.kind.name, {}), erased)]
    return min(faults, default=None)


def _of_shelf(shelf: Shelf[Any], written: Written, erased: set[str]) -> Iterator[tuple[int, str]]:
    left_out = _NOT_KEPT.get(shelf.kind.name, ())
    there = {record.id: record for record in shelf.where() if shelf.owner(record) not in erased}
    for name, record in there.items():
        number, after = written.get(name, (0, None))
        if after is None:
            yield number, f"{shelf.kind.name} {name}: nobody is on record as having written it"
        elif _told(plain(record), left_out) != _told(after, left_out):
            yield number, f"{shelf.kind.name} {name}: it says something else than what was last written"
    for name, (number, after) in written.items():
        if after is not None and name not in there and shelf.owner_of(after) not in erased:
            yield number, f"{shelf.kind.name} {name}: it was written, and is gone"


def _told(record: Mapping[str, Any], left_out: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in left_out}


def _written(memory: Memory, connection: Connection) -> dict[str, dict[str, tuple[int, Any]]]:
    """Return what the audit says was written last, by kind and id, for everybody whose values it still keeps."""
    audit, side = tables.audit.c, tables.audit_payload.c
    query = select(audit.seq, audit.kind, audit.row_id, side.person, side.body)
    joined = query.join(tables.audit_payload, side.seq == audit.seq).where(audit.row_id != "", audit.action != "read")
    keys, newest = memory.keys_of(connection), dict[str, dict[str, tuple[int, Any]]]()
    for number, kind, row, person, body in connection.execute(joined.order_by(audit.seq)):
        key = keys.get(person or NOBODY)
        if key is not None:
            after = open_json(key, bytes(body), f"audit|{number}")["after"]
            newest.setdefault(kind, {})[row] = (number, after)
    return newest

"""Checking the memory of a registry: is every row of the audit as it was written, and none missing?

Each row holds the digest of the row before it and of what its side table keeps. The number and digest of the last row
are kept with a keyed stamp, so that rows cut off at the end show too; whoever could also put back an older stamp is
found out by a head that was exported before.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from sqlalchemy import Connection, select

from lupercal.errors import InputError, LupercalError
from lupercal.files.writing import write_text
from lupercal.registry import tables
from lupercal.registry.memory import FIRST, Memory, payload_digest, row_digest

_ROW = tuple(tables.audit.c.keys())
ERASED = "erase"
"""The action by which a person's side rows may be gone."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a check of the audit found: how many rows, number and digest of the last, and the first bad row if any."""

    rows: int
    seq: int
    digest: str
    bad_row: int | None = None
    reason: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return self.bad_row is None


@final
@dataclass(frozen=True, slots=True)
class ExportedHead:
    """Number and digest of the last row as they were once exported."""

    seq: int
    digest: str


class _FaultError(Exception):
    def __init__(self, row: int, reason: str) -> None:
        self.row, self.reason = row, reason
        super().__init__(reason)


def verify(memory: Memory, head: ExportedHead | None = None) -> Verified:
    """Check the whole audit; a head that was exported before shows whether rows were cut off since.

    Returns
    -------
    Verified
        With the first bad row, if there is one; it never raises because of what it finds.
    """
    last, count = (0, FIRST), 0
    try:
        for checked in _chain(memory, head):
            last, count = checked, count + 1
    except _FaultError as fault:
        return Verified(rows=count, seq=last[0], digest=last[1], bad_row=fault.row, reason=fault.reason)
    except (LupercalError, sqlite3.DatabaseError) as error:
        reason = f"the database cannot be read on: {error}"
        return Verified(rows=count, seq=last[0], digest=last[1], bad_row=last[0] + 1, reason=reason)
    return Verified(rows=count, seq=last[0], digest=last[1])


def export_head(memory: Memory, path: Path) -> ExportedHead:
    """Write number and digest of the last row to a file, after a check of the whole audit.

    Raises
    ------
    LupercalError
        If the audit is not whole.
    """
    verified = verify(memory)
    if not verified.whole:
        raise LupercalError(f"registry: audit row {verified.bad_row}: {verified.reason}; no head was exported")
    write_text(path, json.dumps({"seq": verified.seq, "digest": verified.digest}) + "\n")
    return ExportedHead(verified.seq, verified.digest)


def read_head(path: Path) -> ExportedHead:
    """Read a head that `export_head` wrote; raise `InputError` where it is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return ExportedHead(int(data["seq"]), str(data["digest"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            path, "", "something else", "a head, as lupercal registry verify --export-head writes it"
        ) from None


def _chain(memory: Memory, head: ExportedHead | None) -> Iterator[tuple[int, str]]:
    """Yield number and digest of each row that is as it was written; raise `_FaultError` at the first that is not."""
    with memory.reading() as connection:
        rows, bodies, end = _read(memory, connection)
        erased = {row["patient"] for row in rows if row["action"] == ERASED}
        previous = FIRST
        for number, row in enumerate(rows, 1):
            _check(number, row, previous, bodies.pop(number, None), erased)
            previous = str(row["digest"])
            _check_exported(number, previous, head)
            yield number, previous
        _check_end(memory, len(rows), previous, end, head)
        if bodies:
            raise _FaultError(min(bodies), "the side table holds values of a row that the audit does not have")


def _check(
    number: int, row: Mapping[str, Any], previous: str, body: tuple[str, bytes] | None, erased: set[Any]
) -> None:
    if row["seq"] != number:
        raise _FaultError(number, f"the row is missing: row {row['seq']} follows row {number - 1}")
    if row_digest(row) != row["digest"]:
        raise _FaultError(number, "its content does not fit its digest: it was changed")
    if row["previous"] != previous:
        raise _FaultError(number, "it does not follow the row before it")
    if body is None:
        if row["patient"] not in erased:
            raise _FaultError(number, "its values are missing, though nobody was erased")
    elif payload_digest(*body) != row["payload"]:
        raise _FaultError(number, "the values it keeps were changed")


def _check_exported(number: int, digest: str, head: ExportedHead | None) -> None:
    if head is not None and number == head.seq and digest != head.digest:
        raise _FaultError(number, "it is another row than the one that was exported as the head")


def _check_end(memory: Memory, count: int, digest: str, end: Any, head: ExportedHead | None) -> None:
    if end is None:
        raise _FaultError(count, "the row that keeps the end of the audit is missing")
    if end["seq"] != count:
        first = min(count, end["seq"] if isinstance(end["seq"], int) else count) + 1
        raise _FaultError(first, f"the audit ends at row {count}, but its end was kept as row {end['seq']}")
    if end["digest"] != digest:
        raise _FaultError(count, "the last row is another than the one kept as the end")
    if memory.ring.stamp(f"{count}:{digest}", str(end["ring_key"]))[1] != end["stamp"]:
        raise _FaultError(count, "the stamp of the end was not made with a key of this ring")
    if head is not None and head.seq > count:
        raise _FaultError(count + 1, f"the audit ends at row {count}, but row {head.seq} was exported as the head")


def _read(memory: Memory, connection: Connection) -> tuple[list[Any], dict[int, tuple[str, bytes]], Any]:
    """Return audit rows, side rows by number, and the kept end; text that is no UTF-8 is read all the same."""
    if not memory.database.is_sqlite:
        rows: list[Any] = [dict(row) for row in connection.execute(select(tables.audit).order_by("seq")).mappings()]
        side = connection.execute(select(tables.audit_payload)).all()
        end: Any = connection.execute(select(tables.audit_head)).mappings().first()
        return rows, {seq: (person, bytes(body)) for seq, person, body in side}, end
    raw: Any = connection.connection.driver_connection
    factory, raw.text_factory = raw.text_factory, _tolerant
    try:
        names = ", ".join(_ROW)
        rows = [dict(zip(_ROW, row, strict=True)) for row in raw.execute(f"SELECT {names} FROM audit ORDER BY seq")]
        side = raw.execute("SELECT seq, person, body FROM audit_payload").fetchall()
        end_row = raw.execute("SELECT seq, digest, ring_key, stamp FROM audit_head").fetchone()
    finally:
        raw.text_factory = factory
    end = None if end_row is None else dict(zip(("seq", "digest", "ring_key", "stamp"), end_row, strict=True))
    return rows, {seq: (str(person), _as_bytes(body)) for seq, person, body in side}, end


def _tolerant(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _as_bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body).encode("utf-8", "surrogateescape")

"""Reading the audit: who did what, when and why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from lupercal.registry import tables
from lupercal.registry.memory import NOBODY, Memory
from lupercal.registry.records import AuditEntry, Done
from lupercal.registry.rows import open_json

PAGE = 200
_COLUMNS = tables.audit.c


class Audit:
    """The audit of a registry, for reading; `note` adds what is no write of a record, such as a look at a person."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def entries(
        self, *, patient: str | None = None, after: int = 0, limit: int = PAGE, newest: bool = False
    ) -> tuple[AuditEntry, ...]:
        """Return rows of the audit after a number, oldest (or newest) first; of one patient where named."""
        query = select(tables.audit).where(_COLUMNS.seq > after)
        if patient is not None:
            query = query.where(_COLUMNS.patient == patient)
        query = query.order_by(_COLUMNS.seq.desc() if newest else _COLUMNS.seq).limit(limit)
        with self.memory.reading() as connection:
            return tuple(_entry(row) for row in connection.execute(query).mappings())

    def of_record(self, kind: str, name: str) -> tuple[Done, ...]:
        """Return what was done to one record, oldest first."""
        return done_to(self.memory, kind, name)

    def of_patient(self, patient: str) -> tuple[Done, ...]:
        """Return all that was done to the records of one patient, oldest first."""
        with self.memory.reading() as connection:
            return _done(self.memory, connection, [_COLUMNS.patient == patient])

    def note(self, *, by: str, action: str, patient: str = "", what: str = "", why: str = "") -> int:
        """Add one line: that somebody looked at a person, logged in, exported; return its number.

        Raises
        ------
        RefusedError
            If the patient was erased.
        """
        with self.memory.writing() as connection:
            return self.memory.append(connection, by=by, action=action, kind=what, row="", patient=patient, why=why)

    def head(self) -> tuple[int, str]:
        """Return number and digest of the last row, to be kept elsewhere: with them a shortened audit shows."""
        with self.memory.reading() as connection:
            last = connection.execute(
                select(_COLUMNS.seq, _COLUMNS.digest).order_by(_COLUMNS.seq.desc()).limit(1)
            ).first()
            return (0, "") if last is None else (last.seq, last.digest)


def done_to(memory: Memory, kind: str, name: str) -> tuple[Done, ...]:
    """Return what was done to one record, oldest first."""
    with memory.reading() as connection:
        return _done(memory, connection, [_COLUMNS.kind == kind, _COLUMNS.row_id == name])


def _done(memory: Memory, connection: Connection, conditions: list[Any]) -> tuple[Done, ...]:
    payload = tables.audit_payload.c
    query = (
        select(tables.audit, payload.person, payload.body)
        .outerjoin(tables.audit_payload, payload.seq == _COLUMNS.seq)
        .where(*conditions)
        .order_by(_COLUMNS.seq)
    )
    rows = list(connection.execute(query).mappings())
    keys = memory.keys_of(connection, {row["person"] for row in rows if row["person"] is not None} | {NOBODY})
    return tuple(_told(row, keys.get(row["person"] or NOBODY)) for row in rows)


def _told(row: Any, key: bytes | None) -> Done:
    said: dict[str, Any] = {}
    if row["body"] is not None and key is not None:
        said = open_json(key, bytes(row["body"]), f"audit|{row['seq']}")
    return Done(entry=_entry(row), before=said.get("before"), after=said.get("after"), why=said.get("why", ""))


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(
        seq=row["seq"], at=row["at"], by=row["changed_by"], action=row["action"], kind=row["kind"], row=row["row_id"],
        patient=row["patient"], payload=row["payload"], previous=row["previous"], digest=row["digest"],
    )  # fmt: skip

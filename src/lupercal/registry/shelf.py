"""One kind of record in the registry: add, get, list, change, strike out, each write with its line in the audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Select, insert, select, update

from lupercal.files.checked import validated
from lupercal.files.plain import plain
from lupercal.registry.memory import Memory
from lupercal.registry.records import Done, KeptRecord
from lupercal.registry.refusals import ConflictError, UnknownError
from lupercal.registry.rows import Kind, decoded, encoded, moment, new_id, shallow
from lupercal.registry.trail import done_to

R = TypeVar("R", bound=KeptRecord)
Row = Mapping[str, Any]


class Shelf(Generic[R]):
    """Records of one kind.

    Parameters
    ----------
    memory
        The database with its audit and keys.
    kind
        How the records are kept.
    """

    def __init__(self, memory: Memory, kind: Kind[R]) -> None:
        self.memory, self.kind = memory, kind

    def add(self, record: R, *, by: str, why: str = "", action: str = "add") -> R:
        """Keep a new record and return it with its id, version 1 and stamp.

        Raises
        ------
        RefusedError
            If the patient was erased or is not known.
        InputError
            If nobody is named as the one who does this.
        """
        checked = self.checked(record)
        with self.memory.writing() as connection:
            made = replace(
                checked, id=checked.id or new_id(self.kind.prefix), version=1, changed_at=moment(), changed_by=by
            )
            key = self.memory.key_of(connection, self.owner(made), make=self.owner(made) == "")
            connection.execute(insert(self.kind.table).values(self.encoded(made, key)))
            self._append(connection, made, action, None, made, why)
            return made

    def get(self, name: str) -> R:
        """Return the record of an id; raise `UnknownError` where there is none."""
        with self.memory.reading() as connection:
            return self.found(connection, name)

    def of_patient(self, patient: str) -> tuple[R, ...]:
        """Return a patient's records in the order in which they were last changed."""
        return self.where(self.kind.table.c.patient == patient)

    def all(self) -> tuple[R, ...]:
        """Return all records."""
        return self.where()

    def change(self, record: R, *, by: str, why: str = "", action: str = "change") -> R:
        """Keep a changed copy of a record and return it with its new version.

        Raises
        ------
        ConflictError
            If the record was changed since the state on which this change rests; it holds both.
        UnknownError
            If there is no such record.
        """
        checked = self.checked(record)
        with self.memory.writing() as connection:
            theirs = self.found(connection, record.id)
            if theirs.version != record.version:
                raise ConflictError(record, theirs)
            made = replace(checked, version=record.version + 1, changed_at=moment(), changed_by=by)
            key = self.memory.key_of(connection, self.owner(made), make=self.owner(made) == "")
            table = self.kind.table
            connection.execute(update(table).where(table.c.id == record.id).values(self.encoded(made, key)))
            self._append(connection, made, action, theirs, made, why)
            return made

    def strike(self, name: str, version: int, *, by: str, why: str) -> None:
        """Strike a record out as entered in error: it is in no list any more, and stays in the audit.

        Raises
        ------
        ConflictError
            If the record was changed since ``version``.
        """
        with self.memory.writing() as connection:
            theirs = self.found(connection, name)
            if theirs.version != version:
                raise ConflictError(replace(theirs, version=version), theirs)
            stamp = moment().isoformat(timespec="microseconds")
            table = self.kind.table
            values = {"struck_at": stamp, "version": version + 1, "changed_by": by, "changed_at": stamp}
            connection.execute(update(table).where(table.c.id == name).values(**values))
            self._append(connection, replace(theirs, changed_by=by), "strike", theirs, None, why)

    def history(self, name: str) -> tuple[Done, ...]:
        """Return what was done to a record, oldest first, with what was there before and after, and why."""
        return done_to(self.memory, self.kind.name, name)

    def found(self, connection: Connection, name: str) -> R:
        """Return the record of an id as a connection sees it."""
        rows = self._decoded(connection, self._rows(connection, [self.kind.table.c.id == name]))
        if not rows:
            raise UnknownError(self.kind.name, name)
        return rows[0]

    def where(self, *conditions: Any) -> tuple[R, ...]:
        """Return the records that fulfil conditions on the columns of their table."""
        with self.memory.reading() as connection:
            return self._decoded(connection, self._rows(connection, conditions))

    def encoded(self, record: R, key: bytes) -> dict[str, Any]:
        """Return a record as the columns of its row."""
        return encoded(self.kind, self.kind.flat(record), key)

    def checked(self, record: R) -> R:
        """Return a record whose fields are of their kind; raise `InputError` for the first that is not."""
        return validated(shallow(record), self.kind.record, self.kind.name)

    def owner(self, record: Any) -> str:
        """Return whose key encrypts a record: its patient's."""
        return str(getattr(record, "patient", ""))

    def owner_of(self, told: Row) -> str:
        """Return whose key encrypts a record that is told as plain values."""
        return str(told.get("patient", ""))

    def _query(self, conditions: Iterable[Any]) -> Select[Any]:
        table = self.kind.table
        query = select(table).where(*conditions)
        if "struck_at" in table.c:
            query = query.where(table.c.struck_at.is_(None))
        return query.order_by(*self._order())

    def _order(self) -> Sequence[Any]:
        return (self.kind.table.c.changed_at, self.kind.table.c.id)

    def _rows(self, connection: Connection, conditions: Iterable[Any]) -> list[Row]:
        return [dict(row) for row in connection.execute(self._query(conditions)).mappings()]

    def _decoded(self, connection: Connection, rows: list[Row]) -> tuple[R, ...]:
        owners = {self._owner_of_row(row) for row in rows}
        keys = self.memory.keys_of(connection, owners) if owners else {}
        return tuple(self.kind.whole(decoded(self.kind, row, keys.get(self._owner_of_row(row)))) for row in rows)

    def _owner_of_row(self, row: Row) -> str:
        return str(row.get("patient", ""))

    def _append(self, connection: Connection, record: R, action: str, before: Any, after: Any, why: str) -> None:
        self.memory.append(
            connection, by=record.changed_by, action=action, kind=self.kind.name, row=record.id,
            patient=self.owner(record), before=plain(before), after=plain(after), why=why,
        )  # fmt: skip

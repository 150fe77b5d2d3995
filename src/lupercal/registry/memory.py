"""The memory of a registry: every write leaves one row in a chain that cannot be changed without its showing.

A row of the audit says who did what to which record, and holds the digest of what was there before and after. These
values themselves lie, encrypted by the person's key, in a side table that can be emptied: then the chain is still
whole, and nothing of the person is left in it. `lupercal.registry.verify` checks it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, final

from sqlalchemy import Connection, insert, select, update

from lupercal.errors import InputError
from lupercal.registry import tables
from lupercal.registry.database import Database
from lupercal.registry.digests import chain_digest
from lupercal.registry.keys import KeyRing, random_key
from lupercal.registry.refusals import RefusedError
from lupercal.registry.rows import moment, open_json, seal_json

FIRST = "0" * 64
"""What the first row of the chain follows."""
NOBODY = ""
"""The person of what concerns nobody in particular; it has a key like everybody."""
MAX_NAME = 200


@final
@dataclass(slots=True)
class _Here:
    """What one thread knows while it writes."""

    head: tuple[int, str] | None = None
    appended: bool = False
    keys: dict[str, bytes] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class Memory:
    """A database with its key ring: reading, writing, people's keys, and the audit of every write."""

    database: Database
    ring: KeyRing
    here: threading.local = field(default_factory=threading.local)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database."""
        with self.database.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection that writes alone; all is kept at the end, with its audit, or nothing of it.

        It may be entered again within itself: an inner part that fails is taken back alone.
        """
        if self._state is not None:
            with self._inner() as connection:
                yield connection
            return
        with self.database.writing() as connection:
            self.here.state = _Here()
            try:
                yield connection
                self._keep_head(connection)
            finally:
                self.here.state = None

    def key_of(self, connection: Connection, person: str, *, make: bool = False) -> bytes:
        """Return the key of a person; raise `RefusedError` where it is gone, which means that the person was erased."""
        keys = self._state.keys if self._state is not None else {}
        if person not in keys:
            key = self.keys_of(connection, [person]).get(person)
            if key is None and not make:
                raise RefusedError(person, "the person was erased, or was never here")
            keys[person] = key or self._made(connection, person)
        return keys[person]

    def keys_of(self, connection: Connection, people: Iterable[str] | None = None) -> Mapping[str, bytes]:
        """Return the keys of people by pseudonym; of all where none are named."""
        table = tables.person_key
        wanted = list(people) if people is not None else None
        query = select(table.c.person, table.c.ring_key, table.c.wrapped)
        if wanted is not None and len(wanted) <= 500:
            query = query.where(table.c.person.in_(wanted))
        rows = connection.execute(query).all()
        return {person: self.ring.unwrap(name, bytes(wrapped), person) for person, name, wrapped in rows}

    def append(
        self,
        connection: Connection,
        *,
        by: str,
        action: str,
        kind: str,
        row: str,
        patient: str,
        before: Any = None,
        after: Any = None,
        why: str = "",
        person: str | None = None,
    ) -> int:
        """Append one row to the audit and return its number.

        Parameters
        ----------
        by
            Who did it.
        action, kind, row, patient
            What was done to which record of whom (a pseudonym; empty where it concerns nobody).
        before, after, why
            Values and reason, kept encrypted in the side table.
        person
            Whose key encrypts them, where it is not the patient's.
        """
        owner = patient if person is None else person
        said = {"before": before, "after": after, "why": why}
        return self._append_all(connection, by, action, kind, [(row, patient, owner)], said)

    def append_looks(
        self, connection: Connection, *, by: str, kind: str, rows: Iterable[tuple[str, str]], why: str = ""
    ) -> None:
        """Append one row for each look at a record; ``rows`` are id of the record and patient. Quick for many."""
        lines = [(row, patient, patient) for row, patient in rows]
        keys = self._needed.keys
        keys |= self.keys_of(connection, {patient for _, patient, _ in lines} - keys.keys())
        self._append_all(connection, by, "read", kind, lines, {"before": None, "after": None, "why": why})

    def _append_all(
        self, connection: Connection, by: str, action: str, kind: str, lines: Iterable[tuple[str, str, str]],
        said: Mapping[str, Any],
    ) -> int:  # fmt: skip
        """Append a row for each line (id of the record, patient, whose key encrypts) and return the last number."""
        check_who(by)
        number, digest = self._needed.head or self._head(connection)
        rows, bodies = [], []
        for row, patient, owner in lines:
            number, previous = number + 1, digest
            key = self.key_of(connection, owner, make=owner == NOBODY)
            body = seal_json(key, said, f"audit|{number}")
            given = {
                "seq": number, "at": moment().isoformat(timespec="microseconds"), "changed_by": by, "action": action,
                "kind": kind, "row_id": row, "patient": patient, "payload": payload_digest(owner, body),
                "previous": previous,
            }  # fmt: skip
            digest = row_digest(given)
            rows.append({**given, "digest": digest})
            bodies.append({"seq": number, "person": owner, "body": body})
        if rows:
            connection.execute(insert(tables.audit), rows)
            connection.execute(insert(tables.audit_payload), bodies)
            self._needed.head, self._needed.appended = (number, digest), True
        return number

    def said(self, connection: Connection, number: int, person: str) -> Mapping[str, Any]:
        """Return what an audit row kept of before, after and why; empty where the person was erased."""
        table = tables.audit_payload
        body = connection.execute(select(table.c.body).where(table.c.seq == number)).scalar()
        key = self.keys_of(connection, [person]).get(person)
        return {} if body is None or key is None else dict(open_json(key, bytes(body), f"audit|{number}"))

    @property
    def _state(self) -> _Here | None:
        return getattr(self.here, "state", None)

    @property
    def _needed(self) -> _Here:
        if self._state is None:
            raise RuntimeError("the audit is appended to within writing() only")
        return self._state

    @contextmanager
    def _inner(self) -> Iterator[Connection]:
        state = self._needed
        head, appended, keys = state.head, state.appended, dict(state.keys)
        with self.database.reading() as connection:
            point = connection.begin_nested()
            try:
                yield connection
                point.commit()
            except BaseException:
                point.rollback()
                state.head, state.appended, state.keys = head, appended, keys
                raise

    def _made(self, connection: Connection, person: str) -> bytes:
        key = random_key()
        name, wrapped = self.ring.wrap(key, person)
        connection.execute(insert(tables.person_key).values(person=person, ring_key=name, wrapped=wrapped))
        return key

    def _head(self, connection: Connection) -> tuple[int, str]:
        table = tables.audit_head
        row = connection.execute(select(table.c.seq, table.c.digest)).first()
        return (0, FIRST) if row is None else (row.seq, row.digest)

    def _keep_head(self, connection: Connection) -> None:
        """Keep number and digest of the last row with a keyed stamp, so that a shortened chain shows."""
        state = self._needed
        if not state.appended or state.head is None:
            return
        number, digest = state.head
        name, stamp = self.ring.stamp(f"{number}:{digest}")
        values = {"seq": number, "digest": digest, "ring_key": name, "stamp": stamp}
        done = connection.execute(update(tables.audit_head).values(**values))
        if done.rowcount == 0:
            connection.execute(insert(tables.audit_head).values(number=1, **values))


def check_who(by: str) -> None:
    """Raise `InputError` where nobody is named as the one who does something."""
    if not by.strip() or len(by) > MAX_NAME or not by.isprintable():
        raise InputError("registry", "by", by, "the name of the person who does this")


def payload_digest(person: str, body: bytes) -> str:
    """Return the digest of what the side table holds for one row: whose it is, and the encrypted bytes."""
    return chain_digest((person.encode("utf-8", "surrogateescape"), b"|", body))


def row_digest(row: Mapping[str, Any]) -> str:
    """Return the digest of one audit row (all columns but ``digest``), each with its length, in a fixed order."""
    return chain_digest(_parts_of(row))


def _parts_of(row: Mapping[str, Any]) -> Iterator[bytes]:
    yield b"lupercal audit 1"
    for name in ("seq", "at", "changed_by", "action", "kind", "row_id", "patient", "payload", "previous"):
        part = str(row[name]).encode("utf-8", "surrogateescape")
        yield f"|{name}:{len(part)}:".encode() + part

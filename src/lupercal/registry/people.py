"""Names and contacts: encrypted, found by a keyed digest of the local id, and kept readable from search to search."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import Connection, select

from lupercal.registry import tables
from lupercal.registry.changes import Changes
from lupercal.registry.kinds import IDENTITY
from lupercal.registry.memory import Memory
from lupercal.registry.records import Identity
from lupercal.registry.shelf import Shelf
from lupercal.registry.values import parted

_NOBODY = Identity()


class PeopleShelf(Shelf[Identity]):
    """Names and contacts of a registry; what was decrypted once is not decrypted again while it stays the same."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory, IDENTITY)
        self._seen: dict[str, Identity] = {}
        self._searched: dict[str, tuple[str, Identity]] = {}
        self._changes, self._lock = Changes(), threading.Lock()

    def encoded(self, record: Identity, key: bytes) -> dict[str, Any]:
        """Return a record as the columns of its row, with the digest by which its local id is found."""
        index = self.memory.ring.blind(record.local_id) if record.local_id else None
        return super().encoded(record, key) | {"local_index": index}

    def holding(self, connection: Connection, text: str) -> tuple[Identity, ...]:
        """Return those whose name or local id holds a text, in any case of letters."""
        with self._lock:
            self._read_in(connection)
            wanted = text.casefold()
            return tuple(one for folded, one in self._searched.values() if wanted in folded)

    def known(self, connection: Connection, *conditions: Any) -> tuple[Identity, ...]:
        """Return names and contacts that fulfil conditions on the columns of their table."""
        table = tables.person.c
        query = select(table.id, table.version).where(table.struck_at.is_(None), *conditions)
        rows = connection.execute(query).all()
        missing = [name for name, version in rows if self._seen.get(name, _NOBODY).version != version]
        for part in parted(missing):
            self._seen |= {one.id: one for one in self.where(table.id.in_(part))}
        return tuple(self._seen[name] for name, _ in rows)

    def _read_in(self, connection: Connection) -> None:
        """Read who changed since the last search, or everybody."""
        changed = self._changes.since_last(connection)
        if changed is None:
            self._searched, self._seen = {}, {}
            some = self.known(connection)
        else:
            self._seen = {name: one for name, one in self._seen.items() if one.patient not in changed}
            self._searched = {name: one for name, one in self._searched.items() if name not in changed}
            some = self.known(connection, tables.person.c.patient.in_(changed)) if changed else ()
        self._searched |= {one.patient: (f"{one.name}\n{one.local_id}".casefold(), one) for one in some}

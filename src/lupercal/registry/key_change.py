"""A new key for a registry: it encrypts everybody's key from now on, the old ones still read."""

from __future__ import annotations

from sqlalchemy import select, update

from lupercal.registry import tables
from lupercal.registry.keys import read_ring
from lupercal.registry.memory import Memory
from lupercal.registry.opened import Registry, registry_of


def change_keys(registry: Registry, *, by: str) -> Registry:
    """Put a new key in front of the ring and encrypt every person's key by it; return the registry with that ring.

    What is encrypted by a person's key stays as it is. The old keys stay in the ring, for backups that need them.
    """
    ring = read_ring(registry.memory.ring.path).with_key()
    ring.write()
    memory = Memory(registry.memory.database, ring)
    table = tables.person_key
    with memory.writing() as connection:
        for person, name, wrapped in connection.execute(
            select(table.c.person, table.c.ring_key, table.c.wrapped)
        ).all():
            ring_key, again = ring.wrap(ring.unwrap(name, bytes(wrapped), person), person)
            values = {"ring_key": ring_key, "wrapped": again}
            connection.execute(update(table).where(table.c.person == person).values(**values))
        memory.append(connection, by=by, action="change keys", kind="registry", row=ring.newest, patient="")
    return registry_of(memory)

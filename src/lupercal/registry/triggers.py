"""Triggers that let nobody change, remove or overwrite what the audit holds, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

REFUSED = "the audit is only ever added to"
KEPT_WHOLE = ("audit",)
"""Tables whose rows are neither changed nor removed."""
UNCHANGED = ("audit_payload", "move")
"""Tables whose rows are not changed; they are removed only when a person is erased."""


def trigger_statements(dialect: str) -> Iterator[str]:
    """Yield the statements that make the triggers of a database (``sqlite`` or ``postgresql``)."""
    yield from _sqlite() if dialect == "sqlite" else _postgresql()


def _sqlite() -> Iterator[str]:
    """REPLACE removes rows without asking a DELETE trigger, so an INSERT of a number that is there is refused too."""
    for table in (*KEPT_WHOLE, *UNCHANGED):
        key = "number" if table == "move" else "seq"
        yield _raising(f"{table}_no_update", f"UPDATE ON {table}")
        yield _raising(
            f"{table}_no_replace", f"INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"
        )
    for table in KEPT_WHOLE:
        yield _raising(f"{table}_no_delete", f"DELETE ON {table}")


def _raising(name: str, when: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"


def _postgresql() -> Iterator[str]:
    yield (
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
    )
    for table in KEPT_WHOLE:
        yield _refusing(table, "UPDATE OR DELETE", "ROW")
        yield _refusing(table, "TRUNCATE", "STATEMENT")
    for table in UNCHANGED:
        yield _refusing(table, "UPDATE", "ROW")
        yield _refusing(table, "TRUNCATE", "STATEMENT")


def _refusing(table: str, event: str, level: str) -> str:
    name = f"{table}_no_{event.lower().replace(' ', '_')}"
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {level} EXECUTE FUNCTION audit_refuse()"

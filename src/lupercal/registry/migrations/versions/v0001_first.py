"""The first tables of the registry, with the triggers of its audit; the statements lie beside this file."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from lupercal.registry.triggers import trigger_statements

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables and triggers."""
    dialect = op.get_bind().dialect.name
    statements = Path(__file__).with_name(f"v0001_{dialect}.sql").read_text(encoding="utf-8")
    for statement in statements.partition("\n")[2].split(";"):
        if statement.strip():
            op.execute(statement)
    for statement in trigger_statements(dialect):
        op.execute(statement)

"""Alerts that somebody has seen; the statements lie beside this file."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table of acknowledgements."""
    dialect = op.get_bind().dialect.name
    statements = Path(__file__).with_name(f"v0005_{dialect}.sql").read_text(encoding="utf-8")
    for statement in statements.partition("\n")[2].split(";"):
        if statement.strip():
            op.execute(statement)

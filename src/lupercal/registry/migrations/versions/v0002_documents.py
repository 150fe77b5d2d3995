"""Documents of a patient; the statements lie beside this file."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of documents."""
    dialect = op.get_bind().dialect.name
    statements = Path(__file__).with_name(f"v0002_{dialect}.sql").read_text(encoding="utf-8")
    for statement in statements.partition("\n")[2].split(";"):
        if statement.strip():
            op.execute(statement)

"""Values of a patient whose day is known only as an interval."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add their column, encrypted like notes."""
    op.add_column("patient", sa.Column("undated", sa.LargeBinary, nullable=True))

"""The order in which patients are listed, kept so that a page of thousands is read without sorting them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the index, which holds all that a line of the list shows."""
    op.create_index(
        "ix_patient_listed", "patient", [sa.text("state_since DESC"), "id", "erased_at", "state", "programme"]
    )

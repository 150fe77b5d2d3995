"""The first tables of the registry, with the triggers of its audit."""

from alembic import op

from lupercal.registry.tables import metadata
from lupercal.registry.triggers import trigger_statements

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables and triggers."""
    connection = op.get_bind()
    metadata.create_all(connection)
    for statement in trigger_statements(connection.dialect.name):
        op.execute(statement)

"""Where Alembic begins: it works on the connection that `lupercal.registry.making` hands over."""

from alembic import context

from lupercal.registry import tables

context.configure(
    connection=context.config.attributes["connection"], target_metadata=tables.patient.metadata, transactional_ddl=False
)
context.run_migrations()

"""Where Alembic begins: it works on the connection that `lupercal.registry.making` hands over."""

from alembic import context

from lupercal.registry.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False)
context.run_migrations()

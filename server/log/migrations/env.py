"""Run by Alembic with the connection that `migrate` gave it."""

from __future__ import annotations

from alembic import context

from server.log.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()

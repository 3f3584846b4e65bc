"""Alembic's entry: runs the revisions on the connection that `hub.db.upgrade` hands over, in one transaction.

There is deliberately no URL here: `luneo db upgrade` is the one way to change the schema.
"""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=None, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()

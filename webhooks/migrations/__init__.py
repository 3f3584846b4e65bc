"""The schema of outbound webhooks: an Alembic branch of its own that stands on the hub's."""

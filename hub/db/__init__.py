"""PostgreSQL: identifiers, the engine, the unit of work, the private server, the schema's upgrade.

Import from the module that holds the thing; this file stays empty so that `hub.db.ids` costs nothing.
"""

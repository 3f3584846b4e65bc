"""The house: roles, tables, row-level security and wake-ups. The SQL stands in the folder beside this file.

Revision 0001. The files run in the order of their names.
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = ("hub",)
depends_on = None


def upgrade() -> None:
    """Send each file as one simple query: it holds several statements, which a prepared statement may not."""
    op.execute("SELECT 1")  # opens the transaction that the driver-level calls below then stand in
    driver = op.get_bind().connection.dbapi_connection
    assert driver is not None  # noqa: S101 (a live connection has one)
    for script in sorted((Path(__file__).parent / "r0001").glob("*.sql")):
        sql = script.read_text("utf-8")
        driver.run_async(lambda connection, sql=sql: connection.execute(sql))

"""Tokens that expire, shops that count points: a lease for renewals, points in flight. The SQL stands in the folder beside it.

Revision 0002. The files run in the order of their names.
"""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Send each file as one simple query, as revision 0001 does."""
    op.execute("SELECT 1")  # opens the transaction that the driver-level calls below then stand in
    driver = op.get_bind().connection.dbapi_connection
    assert driver is not None  # noqa: S101 (a live connection has one)
    for script in sorted((Path(__file__).parent / "r0002").glob("*.sql")):
        sql = script.read_text("utf-8")
        driver.run_async(lambda connection, sql=sql: connection.execute(sql))

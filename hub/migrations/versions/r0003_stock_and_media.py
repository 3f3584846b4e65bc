"""Write-backs of stock and files beside those of metafields. The SQL stands in the folder beside it.

Revision 0003. The files run in the order of their names.
"""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Send each file as one simple query, as the revisions before it do."""
    op.execute("SELECT 1")  # opens the transaction that the driver-level calls below then stand in
    driver = op.get_bind().connection.dbapi_connection
    assert driver is not None  # noqa: S101 (a live connection has one)
    for script in sorted((Path(__file__).parent / "r0003").glob("*.sql")):
        sql = script.read_text("utf-8")
        driver.run_async(lambda connection, sql=sql: connection.execute(sql))

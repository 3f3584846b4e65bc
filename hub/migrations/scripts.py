"""Running a revision's SQL files: they stand in the folder `rNNNN` beside its revision, and run in the order of their names."""

from __future__ import annotations

from pathlib import Path

from alembic import op

VERSIONS = Path(__file__).parent / "versions"


def run_scripts(revision: str) -> None:
    """Run the files of one of the hub's own revisions."""
    run_folder(VERSIONS / f"r{revision}")


def run_folder(folder: Path) -> None:
    """Send each file as one simple query: it holds several statements, which a prepared statement may not."""
    op.execute("SELECT 1")  # opens the transaction that the driver-level calls below then stand in
    driver = op.get_bind().connection.dbapi_connection
    assert driver is not None  # noqa: S101 (a live connection has one)
    for script in sorted(folder.glob("*.sql")):
        sql = script.read_text("utf-8")
        driver.run_async(lambda connection, sql=sql: connection.execute(sql))

"""Tokens that expire, shops that count points: a lease for renewals, points in flight. The SQL stands in the folder beside it.

Revision 0002.
"""

from hub.migrations.scripts import run_scripts

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run its SQL files."""
    run_scripts(revision)

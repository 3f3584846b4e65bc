"""Write-backs of stock and files beside those of metafields. The SQL stands in the folder beside it.

Revision 0003.
"""

from hub.migrations.scripts import run_scripts

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run its SQL files."""
    run_scripts(revision)

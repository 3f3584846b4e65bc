"""Events keep their data as told, and may be meant for one audience. The SQL stands in the folder beside it.

Revision 0004.
"""

from hub.migrations.scripts import run_scripts

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run its SQL files."""
    run_scripts(revision)

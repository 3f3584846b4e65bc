"""The house: roles, tables, row-level security and wake-ups. The SQL stands in the folder beside this file.

Revision 0001.
"""

from hub.migrations.scripts import run_scripts

revision = "0001"
down_revision = None
branch_labels = ("hub",)
depends_on = None


def upgrade() -> None:
    """Run its SQL files."""
    run_scripts(revision)

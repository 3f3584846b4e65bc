"""Applications, endpoints, messages and attempts. The SQL stands in the folder beside it.

Revision w0001.
"""

from pathlib import Path

from hub.migrations.scripts import run_folder

revision = "w0001"
down_revision = None
branch_labels = ("webhooks",)
depends_on = "0004"


def upgrade() -> None:
    """Run its SQL files."""
    run_folder(Path(__file__).parent / revision)

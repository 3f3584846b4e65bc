"""The `luneo` command. This file stays light: what a command needs is imported when it is run."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and return its exit code: 0 complete, 2 partial, 1 error."""
    from hub.cli.guard import run

    return run(sys.argv[1:])

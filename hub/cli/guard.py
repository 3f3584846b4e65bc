"""The one place where an error becomes a line and an exit code: nobody who types a command is shown a traceback.

HubError and usage errors say themselves what to do; anything else is a fault of ours and is written to the log file.
`LUNEO_DEBUG=1` lets it through.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from hub.cli.trouble import Trouble, from_hub, from_system, from_unexpected, from_usage
from hub.errors import HubError

FAILED = 1
INTERRUPTED = 130


def run(argv: Sequence[str]) -> int:
    """Run one command line; returns its exit code."""
    from hub.cli.frame import build

    try:
        result = build(argv)(args=list(argv) or ["--help"], prog_name="luneo", standalone_mode=False)
        sys.stdout.flush()
    except typer.Abort:
        return _tell(Trouble("cancelled", "cancelled, nothing was changed."), argv)
    except TyperException as error:
        return _tell(from_usage(error), argv)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _reader_gone()
    except Exception as error:
        cause = innermost(error)
        if isinstance(cause, HubError):
            return _tell(from_hub(cause), argv)
        if os.environ.get("LUNEO_DEBUG") == "1":
            raise
        return _tell(from_system(cause) or from_unexpected(error, argv), argv)
    return result if isinstance(result, int) else 0


def innermost(error: Exception) -> Exception:
    """What went wrong, out of the groups that tasks side by side wrap it in."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def _tell(trouble: Trouble, argv: Sequence[str]) -> int:
    if "--json" in argv:
        sys.stdout.write(json.dumps({"error": trouble.data()}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    else:
        sys.stderr.write(f"error: {trouble.line()}\n")
    return FAILED


def _reader_gone() -> int:
    """`luneo … | head` has seen enough: no complaint, and none from the interpreter's last flush either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED

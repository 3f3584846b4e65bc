"""The log file of the command line: where the details of an unexpected error are kept."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from hub.cli.trouble import readable, redact

NAME = "luneo.log"
LAST_RESORT = Path("/tmp")  # noqa: S108 - when the data folder cannot be written


def write(error: Exception, *, secrets: Sequence[str]) -> str:
    """Append the traceback, without secrets; returns the file's path in words."""
    text = redact("".join(traceback.format_exception(error)), secrets)
    for folder in (_data_dir(), LAST_RESORT):
        path = folder / NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{datetime.now(UTC).isoformat()}\n{text}\n")
        except OSError:
            continue
        return readable(path)
    return "no file: nothing here can be written. Run it again with LUNEO_DEBUG=1."


def _data_dir() -> Path:
    try:
        from hub.settings import get_settings

        return Path(get_settings().data_dir)
    except Exception:  # the settings themselves may be what is broken
        import platformdirs

        return Path(platformdirs.user_data_dir("luneo"))

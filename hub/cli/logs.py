"""Where the log goes: never to stdout, which belongs to answers."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from hub.settings import Settings

MOST_BYTES = 10 << 20  # then a new file is begun; the one before it is kept


def log_to_stderr(settings: Settings) -> None:
    """One line per fact on stderr, at the configured level: for processes that stay."""
    _configure(sys.stderr, settings.log_level)


def log_to_file(settings: Settings) -> None:
    """The same into the data folder's luneo.log: for commands whose stderr shows progress."""
    from hub.cli.log import NAME

    path = settings.data_dir / NAME
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > MOST_BYTES:
            path.replace(path.with_suffix(".log.1"))
        path.touch(mode=0o600)
        file = path.open("a", encoding="utf-8", buffering=1)
    except OSError:
        log_to_stderr(settings)
    else:
        _configure(file, settings.log_level)


def printable(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    r"""A processor: what strangers send (paths, names) must not steer the terminal that shows the log, nor forge lines in it.

    Line feeds are left to the renderer, which writes them as ``\n``.

    >>> printable(None, "info", {"path": "/a\x1b[31m\r\x00é\u202e", "lines": "a\nb", "ms": 3})
    {'path': '/a\\x1b[31m\\r\\x00é\\u202e', 'lines': 'a\nb', 'ms': 3}
    """
    for name, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[name] = "".join(
                one if one == "\n" or one.isprintable() else one.encode("unicode_escape").decode() for one in value
            )
    return event


def _without_rich() -> ModuleType:
    """structlog as it comes where rich is not installed: its console renderer, which nobody uses here, costs 0.05 s at start."""
    hidden = "rich" not in sys.modules
    if hidden:
        sys.modules["rich"] = None  # type: ignore[assignment]  # what Python itself takes for "cannot be imported"
    try:
        import structlog
    finally:
        if hidden:
            del sys.modules["rich"]
    return structlog


def _configure(file: TextIO, level: str) -> None:
    structlog = _without_rich()

    from hub.web.redaction import redact

    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(stream=file, level=max(number, logging.WARNING), force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            printable,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file),
        cache_logger_on_first_use=True,
    )

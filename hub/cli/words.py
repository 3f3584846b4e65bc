"""Times, verdicts and evidence as people say them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

COLOURS = {"COMPLETE": "green", "PARTIAL": "yellow", "FAILED": "red"}


def verdict(word: str | None) -> Text:
    """The verdict, coloured; a run without one is still going."""
    from rich.text import Text

    return Text(word or "running", style=COLOURS.get(word or "", "dim"))


def ago(when: datetime, now: datetime | None = None) -> str:
    """How long ago.

    >>> ago(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 3, 5, tzinfo=UTC))
    '3 h ago'
    """
    return f"{span(((now or datetime.now(UTC)) - when).total_seconds())} ago"


def lasted(start: datetime, end: datetime | None) -> str:
    """How long something took; empty while it goes on."""
    return span((end - start).total_seconds()) if end else ""


def span(seconds: float) -> str:
    """A length of time in its largest unit.

    >>> span(0.25), span(42), span(90), span(200_000)
    ('0.2 s', '42 s', '1 min', '2 d')
    """
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{int(seconds)} s"

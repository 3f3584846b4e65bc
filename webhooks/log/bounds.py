"""How messages are found: bounds of a span of event ids, and the id under which a receiver knows a message."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from hub.errors import NotFound

PREFIX: Final = "msg_"


def floor_of(at: datetime) -> UUID:
    """The least UUIDv7 that can have been made at `at`, of `hub.db.ids.uuid7`.

    >>> from datetime import UTC
    >>> floor_of(datetime(2026, 11, 22, tzinfo=UTC))
    UUID('01a2008d-7400-7000-8000-000000000000')
    """
    microseconds = max(0, round(at.timestamp() * 1_000_000))
    milliseconds, rest = divmod(microseconds, 1000)
    high = (milliseconds << 16) | 0x7000 | (rest * 4096 // 1000)
    return UUID(int=(high << 64) | (0b10 << 62))


def message_id(event: UUID) -> str:
    """`webhook-id` of an event's messages: the same on every attempt, resend and replay."""
    return PREFIX + event.hex


def event_of(text: str) -> UUID:
    """The event of a message named `msg_…` or by the event's own id. Raises NotFound for any other text."""
    try:
        return UUID(text.removeprefix(PREFIX))
    except ValueError:
        raise NotFound(f"There is no message {text[:80]}.", hint="It is named msg_… as in webhook-id.", field="message") from None

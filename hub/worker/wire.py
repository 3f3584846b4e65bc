"""What goes over Redis: names and JSON. arq's default, pickle, would let whoever writes to Redis run code here."""

from __future__ import annotations

import json
from typing import Any

QUEUE = "luneo:wake"
WAKE = "wake"


def to_wire(message: dict[str, Any]) -> bytes:
    """A wake-up as bytes; a failed one's error as its text."""
    return json.dumps(message, default=str).encode()


def from_wire(data: bytes) -> dict[str, Any]:
    """The other way."""
    message: dict[str, Any] = json.loads(data)
    return message

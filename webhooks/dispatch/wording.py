"""The headers of an attempt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from webhooks.card import Card
from webhooks.ready import Ready

AGENT = b"user-agent: Luneo-Webhooks/1.0 (+https://luneo.com/docs/webhooks)"
FIXED: Final = (b"content-type: application/json", AGENT, b"accept-encoding: identity", b"webhook-hop: 1")


def custom(card: Card) -> list[bytes]:
    """The lines that are the same on every attempt."""
    return [*FIXED, *(f"{name}: {value}".encode() for name, value in card.headers)]


class Clock:
    """The database's time: signatures bear it, so that all dispatchers agree however their machines' clocks are set."""

    __slots__ = ("_now", "_offset", "_text")

    def __init__(self, offset: Callable[[], float]) -> None:
        self._offset = offset
        self._now = 0
        self._text = b""

    def stamp(self, wall: float) -> bytes:
        """Unix seconds, as they stand in the header."""
        now = int(wall + self._offset())
        if now != self._now:
            self._now, self._text = now, b"%d" % now
        return self._text


def signed(card: Card, lines: list[bytes], ready: Ready, stamp: bytes) -> list[str | bytes]:
    """All header lines of this attempt, with a signature of every key that still signs."""
    signatures = [
        signer.sign(ready.id, stamp, ready.body)
        for signer, until in card.signers
        if until is None or until.timestamp() > int(stamp)
    ]
    return [
        *lines,
        b"webhook-id: " + ready.id,
        b"webhook-timestamp: " + stamp,
        b"webhook-signature: " + (signatures[0] if len(signatures) == 1 else b" ".join(signatures)),
        b"webhook-attempt: %d" % (ready.attempts + 1),
    ]

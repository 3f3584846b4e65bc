"""One request as the local receiver heard it: judged, and never believed in its form: it may be anything."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from webhooks.verify import Verifier

REMEMBERED = 10_000  # ids


@dataclass(slots=True)
class Heard:
    """What came. `reason` None: genuine; else a word of `webhooks.verify`, and `message` says it. `body`: JSON, or its text."""

    at: float
    reason: str | None
    message: str | None
    id: str | None
    type: str | None
    attempt: str | None
    version: str | None
    age: float | None  # seconds since it was signed, by the clocks of both
    seen: float | None  # when the same id was heard before
    is_json: bool
    body: Any = field(repr=False)
    size: int = 0

    def data(self, answered: int) -> dict[str, Any]:
        """For programs."""
        return {
            "at": round(self.at, 3), "verdict": "refused" if self.reason else "genuine", "reason": self.reason,
            "message": self.message, "id": self.id, "type": self.type, "attempt": self.attempt, "version": self.version,
            "age_seconds": self.age, "duplicate": self.seen is not None, "answered": answered,
            "size": self.size, "body": self.body,
        }  # fmt: skip


class Ears:
    """Judges requests, and remembers the ids that it has heard."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._ids: OrderedDict[str, float] = OrderedDict()

    def hear(self, headers: list[tuple[str, str]], body: bytes | None) -> Heard:
        """Judge one request; `body` None when it was too large. Raises nothing, whatever came."""
        from webhooks.verify import LARGEST, Refused

        now = time.time()
        told = {name.lower(): value for name, value in reversed(headers)}
        is_json, content = (True, None) if body is None else read(body)
        type = content.get("type") if isinstance(content, dict) else None
        heard = Heard(
            now, None, None, told.get("webhook-id"), type if isinstance(type, str) else None, told.get("webhook-attempt"),
            None, None, None, is_json, content, len(body or b""),
        )  # fmt: skip
        if body is None:
            heard.reason, heard.message = "oversize", f"The body has more than {LARGEST:,} bytes and was cut off."
            return heard
        try:
            genuine = self._verifier.verify(headers, body, now=now)
        except Refused as error:
            heard.reason, heard.message, heard.age = error.reason, str(error), error.skew
            return heard
        heard.version, heard.age = genuine.version, round(now - genuine.timestamp, 1)
        heard.seen = self._ids.get(genuine.id)
        self._ids[genuine.id] = now
        if len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)
        return heard


def read(body: bytes) -> tuple[bool, Any]:
    """Whether the body is JSON, and what it says; else its text."""
    try:
        return True, json.loads(body)
    except (ValueError, RecursionError):
        return False, body.decode("utf-8", "replace")


def harmless(text: str) -> str:
    r"""The text without what a terminal would obey, or could not print.

    >>> harmless("a\x1b[2Jb\x9b" + chr(0xD800)), harmless("é\n  ok")
    ('a\\x1b[2Jb\\x9b\\ud800', 'é\n  ok')
    """
    return "".join(each if each == "\n" or each.isprintable() else _spelt(each) for each in text)


def _spelt(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode() if ord(character) > 127 else f"\\x{ord(character):02x}"

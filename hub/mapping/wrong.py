"""A value that its field does not take, named so that a merchant finds it in his shop."""

from __future__ import annotations

from typing import Any

from hub.errors import SkippedRecordError
from schemas.exact import encode_plain


class WrongValue(Exception):
    """A value that is there but is not what its field takes."""

    def __init__(self, pointer: str, value: Any, expected: str) -> None:
        super().__init__(pointer)
        self.pointer = pointer
        self.value = value
        self.expected = expected

    def under(self, *parts: object) -> WrongValue:
        """The same, seen from further out."""
        self.pointer = "".join(f"/{part}" for part in parts) + self.pointer
        return self


def wrong(key: str, value: Any, expected: str) -> WrongValue:
    """A WrongValue at a key of the object at hand."""
    return WrongValue(f"/{key}" if key else "", value, expected)


def shortened(value: Any) -> str:
    """A value as JSON, fit for one line."""
    shown = encode_plain(value).decode()
    return shown if len(shown) <= 80 else f"{shown[:60]}… ({len(shown)} characters)"


def skipped(vendor: str, what: str, raw: Any, error: WrongValue) -> SkippedRecordError:
    """What the engine puts into quarantine: the row, the field and the value."""
    name = raw.get("id") if isinstance(raw, dict) else None
    ref = f"{vendor} {what} {shortened(name)}" if name is not None else f"{vendor} {what} without id"
    field = error.pointer or "/"
    return SkippedRecordError(ref, f"{field} is {shortened(error.value)}, expected {error.expected}", field=field)

"""Cursors: opaque to callers, positions to us. A list is read by key, so rows added meanwhile move nothing."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated
from uuid import UUID

from fastapi import Query

from hub.errors import Unprocessable

MOST = 200

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many rows at most.")]
Cursor = Annotated[str | None, Query(max_length=400, description="The `next_cursor` of the page before.")]


def pack(*parts: str | UUID | int) -> str:
    """A cursor from the sort key of the last row shown.

    >>> unpack(pack("a", 3), 2)
    ['a', '3']
    """
    return base64.urlsafe_b64encode("\n".join(str(part) for part in parts).encode()).decode().rstrip("=")


def unpack(cursor: str, size: int) -> list[str]:
    """The sort key in a cursor. Raises Unprocessable for a text that we did not make."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        text = ""
    parts = text.split("\n")
    if len(parts) != size or not all(parts):
        raise bad_cursor(cursor)
    return parts


def uuid_of(cursor: str | None) -> UUID | None:
    """The one UUID in a cursor; None without a cursor."""
    if cursor is None:
        return None
    try:
        return UUID(unpack(cursor, 1)[0])
    except ValueError:
        raise bad_cursor(cursor) from None


def bad_cursor(cursor: str) -> Unprocessable:
    """The error for a cursor that is not one of ours."""
    return Unprocessable(
        f"cursor {cursor[:40]!r} is not one of ours:", hint="pass `next_cursor` of the page before, unchanged.", field="cursor"
    )

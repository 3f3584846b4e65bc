"""What texts and small objects from outside may look like. Every refusal names the field, the value and what to do."""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import UUID

import msgspec

from hub.errors import NotFound, Unprocessable

UID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")
MOST_KEYS: Final = 50
LONGEST_KEY: Final = 64
LONGEST_VALUE: Final = 500


def refused(field: str, value: object, fault: str, hint: str) -> Unprocessable:
    """The one form of these errors: `/name '…': is too long: …`."""
    shown = repr(value)
    return Unprocessable(f"{field} {shown if len(shown) <= 80 else shown[:79] + '…'}: {fault}:", hint=hint, field=field)


def no_application(which: object) -> NotFound:
    """The error for an application that is not there, or is somebody else's."""
    hint = "GET /v1/applications lists yours; a path names one by its id or its uid."
    return NotFound(f"There is no application {str(which)[:80]}:", hint=hint, field="application")


def no_endpoint(id: UUID) -> NotFound:
    """The error for an endpoint that is not there, was deleted, or is somebody else's."""
    hint = "GET /v1/applications/{application}/endpoints lists a partner's."
    return NotFound(f"There is no endpoint {id}:", hint=hint, field="endpoint")


def line(text: str, field: str, most: int, least: int = 0) -> str:
    """One line of text, without the blanks at its ends."""
    text = text.strip(" ")
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise refused(field, text, "holds a line break or another control character", "write one plain line.")
    if not least <= len(text) <= most:
        raise refused(field, text, f"has {len(text)} characters", f"write {least} to {most}.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refused(field, text, "holds half a character", "send whole characters of Unicode.") from None
    return text


def as_json(value: object, field: str) -> bytes:
    """JSON that PostgreSQL and every receiver can read. Raises Unprocessable for half characters and for NUL."""
    try:
        text = msgspec.json.encode(value)
    except UnicodeEncodeError:
        raise refused(field, "…", "holds half a character", "send whole characters of Unicode.") from None
    if b"\\u0000" in text.replace(b"\\\\", b""):
        raise refused(field, "…", "holds the character NUL", "leave it out.")
    return text


def uid(text: str | None, field: str = "/uid") -> str | None:
    """A name of the caller's own: so spelled that it stands in an address, and is never taken for an id of ours."""
    if text is None:
        return None
    if not UID.fullmatch(text):
        raise refused(field, text, "is no name", "use 1 to 128 letters, digits, dots, colons, dashes and underscores.")
    if as_uuid(text) is not None:
        raise refused(field, text, "looks like one of our ids", "choose a name that is no UUID.")
    return text


def as_uuid(text: str) -> UUID | None:
    """The UUID that a text is, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def metadata(value: dict[str, Any], field: str = "/metadata") -> str:
    """Texts by name, as JSON text."""
    if len(value) > MOST_KEYS:
        raise refused(field, f"{len(value)} keys", "are too many", f"keep at most {MOST_KEYS}.")
    for key, text in value.items():
        place = f"{field}/{key}"
        line(key, field, LONGEST_KEY, 1)
        if not isinstance(text, str):
            raise refused(place, text, "is no text", "write it as a text.")
        line(text, place, LONGEST_VALUE)
    return msgspec.json.encode(value).decode()

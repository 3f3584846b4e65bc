"""A row's bytes as an object, or a refusal that names the place."""

from __future__ import annotations

import json
from typing import Any

from hub.errors import SkippedRecordError
from hub.mapping.wrong import WrongValue, skipped
from hub.ports import Json
from schemas.exact import NotJson, decode


def opened(vendor: str, body: bytes, what: str) -> Json:
    """The vendor object in these bytes. Raises SkippedRecordError when there is none."""
    try:
        raw = decode(body)
    except NotJson as error:
        torn = readable(body)
        if torn is not None:
            expected = "text of whole characters"
            raise skipped(vendor, what, {"id": _whole(torn.get("id"))}, WrongValue(torn.place, torn.shown, expected)) from error
        raise SkippedRecordError(f"{vendor} {what}", f"the row is {error}", field="/") from error
    if type(raw) is not dict:
        raise skipped(vendor, what, raw, WrongValue("", raw, "an object"))
    return raw


class Torn(dict[str, Any]):
    """An object in which a text holds half a character (`\\ud83d` alone): no JSON that can be kept, but one that can be named."""

    place = ""
    shown = ""


def readable(body: bytes) -> Torn | None:
    """The object in bytes that are no JSON for half a character alone; None for all else that is wrong."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    waiting: list[tuple[str, Any]] = [("", found)]
    while waiting and type(found) is dict:
        place, value = waiting.pop()
        if type(value) is dict:
            waiting.extend((f"{place}/{_whole(key)}", key) for key in value if key != _whole(key))
            waiting.extend((f"{place}/{key}", inner) for key, inner in value.items())
        elif type(value) is list:
            waiting.extend((f"{place}/{index}", inner) for index, inner in enumerate(value))
        if type(value) is str and value != _whole(value):
            torn = Torn(found)
            torn.place, torn.shown = place, _whole(value)
            return torn
    return None


def _whole(value: Any) -> Any:
    """A text with its half characters spelt out."""
    return value.encode("utf-8", "backslashreplace").decode() if type(value) is str else value

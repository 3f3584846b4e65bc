"""A request's body, read: one event, a JSON array of them, or one on each line. Nothing here asks anybody."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec

from hub.errors import ApiError, Unprocessable
from webhooks.publish.sound import TooLarge, explained, sound, twice

MOST_EVENTS: Final = 1000
MOST_BYTES: Final = 8 << 20  # of a batch
MOST_ONE: Final = 320 << 10  # of a single event's request: its data, and what stands around it

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class Asked(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One event as it came."""

    type: Word
    application: Word
    data: msgspec.Raw
    order_key: Word | None = None
    installation: UUID | None = None


class Read(msgspec.Struct, gc=False):
    """An event that was read and is sound. `where`: its place in the body, `/3` or nothing."""

    asked: Asked
    data: bytes
    where: str


def _read(asked: Asked, where: str) -> Read:
    """What is decoded on the way is not kept: it would be ten times as large as its bytes."""
    if asked.order_key is not None and "\0" in asked.order_key:
        raise Unprocessable(f"{where}/order_key holds U+0000:", hint="leave it out.", field=f"{where}/order_key")
    data = bytes(asked.data)
    sound(data, where)
    return Read(asked, data, where)


_one = msgspec.json.Decoder(Asked).decode
_many = msgspec.json.Decoder(list[Asked]).decode
_apart = msgspec.json.Decoder(list[msgspec.Raw]).decode


def single(body: bytes) -> list[Read]:
    """Raises Unprocessable (422) or TooLarge (413) naming the field."""
    return [_alone(body, "")]


def batch(body: bytes) -> list[Read]:
    """A JSON array. The same, with the event's place: `/3/data`."""
    found = _all(_decoded(_many, body, ""))
    if _doubtful(body, found):
        for nth, one in enumerate(_apart(body)):
            twice(bytes(one), f"/{nth}")
    return found


def lines(body: bytes) -> list[Read]:
    """NDJSON: an event on each line; empty lines are passed over and not counted."""
    found = [line for line in body.split(b"\n") if line and not line.isspace()]
    _counted(len(found))
    return [_alone(line, f"/{nth}") for nth, line in enumerate(found)]


def at_line(error: ApiError, body: bytes) -> None:
    """Say in an error of `lines` which line of the body its event stands on; empty ones count there, as in an editor."""
    if not (place := re.match(r"/([0-9]+)(?:/|$)", error.field or "")):
        return
    standing = [number for number, line in enumerate(body.split(b"\n"), 1) if line and not line.isspace()]
    error.message = f"Line {standing[int(place[1])]}: {error.message}"


def _alone(body: bytes, where: str) -> Read:
    """An event that has these bytes to itself."""
    found = _read(_decoded(_one, body, where), where)
    if _doubtful(body, [found]):
        twice(body, where)
    return found


def _doubtful(body: bytes, found: list[Read]) -> bool:
    """Whether a name may stand twice in an event: there are other colons than those of the names and texts that were read."""
    colons = 0
    for one in found:
        asked, key = one.asked, one.asked.order_key
        colons += 3 + one.data.count(b":") + asked.type.count(":") + asked.application.count(":")
        colons += (key is not None and 1 + key.count(":")) + (asked.installation is not None)
    return body.count(b":") != colons or b"\\u003" in body


def _all(asked: list[Asked]) -> list[Read]:
    _counted(len(asked))
    return [_read(one, f"/{nth}") for nth, one in enumerate(asked)]


def _counted(events: int) -> None:
    if events == 0:
        raise Unprocessable("The batch holds no event:", hint="send at least one.", field="/")
    if events > MOST_EVENTS:
        raise TooLarge(f"The batch holds {events} events:", hint=f"send at most {MOST_EVENTS} at once.", field="/")


def _decoded(decode: Any, body: bytes, where: str) -> Any:
    try:
        return decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _wrong(body, error, where) from None


def _wrong(body: bytes, error: Exception, where: str) -> ApiError:
    """What is wrong, and where: `$[3].type` becomes `/3/type`."""
    if not isinstance(error, msgspec.ValidationError):
        return explained(body, where, str(error))
    what, _, place = str(error).partition(" - at `$")
    field = where + place.rstrip("`").replace("[", "/").replace("]", "").replace(".", "/")
    for word in ("required field `", "unknown field `"):
        if word in what:
            field += "/" + what.partition(word)[2].rstrip("`")
    return Unprocessable(f"{field or '/'}: {what}.", hint=HINT, field=field or "/")


HINT: Final = 'an event is {"type", "application", "data"} and perhaps "order_key" and "installation".'

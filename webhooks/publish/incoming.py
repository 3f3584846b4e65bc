"""What comes in over the connection: headers that say one thing, and a body within its size and its time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any, ClassVar, Final

from hub.errors import ApiError, Unprocessable
from webhooks.publish.sound import TooLarge

Receive = Callable[[], Awaitable[Any]]

LONGEST: Final = 30.0  # seconds for a whole body
STILL: Final = 10.0  # seconds without a byte of it
#: Headers that decide something; which of two is meant is nobody's guess.
ONCE: Final = {
    name.lower().encode(): name
    for name in ("Authorization", "Content-Encoding", "Content-Length", "Content-Type", "Idempotency-Key")
}


class TooSlow(ApiError):
    """The body did not come in time. The connection is closed with the answer."""

    status: ClassVar[int] = 408
    code: ClassVar[str] = "too_slow"


class Left(Exception):
    """The caller hung up before the whole request had come."""


def headers_of(pairs: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """By name. Raises Unprocessable for one that decides something and came twice."""
    named = dict(pairs)
    if len(named) != len(pairs):
        names = [name for name, _ in pairs]
        for name, shown in ONCE.items():
            if names.count(name) > 1:
                raise Unprocessable(f"{shown} came {names.count(name)} times:", hint="send it once.", field=shown)
    return named


async def body_of(receive: Receive, announced: bytes | None, most: int) -> bytes:
    """The whole body. Raises TooLarge without reading on, TooSlow, Left."""
    if announced is not None and announced.isdigit() and int(announced[:20]) > most:
        raise _too_large(most)
    begun = _Begun(receive())
    body, more = _piece(begun.message) if begun.there else (b"", True)
    if more:
        body = await _rest(receive, None if begun.there else begun, body, most)
    if len(body) > most:
        raise _too_large(most)
    return body


class _Begun:
    """A message that was asked for. Most bodies come with their heads, and to take what is there costs less than a timer."""

    __slots__ = ("_coming", "_first", "message", "there")

    def __init__(self, coming: Awaitable[Any]) -> None:
        self._coming: Generator[Any, Any, Any] = coming.__await__()
        self.message: Any = None
        self.there = False
        try:
            self._first = self._coming.send(None)
        except StopIteration as done:
            self.message, self.there = done.value, True

    def __await__(self) -> Generator[Any, Any, Any]:
        """The rest of the way, where it is not there yet."""
        try:
            yield self._first
        except BaseException as error:
            self._coming.throw(error)
            raise
        return (yield from self._coming)


async def _rest(receive: Receive, begun: _Begun | None, first: bytes, most: int) -> bytes:
    """What is still to come, after the first piece; it stops beyond `most`."""
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST
    pieces, size, more = [first], len(first), True
    try:
        async with asyncio.timeout(STILL) as patience:
            while more and size <= most:
                patience.reschedule(min(end, loop.time() + STILL))
                piece, more = _piece(await (begun or receive()))
                begun = None
                pieces.append(piece)
                size += len(piece)
    except TimeoutError:
        raise _too_slow() from None
    return b"".join(pieces)


def _piece(message: Any) -> tuple[bytes, bool]:
    """And whether there is more."""
    if message["type"] == "http.disconnect":
        raise Left
    return message.get("body", b""), message.get("more_body", False)


def _too_slow() -> TooSlow:
    hint = "send it at once, on a new connection; with an Idempotency-Key nothing is done twice."
    return TooSlow(f"The request's body took longer than {LONGEST:.0f} seconds, or stood still for {STILL:.0f}:", hint=hint)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The request's body is larger than {most} bytes.", hint="Send less at once.")

"""What comes in over the connection: headers that say one thing, and a body within its size and its time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
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
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST
    try:
        async with asyncio.timeout(STILL) as patience:
            body, more = await _piece(receive)
            if more:
                pieces, size = [body], len(body)
                while more and size <= most:
                    patience.reschedule(min(end, loop.time() + STILL))
                    piece, more = await _piece(receive)
                    pieces.append(piece)
                    size += len(piece)
                body = b"".join(pieces)
    except TimeoutError:
        raise _too_slow() from None
    if len(body) > most:
        raise _too_large(most)
    return body


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    """And whether there is more."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Left
    return message.get("body", b""), message.get("more_body", False)


def _too_slow() -> TooSlow:
    hint = "send it at once, on a new connection; with an Idempotency-Key nothing is done twice."
    return TooSlow(f"The request's body took longer than {LONGEST:.0f} seconds, or stood still for {STILL:.0f}:", hint=hint)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The request's body is larger than {most} bytes.", hint="Send less at once.")

"""POST /v1/events and POST /v1/events:batch as plain ASGI applications: this is asked thousands of times a second.

Answers, errors, headers and scopes are those of every other route of the hub; left out is what such a route does not need.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar
from uuid import uuid4

import structlog
from starlette.requests import Request
from starlette.responses import Response

from hub.access import authenticate, require
from hub.errors import ApiError, HubError, NotFound, Unauthorized, Unprocessable
from hub.ports import Lean
from hub.web import envelope
from hub.web.answers import JSON
from hub.web.edge import dress
from webhooks.desk import desk_of
from webhooks.publish.group import PATIENCE, away, committer_of
from webhooks.publish.incoming import Left, TooSlow, body_of, headers_of
from webhooks.publish.item import Done, Item
from webhooks.publish.once import Key, key_of
from webhooks.publish.read import MOST_BYTES, MOST_ONE, Read, at_line, batch, lines, single

if TYPE_CHECKING:
    from hub.access import Caller
    from hub.db.engine import Database

Found = TypeVar("Found")
Message = Any
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

log = structlog.get_logger("webhooks")

SCOPE: Final = "events:write"
ONE_PATH: Final = "/v1/events"
BATCH_PATH: Final = "/v1/events:batch"
LINES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines")
_CONTENT: Final = [(b"content-type", JSON.encode())]


def _dressing(secure: bool) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(pair for pair in dress(_CONTENT, "", secure) if pair[0] != b"x-request-id")


#: What every answer bears, over http and over https.
PLAIN, SECURE = _dressing(False), _dressing(True)


class UnsupportedMedia(ApiError):
    """The body is not in a form that is read here."""

    status: ClassVar[int] = 415
    code: ClassVar[str] = "unsupported_media_type"


def lean() -> Mapping[tuple[str, str], Lean]:
    """The two routes, as the hub's lean door takes them."""
    return {("POST", ONE_PATH): one_event, ("POST", BATCH_PATH): many_events}


async def one_event(scope: Message, receive: Receive, send: Send) -> None:
    """One event: 202 `{"id", "position", "messages"}`."""
    await _publish(scope, receive, send, MOST_ONE, False)


async def many_events(scope: Message, receive: Receive, send: Send) -> None:
    """A JSON array or NDJSON, all or nothing: 202 `{"accepted", "events": [{"id", "position", "messages"}]}`."""
    await _publish(scope, receive, send, MOST_BYTES, True)


async def _publish(scope: Message, receive: Receive, send: Send, most: int, batched: bool) -> None:
    began = time.perf_counter()
    request_id = scope["request_id"] = uuid4().hex
    try:
        done = await _done(scope, receive, most, batched)
    except Left:
        return
    except Exception as error:
        status = await _refuse(scope, send, error, request_id)
    else:
        status = 202
        await _accept(scope, send, done, request_id)
    milliseconds = round((time.perf_counter() - began) * 1000, 1)
    log.debug("request", id=request_id, method="POST", path=scope["path"], status=status, ms=milliseconds)


async def _done(scope: Message, receive: Receive, most: int, batched: bool) -> Done:
    """Everything between the request and its answer."""
    named = headers_of(scope["headers"])
    db = scope["app"].state.house.db
    who = await _caller(db, named.get(b"authorization", b""))
    reader = _reader(named, batched)
    body = await body_of(receive, named.get(b"content-length"), most)
    key = named.get(b"idempotency-key")
    once = None if key is None else key_of(key, scope["path"], body)
    try:
        return await _told(db, who, reader(body), batched, len(body), once)
    except ApiError as error:
        if reader is lines:
            at_line(error, body)
        raise


async def _told(db: Database, who: Caller, read: list[Read], batched: bool, size: int, once: Key | None) -> Done:
    """What was read, written."""
    desk = desk_of(db)
    for event in read:
        if event.asked.installation is not None and not await _soon(desk.owns(who.org, event.asked.installation)):
            raise _no_shop(event)
    known = desk.book.known(who.org)
    partners = known if known is not None else await _soon(desk.book.partners(who.org))
    try:
        item = Item(read, partners, batch=batched, size=size, key=once)
    except (NotFound, Unprocessable):
        # before something is said not to be there, look whether it was made a moment ago, by another process
        verified = await _soon(desk.book.verify(who.org))
        if verified.version == partners.version:
            raise
        item = Item(read, verified, batch=batched, size=size, key=once)
    return await committer_of(db).publish(who.org, item)


async def _caller(db: Database, header: bytes) -> Caller:
    scheme, _, key = header.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Unauthorized("No API key came with the request.", hint="Send Authorization: Bearer lun_live_….")
    try:
        async with asyncio.timeout(PATIENCE):
            who = await authenticate(db, key.strip())
    except TimeoutError:
        raise away() from None
    require(who, SCOPE)
    return who


async def _soon(work: Coroutine[Any, Any, Found]) -> Found:
    """What the database is asked for, unless it does not answer: then it is left to itself, since its unit may not even end."""
    task = asyncio.create_task(work)
    if not (await asyncio.wait({task}, timeout=PATIENCE))[0]:
        task.add_done_callback(lambda task: task.cancelled() or task.exception())
        raise away()
    return task.result()


def _reader(named: Mapping[bytes, bytes], batched: bool) -> Callable[[bytes], list[Read]]:
    """How the body is to be read. Raises UnsupportedMedia."""
    encoding = named.get(b"content-encoding", b"identity")
    if encoding.lower() != b"identity":
        hint = "send the body as it is, without Content-Encoding."
        raise UnsupportedMedia(
            f"The body is encoded as {encoding.decode('latin-1')[:80]!r}:", hint=hint, field="Content-Encoding"
        )
    type = named.get(b"content-type", b"application/json")
    if type == b"application/json":
        return batch if batched else single
    word = type.decode("latin-1").partition(";")[0].strip().lower()
    if batched and word in LINES:
        return lines
    if word == "application/json" or (word.startswith("application/") and word.endswith("+json")):
        return batch if batched else single
    hint = "Send Content-Type: application/json" + (", or application/x-ndjson." if batched else ".")
    raise UnsupportedMedia(f"The body is {word[:80]!r}, not JSON.", hint=hint, field="Content-Type")


def _no_shop(event: Read) -> NotFound:
    at = f"{event.where}/installation"
    return NotFound(f"{at}: there is no installation {event.asked.installation}:", hint="leave it out, or correct it.", field=at)


async def _accept(scope: Message, send: Send, done: Done, request_id: str) -> None:
    headers = [
        (b"content-length", str(len(done.body)).encode()),
        (b"x-request-id", request_id.encode()),
        *(SECURE if scope["scheme"] == "https" else PLAIN),
    ]
    if done.replayed:
        headers.append((b"idempotent-replayed", b"true"))
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": done.body})


async def _refuse(scope: Message, send: Send, error: Exception, request_id: str) -> int:
    """The refusal in the hub's one envelope."""
    request = Request(scope)
    if isinstance(error, ApiError):
        response = await envelope.api_error(request, error)
    elif isinstance(error, HubError):
        response = await envelope.hub_error(request, error)
    else:
        response = await envelope.unknown(request, error)
    headers = dress(response.raw_headers, request_id, scope["scheme"] == "https")
    if isinstance(error, TooSlow):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": bytes(response.body)})
    return response.status_code


class Answered(Response):
    """The lean route as FastAPI's response, for whoever comes to it through FastAPI."""

    def __init__(self, answers: Lean) -> None:
        super().__init__()
        self._answers = answers

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await self._answers(scope, receive, send)

"""A postbox in front of the hub: takes what a shop sends, and keeps it for a law to deliver as it likes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import httpx

from hub.app.create import create_app
from hub.inbox.jobs import handlers as inbox_handlers
from hub.queue import LocalRunner
from hub.settings import get_settings
from hub.sync.jobs import handlers as sync_handlers
from hub.testing.hostile import Message, Receive, Scope, Send
from hub.testing.laws.outcome import Broken
from hub.testing.laws.trial import Trial
from hub.testing.serving import serve
from hub.web.house import House

PATIENCE = 10.0  # seconds until a shop has sent what it has to say
OURS = (b"host", b"content-length", b"connection", b"transfer-encoding")


@dataclass(frozen=True, slots=True)
class Letter:
    """One request as a shop sent it."""

    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass
class Postbox:
    """An ASGI application that takes letters and answers 200. A ping (a letter that is no JSON object) is not kept."""

    letters: list[Letter] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a letter."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message: Message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if _is_object(body):
            headers = tuple((name.decode(), value.decode()) for name, value in scope["headers"] if name not in OURS)
            self.letters.append(Letter(scope["path"], headers, body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def wait(self, already: int, what: str) -> list[Letter]:
        """What came after the first `already` letters, once nothing more comes."""
        until = time.monotonic() + PATIENCE
        while len(self.letters) == already:
            if time.monotonic() > until:
                raise Broken(f"the sandbox sent nothing within {PATIENCE:.0f} s of {what}")
            await asyncio.sleep(0.02)
        count = 0
        while count != len(self.letters):
            count = len(self.letters)
            await asyncio.sleep(0.25)
        return self.letters[already:]


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False


@dataclass(slots=True)
class Door:
    """The hub's own application, over HTTP, and a worker for its jobs."""

    shop: Trial
    client: httpx.AsyncClient
    runner: LocalRunner

    async def deliver(self, letter: Letter, *, body: bytes | None = None, bare: bool = False) -> int:
        """Hand a letter in, perhaps with another body, or without the headers that vouch for it. The HTTP status."""
        headers = [("content-type", "application/json")] if bare else list(letter.headers)
        answer = await self.client.post(letter.path, headers=headers, content=letter.body if body is None else body)
        return answer.status_code

    async def work(self) -> None:
        """Run every job that waits."""
        await self.runner.run_until_idle()


@asynccontextmanager
async def opened(shop: Trial) -> AsyncIterator[Door]:
    """The hub's front door for this shop."""
    engine = replace(shop.engine, settings=None)
    house = House(get_settings(), engine.db, engine.registry, engine.http)
    async with serve(create_app(house=house)) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        runner = LocalRunner(engine.db, {**sync_handlers(engine), **inbox_handlers(engine)})
        yield Door(shop, client, runner)

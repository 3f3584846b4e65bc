"""Sending webhooks: signed, at least once, in no promised order, and as badly as a test asks for.

An answer outside 200…299, a redirect and five seconds of silence are failures; a failed delivery is tried again with the
same body and the same webhook id. Shopify spreads eight tries over four hours; `waits` shortens that.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import random
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LIMIT = 5.0  # seconds for an answer
FAILURES = 8  # as many in a row end a subscription that the app made through the API
AT_ONCE = 8  # deliveries under way
_AGENT = b"Shopify-Captain-Hook"


@dataclass(eq=False)
class Delivery:
    """One event for one subscription. `statuses`: what each try brought, None when nothing answered in time."""

    subscription: str
    topic: str
    url: str
    webhook_id: str
    headers: dict[str, str]
    body: bytes
    statuses: list[int | None] = field(default_factory=list)
    started: bool = False

    @property
    def taken(self) -> bool:
        """Whether the last try was answered with a 2xx."""
        return bool(self.statuses) and self.statuses[-1] is not None and 200 <= self.statuses[-1] < 300


class Courier:
    """Delivers for one shop, in the event loop that serves it. `sent`, `dropped`: all deliveries that were, or never were, tried.

    waits: seconds before each further try; exhausted(delivery) is called when the last one failed too.
    """

    def __init__(self, exhausted: Callable[[Delivery], None], waits: tuple[float, ...] = (0.05,) * (FAILURES - 1)) -> None:
        self.exhausted, self.waits = exhausted, waits
        self.limit = LIMIT
        self.sent: list[Delivery] = []
        self.dropped: list[Delivery] = []
        self.share, self.copies, self.seconds, self.holding = 0.0, 1, 0.0, False
        self.rng = random.Random(0)  # noqa: S311  # repeatable trouble
        self._held: list[Delivery] = []
        self._waiting: deque[Delivery] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._context: ssl.SSLContext | None = None

    # -- what comes in ---------------------------------------------------------------------------------------------

    def take(self, delivery: Delivery) -> None:
        """Send it, hold it or lose it, as the switches stand."""
        if self.rng.random() < self.share:
            self.dropped.append(delivery)
        elif self.holding:
            self._held.append(delivery)
        else:
            self._queue([delivery])

    def release(self, order: str) -> int:
        """Send what was held, in the same order, "reversed" or "shuffled", and hold nothing more. Returns how many."""
        held, self._held, self.holding = self._held, [], False
        if order == "reversed":
            held.reverse()
        elif order == "shuffled":
            self.rng.shuffle(held)
        elif order != "same":
            raise ValueError(f'order {order!r} is unknown: say "same", "reversed" or "shuffled"')
        self._queue(held)
        return len(held)

    def _queue(self, deliveries: list[Delivery]) -> None:
        self._waiting.extend(one for one in deliveries for _ in range(self.copies))
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    # -- the loop --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Called within the serving loop; what waited for it goes out now."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._tasks = loop, set()
            self._wake()

    async def stop(self) -> None:
        """End what is under way."""
        tasks, self._tasks, self._loop = self._tasks, set(), None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def settled(self) -> None:
        """Until nothing waits and nothing is under way; what is held does not count. Called in any loop."""
        while self._waiting or self._tasks:  # noqa: ASYNC110  # the deliveries may run in another thread's loop
            await asyncio.sleep(0.01)

    def _wake(self) -> None:
        while self._waiting and len(self._tasks) < AT_ONCE and self._loop is not None:
            task = self._loop.create_task(self._deliver(self._waiting.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._loop is not None:
            self._wake()

    async def _deliver(self, delivery: Delivery) -> None:
        if not delivery.started:
            delivery.started = True
            self.sent.append(delivery)
        if self.seconds:
            await asyncio.sleep(self.seconds)
        for wait in (0.0, *self.waits):
            await asyncio.sleep(wait)
            delivery.statuses.append(await self._post(delivery))
            if delivery.taken:
                return
        self.exhausted(delivery)

    async def _post(self, delivery: Delivery) -> int | None:
        """POST and read the status line. None when there was no answer."""
        try:
            async with asyncio.timeout(self.limit):
                return await self._exchange(delivery)
        except (OSError, ValueError, TimeoutError):
            return None

    async def _exchange(self, delivery: Delivery) -> int:
        parts = urlsplit(delivery.url)
        secure = parts.scheme == "https"
        if secure and self._context is None:
            self._context = ssl.create_default_context()
        port = parts.port or (443 if secure else 80)
        reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=self._context if secure else None)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            fixed = [(b"Host", parts.netloc.encode()), (b"User-Agent", _AGENT), (b"Accept", b"*/*")]
            fixed += [(name.encode(), value.encode()) for name, value in delivery.headers.items()]
            fixed += [(b"Connection", b"close"), (b"Content-Length", str(len(delivery.body)).encode())]
            lines = b"".join(b"%s: %s\r\n" % pair for pair in fixed)
            writer.write(b"POST %s HTTP/1.1\r\n%s\r\n%s" % (target.encode(), lines, delivery.body))
            await writer.drain()
            return int((await reader.readline()).split()[1])
        except IndexError:
            raise ValueError("no status line") from None
        finally:
            writer.close()


def signature(body: bytes, secret: str) -> str:
    """base64 of HMAC-SHA256 over the raw body; no header is covered."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()

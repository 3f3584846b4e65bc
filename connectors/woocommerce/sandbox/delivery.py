"""Sending webhooks: events wait a moment, coalesce per webhook and object, then go out one after the other, never again.

The body is what the API says at that moment, not what it said at the event. A delivery id is made of the webhook and
the second alone, so that several deliveries of one second carry the same.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import html
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from connectors.woocommerce.sandbox.request import Headers
from connectors.woocommerce.sandbox.webhooks import Webhook, Webhooks

AGENT = b"WooCommerce/10.5.0 Hookshot (WordPress/7.1)"
TIMEOUT = 60.0

Body = Callable[[str, str, int], bytes]
"""(resource, event, id) → the body of a delivery"""


class Courier:
    """Delivers for one store. It works in the event loop that serves the store, which `start` hands over."""

    def __init__(self, webhooks: Webhooks, body: Body, home: Callable[[], str], delay: float) -> None:
        self.webhooks, self.body, self.home, self.delay = webhooks, body, home, delay
        self.sent: list[tuple[int, str, int, int | None]] = []  # webhook, topic, object, HTTP status (None: no answer)
        self._waiting: dict[tuple[int, int], tuple[Webhook, str, str, int]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._context: ssl.SSLContext | None = None

    def announce(self, resource: str, event: str, identifier: int) -> None:
        """Queue an event for every webhook that listens; one already waiting for that object stands for it."""
        for hook in self.webhooks.listening(f"{resource}.{event}"):
            self._waiting.setdefault((hook.id, identifier), (hook, resource, event, identifier))
        if self._waiting and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def start(self) -> None:
        """Called within the serving loop; events that waited for it go out now."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._task = loop, None
            if self._waiting:
                self._wake()

    async def stop(self) -> None:
        """End what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._loop = self._task = None

    def _wake(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while self._waiting:
            await asyncio.sleep(self.delay)
            batch, self._waiting = list(self._waiting.values()), {}
            for hook, resource, event, identifier in batch:
                if hook.status == "active" and hook.id in self.webhooks.table:
                    await self._deliver(hook, resource, event, identifier)

    async def _deliver(self, hook: Webhook, resource: str, event: str, identifier: int) -> None:
        body = self.body(resource, event, identifier)
        headers = [(b"Content-Type", b"application/json"), *self._signed(hook, resource, event, body)]
        status = await self._post(hook.delivery_url, headers, body)
        self.sent.append((hook.id, hook.topic, identifier, status))
        self.webhooks.outcome(hook, status)

    def _signed(self, hook: Webhook, resource: str, event: str, body: bytes) -> Headers:
        secret = html.unescape(hook.secret).encode()
        second = f"{hook.id}-{self.webhooks.clock.now()}"
        return [
            (b"X-WC-Webhook-Source", f"{self.home()}/".encode()),
            (b"X-WC-Webhook-Topic", hook.topic.encode()),
            (b"X-WC-Webhook-Resource", resource.encode()),
            (b"X-WC-Webhook-Event", event.encode()),
            (b"X-WC-Webhook-Signature", base64.b64encode(hmac.digest(secret, body, "sha256"))),
            (b"X-WC-Webhook-ID", str(hook.id).encode()),
            (b"X-WC-Webhook-Delivery-ID", hashlib.md5(second.encode(), usedforsecurity=False).hexdigest().encode()),
        ]

    async def ping(self, hook: Webhook) -> None:
        """The first call, form-encoded and unsigned. Its failure changes nothing."""
        form = [(b"Content-Type", b"application/x-www-form-urlencoded")]
        await self._post(hook.delivery_url, form, f"webhook_id={hook.id}".encode())

    async def _post(self, url: str, headers: Headers, body: bytes) -> int | None:
        """POST and read the status line. None when there was no answer."""
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._exchange(url, headers, body)
        except (OSError, ValueError, TimeoutError):
            return None

    async def _exchange(self, url: str, headers: Headers, body: bytes) -> int:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        if secure and self._context is None:
            self._context = ssl.create_default_context()
        port = parts.port or (443 if secure else 80)
        reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=self._context if secure else None)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            fixed = [(b"Host", parts.netloc.encode()), (b"User-Agent", AGENT), (b"Accept", b"*/*")]
            fixed += [*headers, (b"Connection", b"close"), (b"Content-Length", str(len(body)).encode())]
            lines = b"".join(b"%s: %s\r\n" % pair for pair in fixed)
            writer.write(b"POST %s HTTP/1.1\r\n%s\r\n%s" % (target.encode(), lines, body))
            await writer.drain()
            status = int((await reader.readline()).split()[1])
            await reader.read()
            return status
        except IndexError:
            raise ValueError("no status line") from None
        finally:
            writer.close()

"""The sandbox itself: a seeded WooCommerce as an ASGI application, and the hand that changes it from outside."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from connectors.woocommerce.sandbox.auth import Gate, Key
from connectors.woocommerce.sandbox.clock import Clock
from connectors.woocommerce.sandbox.delivery import Courier
from connectors.woocommerce.sandbox.errors import Refusal
from connectors.woocommerce.sandbox.hand import Hand, Writers
from connectors.woocommerce.sandbox.reads import Reader
from connectors.woocommerce.sandbox.request import Scope, read_request
from connectors.woocommerce.sandbox.rest import Api
from connectors.woocommerce.sandbox.state import Row, Shop, Store
from connectors.woocommerce.sandbox.webhooks import Webhook, Webhooks
from connectors.woocommerce.sandbox.wire import Data, address, encode

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_DECIMALS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}
_HIDDEN = {"trash", "checkout-draft"}
_NOT_WORDPRESS = (
    b"<!DOCTYPE html>\n<html><head><title>Luneo Test Store</title></head><body><h1>Luneo Test Store</h1></body></html>"
)


class Sandbox:
    """A WooCommerce 10.5 with stock, orders and customers, the same for the same seed.

    `app` is the ASGI application; `clock` the seconds its clock is ahead of ours; `courier.sent` what its webhooks did.
    """

    def __init__(
        self,
        products: int = 2000,
        orders: int = 500,
        customers: int = 300,
        seed: int = 1,
        currency: str = "EUR",
        timezone: str = "Europe/Paris",
        *,
        decimals: int | None = None,
        weight_unit: str = "kg",
        global_variations: bool = True,
        unstable_ties: bool = False,
        most_variations: int = 120,
        home: str | None = None,
        webhook_delay: float = 0.05,
    ) -> None:
        places = _DECIMALS.get(currency, 2) if decimals is None else decimals
        shop = Shop(
            currency=currency,
            decimals=places,
            weight_unit=weight_unit,
            global_variations=global_variations,
            unstable_ties=unstable_ties,
        )
        self.home = home  # None: the store lives where it is called
        self.seen = home or "http://localhost"
        self.store = Store(Clock(timezone), shop, random.Random(seed))  # noqa: S311  # a repeatable store, no secrets
        self.gate = Gate(self.store.clock.now)
        self.webhooks = Webhooks(self.store.clock, self._ping)
        self.courier = Courier(self.webhooks, self._delivery, lambda: self.seen, webhook_delay)
        self.reader = Reader(self.store)
        self._pings: list[Webhook] = []
        writers = Writers.of(self.store, self.courier.announce)
        self.api = Api(self.store, self.gate, self.reader, self.webhooks, writers)
        self.hand = Hand(self.store, writers, self.courier.announce, most_variations)
        for _ in range(products):
            self.hand.stock.product()
        for _ in range(customers):
            self.hand.crowd.customer()
        for _ in range(orders):
            self.hand.crowd.order()
        self._key = self.key()
        self.app: Callable[[Scope, Receive, Send], Awaitable[None]] = self._app

    # -- HTTP ------------------------------------------------------------------------------------------------------

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            self.courier.start()
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.courier.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.courier.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        if scope["method"] not in {"GET", "HEAD"}:
            more = True
            while more:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
        request = read_request(scope, body, self.home)
        if request is None:
            page = [(b"content-type", b"text/html; charset=UTF-8"), (b"date", self.store.clock.http_date())]
            await send({"type": "http.response.start", "status": 200 if scope["path"] == "/" else 404, "headers": page})
            await send({"type": "http.response.body", "body": _NOT_WORDPRESS})
            return
        self.seen = request.home
        answer = self.api.answer(request)
        while self._pings:  # sent within the request that made the webhook
            await self.courier.ping(self._pings.pop(0))
        content = b"" if scope["method"] == "HEAD" else address(answer.body, request.home)
        headers = answer.all_headers(request.home, self.store.clock.http_date(), len(content))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _ping(self, hook: Webhook) -> None:
        if hook.status == "active":
            self._pings.append(hook)

    def _delivery(self, resource: str, event: str, identifier: int) -> bytes:
        """The body of a delivery, as the API would answer now: a refusal when the object is gone meanwhile."""
        if event == "deleted":
            return encode({"id": identifier})
        kind = f"{resource}s"
        try:
            return address(self.reader.render(self.reader.find(kind, identifier), kind), self.seen)
        except Refusal as refusal:
            return encode(refusal.body)

    # -- keys ------------------------------------------------------------------------------------------------------

    def key(self, permissions: str = "read_write") -> Key:
        """A new API key."""
        digits = self.store.rng.getrandbits(320)
        name, secret = f"ck_{digits >> 160:040x}", f"cs_{digits & (1 << 160) - 1:040x}"
        made = self.gate.keys[name] = Key(name, secret, permissions)
        return made

    def revoke(self, key: str | None = None) -> None:
        """Take a key away; None: the one of `credentials`."""
        self.gate.keys[key or self._key.key].revoked = True

    def renew(self) -> dict[str, str]:
        """Another key in the place of the one of `credentials`, which is taken away."""
        self.revoke()
        self._key = self.key()
        return self.credentials()

    def credentials(self) -> dict[str, str]:
        """A key that may read and write."""
        return {"key": self._key.key, "secret": self._key.secret}

    # -- the merchant's hand ---------------------------------------------------------------------------------------

    @property
    def clock(self) -> float:
        """Seconds the store's clock is ahead of ours."""
        return self.store.clock.offset

    @clock.setter
    def clock(self, offset: float) -> None:
        self.store.clock.offset = offset

    def ids(self, resource: str) -> list[str]:
        """Everything the store holds, its bin excepted; customers of every role."""
        return [str(row.id) for row in self.store.collection(resource) if row.status not in _HIDDEN]

    def add(self, resource: str, count: int = 1) -> list[str]:
        """New objects, made now, announced like any other. A new product may bring variations."""
        return [str(self.hand.add(resource).id) for _ in range(count)]

    def change(self, resource: str, ids: Sequence[str]) -> None:
        """An edit that a merchant could have made. Refunds cannot be edited."""
        for row in self._rows(resource, ids):
            self.hand.change(resource, row)

    def delete(self, resource: str, ids: Sequence[str]) -> None:
        """Gone for good; no webhook tells of it."""
        for row in self._rows(resource, ids):
            self.hand.delete(resource, row)

    def trash(self, resource: str, ids: Sequence[str]) -> None:
        """Into the bin, announced as deleted. Customers have no bin: they are deleted and announced."""
        for row in self._rows(resource, ids):
            self.hand.trash(resource, row)

    def _rows(self, resource: str, ids: Sequence[str]) -> list[Row]:
        known = self.store.collection(resource).rows
        return [known[int(one)] for one in ids]

    # -- for those who look on -------------------------------------------------------------------------------------

    def rows(self, body: object) -> list[object] | None:
        """The rows of a decoded listing, None when it is none."""
        return body if isinstance(body, list) else None

    def record(self, resource: str, id: str) -> Data:
        """The object as GET would answer now."""
        row = self.store.collection(resource).rows[int(id)]
        found: Data = json.loads(address(self.reader.render(row, resource), self.seen))
        return found

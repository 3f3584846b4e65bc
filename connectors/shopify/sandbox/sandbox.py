"""The sandbox itself: a seeded Shopify shop as an ASGI application, and the switches that change it from outside."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from connectors.shopify.sandbox import themes
from connectors.shopify.sandbox.access import PROTECTED
from connectors.shopify.sandbox.bulk import Bulk
from connectors.shopify.sandbox.clock import Clock
from connectors.shopify.sandbox.cost import Bucket
from connectors.shopify.sandbox.hand import TYPES, Hand
from connectors.shopify.sandbox.http import Application
from connectors.shopify.sandbox.listings import Listings
from connectors.shopify.sandbox.operator import operated
from connectors.shopify.sandbox.seed import Seed
from connectors.shopify.sandbox.shop import shop_object
from connectors.shopify.sandbox.state import Json, State
from connectors.shopify.sandbox.tokens import App, Tokens
from connectors.shopify.sandbox.trees import needed, tree
from connectors.shopify.sandbox.versions import served_by
from connectors.shopify.sandbox.webhooks import Webhooks
from connectors.shopify.sandbox.writes import Writes

MUTATION = re.compile(r"^\s*mutation\b", re.MULTILINE)


class Sandbox:
    """A Shopify shop of Admin API 2026-10 with stock, orders and customers, the same for the same seed on the same day.

    shop: its domain; currency: the shop's own (JPY and KWD have other decimals); bucket and restore: points, points per
    second; variants: the most that one product has; each: (variants, metafields, metafields of each variant) that every
    product has instead, for shops that are measured; token_kind: static, client_credentials or offline; bulk_seconds: how
    long a bulk operation takes; protected_data: whether customers' names and addresses are shown; all_orders: whether
    orders older than sixty days are.
    """

    def __init__(
        self,
        products: int = 0,
        orders: int = 0,
        customers: int = 0,
        *,
        seed: int = 7,
        shop: str = "luneo-sandbox.myshopify.com",
        currency: str = "EUR",
        bucket: float = 2000,
        restore: float = 100,
        variants: int = 12,
        each: tuple[int, int, int] | None = None,
        token_kind: str = "static",  # noqa: S107 (a kind, no secret)
        bulk_seconds: float = 0.2,
        protected_data: bool = True,
        all_orders: bool = True,
    ) -> None:
        rng = random.Random(seed)  # noqa: S311  # a repeatable shop, no secrets
        self.state = State(Clock(), rng, shop_object(shop, currency))
        scopes = tuple(scope for scope in App().scopes if all_orders or scope != "read_all_orders")
        self.tokens = Tokens(self.state.clock.now, shop, token_kind, App(scopes=scopes))
        self.listings = Listings(self.state)
        self.bucket = Bucket(bucket, restore)
        self.spent = self.throttled = 0  # points, answers
        self.operations: Counter[str] = Counter()
        self.denied = frozenset() if protected_data else PROTECTED
        self.closed: int | None = None
        self.fallen: str | None = None
        self.webhooks = Webhooks(self.state, self.tokens)
        self.bulk = Bulk(self.state, bulk_seconds)
        self.writes = Writes()
        self.app = Application(self, themes.routes())
        stock = Seed(self.state, variants, each)
        stock.fill(products, orders, customers)
        self.hand = Hand(self.state, stock)

    # -- the server's life -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Called with every request: what runs beside the answers begins here."""
        self.webhooks.courier.start()

    async def stop(self) -> None:
        """Called when the server ends: end what was started."""
        await self.bulk.stop()
        await self.webhooks.courier.stop()

    # -- what becomes of a shop ------------------------------------------------------------------------------------

    def close(self, status: int | None = 402) -> None:
        """From now on every request is answered so: 402 frozen, 403 forbidden, 404 gone, 423 locked; None: open again."""
        self.closed = status

    def freeze(self) -> None:
        """The merchant has not paid: 402."""
        self.close(402)

    def uninstall(self) -> None:
        """The app is removed: its tokens are dead, and the webhook that says so is sent."""
        self.tokens.uninstall()
        self.state.tell("app/uninstalled", self.state.shop)

    def fall_forward(self, version: str | None = None) -> None:
        """Every request is served by this version (None: again by the one that it names)."""
        self.fallen = None if version is None else served_by(version)

    def deny(self, *fields: str) -> None:
        """Keep fields ("Customer.email") from the app: null, and an ACCESS_DENIED error for each."""
        self.denied = self.denied | set(fields)

    # -- keys ------------------------------------------------------------------------------------------------------

    def credentials(self) -> dict[str, str]:
        """What an installation is connected with."""
        return self.tokens.credentials()

    def expire(self) -> None:
        """End every access token; what they are renewed with stays good."""
        self.tokens.expire()

    def renew(self) -> dict[str, str]:
        """Take the credentials away and give others of the same kind."""
        return self.tokens.renew()

    def operated(self) -> AbstractAsyncContextManager[None]:
        """While it lasts this process is a hub of the app whose tokens end and are renewed; other credentials need none."""
        return operated(self.tokens.app) if self.tokens.kind == "offline" else nullcontext()

    @property
    def clock(self) -> float:
        """Seconds the shop's clock is ahead of ours."""
        return self.state.clock.offset

    @clock.setter
    def clock(self, offset: float) -> None:
        self.state.clock.offset = offset

    # -- the merchant's hand ---------------------------------------------------------------------------------------

    def ids(self, resource: str) -> list[str]:
        """The gids of everything that the shop holds, whatever the app may see; nested things too (`hand.TYPES`)."""
        return list(self.state.of(TYPES[resource]))

    def add(self, resource: str, count: int = 1) -> list[str]:
        """New objects, made now, announced. `variants` go to the first product, `line_items` to the first order."""
        return self.hand.add(resource, count)

    def change(self, resource: str, ids: Sequence[str]) -> None:  # noqa: ARG002  # a gid says what it is
        """An edit that a merchant could have made, announced."""
        for gid in ids:
            self.hand.change(gid)

    def delete(self, resource: str, ids: Sequence[str]) -> None:  # noqa: ARG002
        """Gone for good; no webhook tells of it."""
        for gid in ids:
            self.hand.delete(gid, aloud=False)

    def trash(self, resource: str, ids: Sequence[str]) -> None:  # noqa: ARG002
        """Products are archived; orders and customers, which have no archive to be read from, are deleted aloud."""
        for gid in ids:
            self.hand.archive(gid)

    # -- for those who look on -------------------------------------------------------------------------------------

    def rows(self, body: object) -> list[object] | None:
        """The rows of a decoded scan page, or of an answer with whole objects (the very list, so that it can be altered), None
        when it is neither."""
        data = body.get("data") if isinstance(body, dict) else None
        if isinstance(data, dict) and isinstance(data.get("nodes"), list):
            nodes: list[object] = data["nodes"]
            return nodes
        for plural in ("products", "orders", "customers"):
            if isinstance(data, dict) and isinstance(data.get(plural), dict):
                nodes = data[plural].get("nodes")
                return nodes if isinstance(nodes, list) else None
        return None

    def record(self, resource: str, id: str) -> Json:
        """The raw tree of an object as the connector keeps it, read whole now. Raises KeyError."""
        return tree(self, resource, id)

    def listing(self, resource: str, scope: Any, body: bytes = b"") -> bool:
        """Whether a request asks for a scan page of this resource."""
        if not str(scope.get("path", "")).endswith("/graphql.json"):
            return False
        try:
            asked = json.loads(body)
        except ValueError:
            return False
        scan = f"Scan{resource.title()}"
        return isinstance(asked, dict) and (asked.get("operationName") == scan or f"query {scan}(" in str(asked.get("query")))

    def writing(self, scope: Any, body: bytes = b"") -> bool:
        """Whether a request is to change something: a mutation."""
        try:
            asked = json.loads(body) if str(scope.get("path", "")).endswith("/graphql.json") else None
        except ValueError:
            return False
        return isinstance(asked, dict) and MUTATION.search(str(asked.get("query"))) is not None

    def most(self, kind: str) -> int:
        """How many more of a nested kind the first object that has any may get; raises ValueError when none can be added."""
        return self.hand.room(kind)

    def points(self, resource: str) -> tuple[float, float]:
        """(spent so far, needed at least to read this resource whole)."""
        return self.spent, needed(self, resource)

    def purse(self) -> tuple[float, float]:
        """(points that are there now, points restored each second)."""
        return self.bucket.available(), self.bucket.restore

    def lie(self, body: object, more: int) -> bool:
        """Add to the total of a decoded scan page; False when it has none."""
        data = body.get("data") if isinstance(body, dict) else None
        for name, value in (data or {}).items() if isinstance(data, dict) else ():
            if name.endswith("Count") and isinstance(value, dict):
                value["count"] += more
                return True
        return False

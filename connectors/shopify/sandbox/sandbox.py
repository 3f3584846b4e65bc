"""The sandbox itself: a seeded Shopify shop as an ASGI application, and the switches that change it from outside."""

from __future__ import annotations

import random
from collections import Counter

from connectors.shopify.sandbox import themes
from connectors.shopify.sandbox.access import PROTECTED
from connectors.shopify.sandbox.bulk import Bulk
from connectors.shopify.sandbox.clock import Clock
from connectors.shopify.sandbox.cost import Bucket
from connectors.shopify.sandbox.http import Application
from connectors.shopify.sandbox.listings import Listings
from connectors.shopify.sandbox.shop import shop_object
from connectors.shopify.sandbox.state import State
from connectors.shopify.sandbox.tokens import App, Tokens
from connectors.shopify.sandbox.versions import served_by
from connectors.shopify.sandbox.webhooks import Webhooks
from connectors.shopify.sandbox.writes import Writes


class Sandbox:
    """A Shopify shop of Admin API 2026-10 with stock, orders and customers, the same for the same seed on the same day.

    shop: its domain; currency: the shop's own (JPY and KWD have other decimals); bucket and restore: points, points per
    second; variants: the most that one product has; token_kind: static, client_credentials or offline; bulk_seconds: how
    long a bulk operation takes; protected_data: whether customers' names and addresses are shown; all_orders: whether orders
    older than sixty days are.
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
        self.scale = products, orders, customers, variants

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

    @property
    def clock(self) -> float:
        """Seconds the shop's clock is ahead of ours."""
        return self.state.clock.offset

    @clock.setter
    def clock(self, offset: float) -> None:
        self.state.clock.offset = offset

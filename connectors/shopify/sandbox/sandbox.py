"""The sandbox itself: a seeded Shopify shop as an ASGI application, and the switches that change it from outside."""

from __future__ import annotations

import random

from connectors.shopify.sandbox import themes
from connectors.shopify.sandbox.clock import Clock
from connectors.shopify.sandbox.http import Application
from connectors.shopify.sandbox.shop import shop_object
from connectors.shopify.sandbox.state import State
from connectors.shopify.sandbox.tokens import App, Tokens
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
        self.token_kind, self.bulk_seconds = token_kind, bulk_seconds
        self.protected_data, self.all_orders = protected_data, all_orders
        self.bucket, self.restore, self.variants = bucket, restore, variants
        rng = random.Random(seed)  # noqa: S311  # a repeatable shop, no secrets
        self.state = State(Clock(), rng, shop_object(shop, currency))
        scopes = tuple(scope for scope in App().scopes if all_orders or scope != "read_all_orders")
        self.tokens = Tokens(self.state.clock.now, shop, token_kind, App(scopes=scopes))
        self.writes = Writes()
        self.app = Application(self, themes.routes())
        self.scale = {"products": products, "orders": orders, "customers": customers}

    # -- the server's life -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Called with every request: what runs beside the answers (deliveries, bulk operations) begins here."""

    async def stop(self) -> None:
        """Called when the server ends: end what was started."""

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

"""The shop as it is when it opens to us: products, then customers, then the orders that they made."""

from __future__ import annotations

from connectors.shopify.sandbox.clock import DAY
from connectors.shopify.sandbox.seed_orders import Register
from connectors.shopify.sandbox.seed_people import Crowd
from connectors.shopify.sandbox.seed_products import Stocker
from connectors.shopify.sandbox.state import State

OPEN_FOR = 300  # days


class Seed:
    """Those who add to one shop. It opened 300 days before the day on which it is made."""

    def __init__(self, state: State, variants: int, each: tuple[int, int, int] | None = None) -> None:
        today = state.clock.now() // DAY * DAY
        opened = today - OPEN_FOR * DAY
        self.stock, self.crowd = Stocker(state, variants, opened, each), Crowd(state, opened)
        self.register = Register(state, today)

    def fill(self, products: int, orders: int, customers: int) -> None:
        """So many of each."""
        for _ in range(products):
            self.stock.product()
        for _ in range(customers):
            self.crowd.customer()
        for _ in range(orders):
            self.register.order(expected=orders)

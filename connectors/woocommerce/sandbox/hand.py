"""The merchant's hand: what happens to the store from outside the API, announced as the store announces it."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.woocommerce.sandbox.hooks import Announce
from connectors.woocommerce.sandbox.seed import Stocker
from connectors.woocommerce.sandbox.seed_people import Crowd
from connectors.woocommerce.sandbox.state import Row, Store
from connectors.woocommerce.sandbox.wire import Data
from connectors.woocommerce.sandbox.write_orders import OrderWriter
from connectors.woocommerce.sandbox.write_people import CustomerWriter
from connectors.woocommerce.sandbox.write_products import ProductWriter


@dataclass(frozen=True)
class Writers:
    """Everything that writes to one store."""

    products: ProductWriter
    orders: OrderWriter
    customers: CustomerWriter

    @classmethod
    def of(cls, store: Store, announce: Announce) -> Writers:
        return cls(ProductWriter(store, announce), OrderWriter(store, announce), CustomerWriter(store, announce))


class Hand:
    """Adds, edits and takes away single objects. Each edit differs from the one before."""

    def __init__(self, store: Store, writers: Writers, announce: Announce, most_variations: int) -> None:
        self.store, self.writers, self.announce = store, writers, announce
        self.stock = Stocker(store, most_variations)
        self.crowd = Crowd(store, self.stock)
        self.edits = 0

    def add(self, resource: str) -> Row:
        """One more, made now."""
        now = self.store.clock.now()
        match resource:
            case "products":
                row = self.stock.product(now)
                self._told("product", row, *self.store.children.get(row.id, []))
                return row
            case "customers":
                return self._told("customer", self.crowd.customer(now))
            case "orders":
                return self._told("order", self.crowd.order(now))
            case "refunds":
                paid = (row for row in self.store.orders if row.status in {"processing", "completed"})
                return self.writers.orders.refund(next(paid), {"amount": "0.01" if self.store.shop.decimals else "1"})
            case _:
                return self._variation()

    def _told(self, kind: str, row: Row, *children: int) -> Row:
        """Creation as webhooks hear it: customers and orders are updated in the same breath."""
        for identifier in (row.id, *children):
            self.announce(kind, "created", identifier)
        if kind != "product":
            self.announce(kind, "updated", row.id)
        return row

    def _variation(self) -> Row:
        parent = next(row for row in self.store.products if row.type == "variable" and row.status != "trash")
        self.edits += 1
        option = {"id": 0, "name": "Format papier", "slug": "format-papier", "option": f"Taille {self.edits}"}
        return self.writers.products.create({"regular_price": "12.5", "attributes": [option]}, parent)

    def change(self, resource: str, row: Row) -> None:
        """A new text and price, a note, a telephone number."""
        self.edits += 1
        if resource in {"products", "variations"}:
            edit: Data = {"description": f"<p>Édition {self.edits} ✓</p>\n"}
            if row.type not in {"variable", "grouped"}:
                edit["regular_price"] = f"{10 + self.edits % 90}.{self.edits % 10}"
            self.writers.products.update(row, edit)
        elif resource == "orders":
            self.writers.orders.update(row, {"customer_note": f"Note {self.edits} ✎"})
        elif resource == "customers":
            phone = f"+33 6 00 00 {self.edits % 10_000:04d}"
            self.writers.customers.update(row, {"billing": {"phone": phone}})
        else:
            raise ValueError(f"{resource} cannot be edited in a WooCommerce store; add or delete one instead")

    def delete(self, resource: str, row: Row) -> None:
        """Gone without a bin; only an order tells that it lost a refund."""
        match resource:
            case "refunds":
                self.writers.orders.unrefund(row)
            case "orders":
                self.writers.orders.delete(row)
            case "customers":
                self.writers.customers.delete(row)
            case _:
                self.writers.products.delete(row)

    def trash(self, resource: str, row: Row) -> None:
        """Into the bin; customers, who have none, are deleted aloud."""
        match resource:
            case "customers":
                self.writers.customers.remove(row)
            case "orders":
                self.writers.orders.trash(row)
            case "products" | "variations":
                self.writers.products.trash(row)
            case _:
                raise ValueError(f"{resource} have no bin in a WooCommerce store; delete them instead")

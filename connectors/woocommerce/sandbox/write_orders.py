"""Creating, changing, refunding, trashing and deleting orders. Nothing is idempotent: the same POST twice is two orders."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.woocommerce.sandbox import meta, orders
from connectors.woocommerce.sandbox.errors import Refusal, already_trashed, invalid, invalid_id, not_one_of
from connectors.woocommerce.sandbox.hooks import Announce
from connectors.woocommerce.sandbox.orders import Item
from connectors.woocommerce.sandbox.seed import items_of
from connectors.woocommerce.sandbox.seed_people import attach
from connectors.woocommerce.sandbox.state import Row, Store
from connectors.woocommerce.sandbox.wire import Data

WRITABLE = (*orders.STATUSES, "checkout-draft")
_TEXT = ("payment_method", "payment_method_title", "transaction_id", "customer_note", "currency", "created_via")
_PAID = {"processing", "completed"}


class OrderWriter:
    """Writes orders and their refunds."""

    def __init__(self, store: Store, announce: Announce) -> None:
        self.store, self.announce = store, announce

    def create(self, body: Data) -> Row:
        """A new order; it takes stock from what it sells. Raises Refusal (400)."""
        _check(body)
        store, now = self.store, self.store.clock.now()
        row = Row(id=store.next("post"))
        data = orders.blank(store, row.id, f"wc_order_{store.rng.randrange(16**12):012x}")
        data["created_via"] = "rest-api"
        store.stamp(row, data, created=now, modified=now)
        self._apply(data, body)
        if body.get("set_paid") and data["status"] == "pending":
            data["status"] = "processing"
        self._status(data, body.get("set_paid") is True)
        store.save("orders", row, data)
        self.announce("order", "created", row.id)
        self.announce("order", "updated", row.id)
        for line in data["line_items"]:
            self._take_stock(line)
        return row

    def update(self, row: Row, body: Data) -> Row:
        """Change what is given; a line with quantity 0 goes. Leaving the bin by status sends nothing. Raises Refusal."""
        _check(body)
        data, trashed = row.data(), row.status == "trash"
        self._apply(data, body)
        self._status(data, body.get("set_paid") is True)
        self.store.save("orders", row, data)
        if not trashed:
            self.announce("order", "updated", row.id)
        return row

    def trash(self, row: Row) -> None:
        """Into the bin. Raises Refusal (410) when it is there already."""
        if row.status == "trash":
            raise already_trashed("orders")
        self.store.save("orders", row, row.data() | {"status": "trash"})
        self.announce("order", "deleted", row.id)

    def delete(self, row: Row) -> None:
        """Gone at once, with its refunds, without a webhook."""
        with self.store.lock:
            for refund in self.store.refunds_of.pop(row.id, []):
                self.store.refunds.drop(refund)
            self.store.orders.drop(row.id)

    def refund(self, order: Row, body: Data) -> Row:
        """Give money back: an amount, or lines with quantities. Raises Refusal (400)."""
        data = order.data()
        asked = {one["id"]: one.get("quantity", 0) for one in body.get("line_items", [])}
        lines = [(line, asked[line["id"]]) for line in data["line_items"] if asked.get(line["id"])]
        amount = _amount(body["amount"]) if "amount" in body else None
        left = Decimal(data["total"]) + sum((Decimal(one["total"]) for one in data["refunds"]), Decimal(0))
        refund = orders.refund(self.store, data, lines, amount, str(body.get("reason", "")))
        if not 0 < Decimal(refund["amount"]) <= left:
            text = "Refund amount must be greater than zero." if amount is not None and amount <= 0 else "Invalid refund amount."
            code = "woocommerce_rest_invalid_order_refund"
            raise Refusal(400, code, text)
        row = attach(self.store, order, data, refund, self.store.clock.now())
        if Decimal(refund["amount"]) == left:
            data["status"] = "refunded"
        self.store.save("orders", order, data)
        self.announce("order", "updated", order.id)
        return row

    def unrefund(self, row: Row) -> None:
        """Delete a refund; its order is saved without it."""
        with self.store.lock:
            self.store.refunds.drop(row.id)
            self.store.refunds_of[row.parent].remove(row.id)
            order = self.store.orders.rows[row.parent]
            data = order.data()
            data["refunds"] = [one for one in data["refunds"] if one["id"] != row.id]
            self.store.save("orders", order, data)
        self.announce("order", "updated", order.id)

    def _apply(self, data: Data, body: Data) -> None:
        data |= {name: body[name] for name in (*_TEXT, "status", "customer_id") if name in body}
        data["currency_symbol"] = orders.SYMBOLS.get(data["currency"], data["currency"])
        for name in ("billing", "shipping"):
            if isinstance(body.get(name), dict):
                data[name] |= {key: str(value) for key, value in body[name].items() if key in data[name]}
        meta.write(self.store, data["meta_data"], body.get("meta_data"))
        for given in body.get("line_items", []):
            self._line(data, given)
        for given in body.get("fee_lines", []):
            if "id" not in given:
                data["fee_lines"].append(orders.fee(self.store, given.get("name", ""), str(given.get("total", "0"))))
        for given in body.get("shipping_lines", []):
            if "id" not in given:
                title, total = given.get("method_title", ""), str(given.get("total", "0"))
                data["shipping_lines"].append(orders.shipping(self.store, title, total))
        orders.settle(self.store, data)

    def _line(self, data: Data, given: Data) -> None:
        lines: list[Data] = data["line_items"]
        if "id" not in given:
            metas = [orders.meta(self.store, one["key"], one["value"]) for one in given.get("meta_data", [])]
            item = self._item(given.get("product_id", 0), given.get("variation_id", 0))
            lines.append(orders.line(self.store, item, given.get("quantity", 1), metas=metas))
            return
        line = next((one for one in lines if one["id"] == given["id"]), None)
        if line is None:
            raise Refusal(400, "woocommerce_rest_invalid_item_id", "Order item ID provided is not associated with order.")
        if given.get("quantity") == 0:
            lines.remove(line)
        meta.write(self.store, line["meta_data"], given.get("meta_data"))
        for one in line["meta_data"]:
            one.setdefault("display_key", one["key"])
            one["display_value"] = one["value"]

    def _item(self, product: int, variation: int) -> Item:
        """What is sold. A product that does not exist is accepted, without a name or a price."""
        row, chosen = self.store.products.get(product), self.store.variations.get(variation or product)
        if row is None and chosen is not None:
            row = self.store.products.get(chosen.parent)
        found = items_of(self.store, row.data(), chosen.data() if chosen else None) if row else []
        return found[0] if found else Item(product, variation, "", "", "", Decimal(0), {"id": "", "src": ""})

    def _status(self, data: Data, paid: bool) -> None:
        now = self.store.clock.dates(self.store.clock.now())
        if data["status"] == "completed" and data["date_completed"] is None:
            data["date_completed"], data["date_completed_gmt"] = now
        unpaid = data["date_paid"] is None
        if unpaid and (data["status"] == "completed" or (paid and data["status"] in _PAID)):
            data["date_paid"], data["date_paid_gmt"] = now

    def _take_stock(self, line: Data) -> None:
        """Stock of what was sold goes down, which is a change of the product."""
        sold = line["variation_id"] or line["product_id"]
        resource = "variations" if line["variation_id"] else "products"
        row = self.store.collection(resource).get(sold)
        if row is None:
            return
        data: Any = row.data()
        if resource == "products":
            data["total_sales"] += line["quantity"]
        if data["manage_stock"] is True:
            data["stock_quantity"] -= line["quantity"]
        self.store.save(resource, row, data)
        self.announce("product", "updated", row.id)


def _check(body: Data) -> None:
    if body.get("status", "pending") not in WRITABLE:
        raise invalid({"status": not_one_of("status", WRITABLE)})


def _amount(given: Any) -> Decimal:
    try:
        return Decimal(str(given))
    except InvalidOperation:
        raise invalid_id("refunds", 400) from None
